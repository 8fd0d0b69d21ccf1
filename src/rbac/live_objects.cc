#include "rbac/live_objects.h"

#include "rbac/object_builder.h"

namespace seawall::rbac {
namespace {

uint64_t KeyOf(NameId space, NameId name) { return uint64_t{space} << 32 | name; }

}  // namespace

LiveObjects::LiveObjects(const char* kind)
    : kind_(kind), options_(std::make_unique<ManifestOptions>()) {
  Restart();
}

LiveObjects::~LiveObjects() = default;

void LiveObjects::Restart() {
  policy_ = std::make_unique<Policy>();
  builder_ = std::make_unique<ObjectBuilder>(*policy_, 0, *options_);
  builder_->BeLive();
  at_.clear();
}

/// What was added behind the first `before` takes the place of its namesake.
template <typename T>
void LiveObjects::Index(std::vector<T>& all, size_t before) {
  if (all.size() == before) return;
  const T fresh = all.back();
  const auto [at, is_new] = at_.try_emplace(KeyOf(fresh.space, fresh.name), before);
  if (is_new) return;
  all.pop_back();
  all[at->second] = fresh;
}

template <typename T>
void LiveObjects::Drop(std::vector<T>& all, uint64_t key) {
  const auto at = at_.find(key);
  if (at == at_.end()) return;
  const size_t hole = at->second;
  at_.erase(at);
  if (hole + 1 < all.size()) {
    all[hole] = all.back();
    at_[KeyOf(all[hole].space, all[hole].name)] = hole;
  }
  all.pop_back();
}

Result<void> LiveObjects::Add(const yaml::Value& item) {
  // An item of a list does not say what it is; its own word, where there is one, does not count.
  ObjectBuilder& out = *builder_;
  const size_t roles = policy_->roles.size(), bindings = policy_->bindings.size();
  out.BeginDocument(0);
  bool more = out.BeginMapping(0);
  for (const yaml::Value::Pair& pair : item.Pairs()) {
    const std::string key = pair.key.KeyText();
    if (key == "kind" || key == "apiVersion") continue;
    more = more && out.Key(key, 0) && yaml::WalkEvents(pair.value, out);
  }
  more = more && out.Key("apiVersion", 0) && out.Scalar({"rbac.authorization.k8s.io/v1"}) &&
         out.Key("kind", 0) && out.Scalar({kind_}) && out.EndMapping() && out.EndDocument();
  if (more || !out.error()) {
    Index(policy_->roles, roles);
    Index(policy_->bindings, bindings);
    return {};
  }
  Error error = *out.error();
  error.todo = "look whether that is an API server of Kubernetes";
  return std::unexpected(std::move(error));
}

void LiveObjects::Remove(std::string_view space, std::string_view name) {
  const NameId space_id = policy_->names.Find(space), name_id = policy_->names.Find(name);
  if (space_id == kNoName || name_id == kNoName) return;
  const uint64_t key = KeyOf(space_id, name_id);
  if (std::string_view(kind_).ends_with("Binding")) return Drop(policy_->bindings, key);
  Drop(policy_->roles, key);
}

Policy LiveObjects::Take() {
  Policy policy = std::move(*policy_);
  Restart();
  return policy;
}

}  // namespace seawall::rbac
