#include "rbac/live_objects.h"

#include "rbac/object_builder.h"

namespace seawall::rbac {

LiveObjects::LiveObjects(const char* kind)
    : kind_(kind), options_(std::make_unique<ManifestOptions>()) {
  Restart();
}

LiveObjects::~LiveObjects() = default;

void LiveObjects::Restart() {
  policy_ = std::make_unique<Policy>();
  builder_ = std::make_unique<ObjectBuilder>(*policy_, 0, *options_);
  builder_->BeLive();
}

Result<void> LiveObjects::Add(const yaml::Value& item) {
  // An item of a list does not say what it is; its own word, where there is one, does not count.
  ObjectBuilder& out = *builder_;
  out.BeginDocument(0);
  bool more = out.BeginMapping(0);
  for (const yaml::Value::Pair& pair : item.Pairs()) {
    const std::string key = pair.key.KeyText();
    if (key == "kind" || key == "apiVersion") continue;
    more = more && out.Key(key, 0) && yaml::WalkEvents(pair.value, out);
  }
  more = more && out.Key("apiVersion", 0) && out.Scalar({"rbac.authorization.k8s.io/v1"}) &&
         out.Key("kind", 0) && out.Scalar({kind_}) && out.EndMapping() && out.EndDocument();
  if (more || !out.error()) return {};
  Error error = *out.error();
  error.todo = "look whether that is an API server of Kubernetes";
  return std::unexpected(std::move(error));
}

Policy LiveObjects::Take() {
  Policy policy = std::move(*policy_);
  Restart();
  return policy;
}

}  // namespace seawall::rbac
