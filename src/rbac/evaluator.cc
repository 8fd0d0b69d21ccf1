#include "rbac/evaluator.h"

#include <fmt/format.h>

#include <algorithm>

namespace seawall::rbac {
namespace {

constexpr std::string_view kMasters = "system:masters";

bool Has(std::span<const NameId> list, NameId id) {
  return std::ranges::find(list, id) != list.end();
}

bool HasOrAll(std::span<const NameId> list, NameId id) {
  return std::ranges::any_of(list, [id](NameId n) { return n == id || n == Names::kAll; });
}

/// evaluation_helpers.go NonResourceURLMatches.
bool UrlMatches(std::string_view rule, std::string_view path) {
  if (rule == path) return true;
  if (!rule.ends_with('*')) return false;
  const size_t last = rule.find_last_not_of('*');
  return path.starts_with(rule.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

uint64_t NameOf(NameId space, NameId name) { return uint64_t{space} << 32 | name; }

}  // namespace

Evaluator::Evaluator(const Policy& policy) : policy_(policy) {
  IndexRoles();
  IndexHolders();
}

void Evaluator::IndexRoles() {
  std::unordered_map<uint64_t, uint32_t> roles[2];
  for (auto& map : roles) map.reserve(policy_.roles.size());
  for (uint32_t i = 0; i < policy_.roles.size(); ++i) {
    const Role& role = policy_.roles[i];
    roles[role.cluster][NameOf(role.space, role.name)] = i;
  }
  const NameId role_kind = policy_.names.Find("Role");
  const NameId cluster_role_kind = policy_.names.Find("ClusterRole");
  role_of_.reserve(policy_.bindings.size());
  for (const Binding& binding : policy_.bindings) {
    uint32_t found = kNoName;
    const bool cluster = binding.role_kind == cluster_role_kind;
    if (cluster || binding.role_kind == role_kind) {
      const NameId space = cluster ? Names::kEmpty : binding.space;
      const auto at = roles[cluster].find(NameOf(space, binding.role_name));
      if (at != roles[cluster].end()) found = at->second;
    }
    role_of_.push_back(found);
  }
}

void Evaluator::IndexHolders() {
  struct Entry {
    Key key;
    Held held;
  };
  std::vector<Entry> entries;
  entries.reserve(policy_.subjects.size());
  for (uint32_t b = 0; b < policy_.bindings.size(); ++b) {
    const Binding& binding = policy_.bindings[b];
    for (uint32_t s = binding.first_subject; s < binding.first_subject + binding.subjects; ++s) {
      const Subject& subject = policy_.subjects[s];
      const bool group = subject.kind == SubjectKind::kGroup;
      const NameId holder = group ? subject.name : subject.user;
      if (holder == kNoName) continue;
      entries.push_back({{holder, binding.cluster ? Names::kEmpty : binding.space, group}, {b, s}});
    }
  }
  // Counted first, so that each holder's lie side by side, in the order of the policy.
  ranges_.reserve(entries.size());
  for (const Entry& entry : entries) ++ranges_[entry.key].end;
  uint32_t next = 0;
  for (auto& [key, range] : ranges_) {
    const uint32_t count = range.end;
    range = {next, next};
    next += count;
  }
  held_.resize(entries.size());
  for (const Entry& entry : entries) held_[ranges_[entry.key].end++] = entry.held;
}

const Role* Evaluator::RoleOf(const Binding& binding) const {
  const uint32_t role = role_of_[static_cast<size_t>(&binding - policy_.bindings.data())];
  return role == kNoName ? nullptr : &policy_.roles[role];
}

Words Evaluator::Translate(const Attributes& a) const {
  const Names& names = policy_.names;
  Words words;
  words.verb = names.Find(a.verb);
  words.resource_request = a.resource_request;
  if (!a.resource_request) {
    words.path = a.path;
    return words;
  }
  words.group = names.Find(a.group);
  words.name = names.Find(a.name);
  if (a.subresource.empty()) {
    words.resource = names.Find(a.resource);
    return words;
  }
  std::string text;
  text.reserve(a.resource.size() + 1 + a.subresource.size());
  text.append(a.resource).append("/").append(a.subresource);
  words.resource = names.Find(text);
  words.any_subresource = names.Find(text.assign("*/").append(a.subresource));
  return words;
}

bool Evaluator::Allows(const Rule& rule, const Words& words) const {
  if (!HasOrAll(policy_.Verbs(rule), words.verb)) return false;
  if (!words.resource_request) {
    return std::ranges::any_of(
        policy_.Urls(rule), [&](NameId url) { return UrlMatches(policy_.Text(url), words.path); });
  }
  if (!HasOrAll(policy_.Groups(rule), words.group)) return false;
  const auto resources = policy_.Resources(rule);
  const bool resource = HasOrAll(resources, words.resource) ||
                        (words.any_subresource != kNoName && Has(resources, words.any_subresource));
  if (!resource) return false;
  const auto names = policy_.ResourceNames(rule);
  return names.empty() || Has(names, words.name);
}

std::span<const Evaluator::Held> Evaluator::HeldBy(const Key& key) const {
  const auto at = ranges_.find(key);
  if (at == ranges_.end()) return {};
  return std::span(held_).subspan(at->second.begin, at->second.end - at->second.begin);
}

bool Evaluator::AskHolder(const Key& key, const Words& words, Answer& answer) const {
  for (const Held& held : HeldBy(key)) {
    const Binding& binding = policy_.bindings[held.binding];
    const Role* role = RoleOf(binding);
    if (!role) {
      answer.dangling.push_back(&binding);
      continue;
    }
    for (const Rule& rule : policy_.RulesOf(*role)) {
      if (!Allows(rule, words)) continue;
      answer.allowed = true;
      answer.grant = {&binding, &policy_.subjects[held.subject], role, &rule};
      answer.dangling.clear();
      return true;
    }
  }
  return false;
}

std::vector<Evaluator::Key> Evaluator::HoldersOf(std::string_view user,
                                                 std::span<const std::string_view> groups) const {
  std::vector<Key> keys;
  keys.reserve(groups.size() + 1);
  const auto add = [&](std::string_view name, bool group) {
    const NameId id = policy_.names.Find(name);
    if (id != kNoName) keys.push_back({id, Names::kEmpty, group});
  };
  add(user, false);
  for (std::string_view group : groups) add(group, true);
  return keys;
}

Answer Evaluator::Ask(const Attributes& a) const {
  Answer answer;
  if (std::ranges::find(a.groups, kMasters) != a.groups.end()) {
    answer.allowed = answer.masters = true;
    return answer;
  }
  std::vector<Key> holders = HoldersOf(a.user, a.groups);
  if (holders.empty()) return answer;
  const Words words = Translate(a);
  for (const Key& holder : holders) {
    if (AskHolder(holder, words, answer)) return answer;
  }
  if (a.space.empty()) return answer;
  const NameId space = policy_.names.Find(a.space);
  if (space == kNoName) return answer;
  for (Key& holder : holders) {
    holder.space = space;
    if (AskHolder(holder, words, answer)) return answer;
  }
  return answer;
}

void Evaluator::ForEachBinding(std::string_view user, std::span<const std::string_view> groups,
                               std::string_view space, const Visit& visit) const {
  std::vector<Key> holders = HoldersOf(user, groups);
  const auto visit_in = [&](NameId where) {
    for (Key& holder : holders) {
      holder.space = where;
      for (const Held& held : HeldBy(holder)) {
        const Binding& binding = policy_.bindings[held.binding];
        visit(binding, policy_.subjects[held.subject], RoleOf(binding));
      }
    }
  };
  visit_in(Names::kEmpty);
  const NameId id = policy_.names.Find(space);
  if (id != kNoName && id != Names::kEmpty) visit_in(id);
}

std::string Describe(const Policy& policy, const Binding& binding, const Subject& subject) {
  const std::string name =
      binding.cluster ? std::string(policy.Text(binding.name))
                      : fmt::format("{}/{}", policy.Text(binding.name), policy.Text(binding.space));
  std::string who(policy.Text(subject.name));
  if (subject.kind == SubjectKind::kServiceAccount) {
    who += "/";
    who += policy.Text(subject.space != Names::kEmpty ? subject.space : binding.space);
  }
  return fmt::format("{} \"{}\" of {} \"{}\" to {} \"{}\"",
                     binding.cluster ? "ClusterRoleBinding" : "RoleBinding", name,
                     policy.Text(binding.role_kind), policy.Text(binding.role_name),
                     policy.Text(subject.kind_name), who);
}

std::string ReasonOf(const Policy& policy, const Answer& answer) {
  if (answer.masters) return "";
  if (answer.allowed)
    return "RBAC: allowed by " + Describe(policy, *answer.grant.binding, *answer.grant.subject);
  if (answer.dangling.empty()) return "";
  std::vector<std::string> errors;
  for (const Binding* binding : answer.dangling) {
    const std::string_view kind = policy.Text(binding->role_kind);
    std::string error;
    if (kind == "Role" || kind == "ClusterRole") {
      error = fmt::format("{}.rbac.authorization.k8s.io \"{}\" not found",
                          kind == "Role" ? "role" : "clusterrole", policy.Text(binding->role_name));
    } else {
      error = fmt::format("unsupported role reference kind: \"{}\"", kind);
    }
    if (std::ranges::find(errors, error) == errors.end()) errors.push_back(std::move(error));
  }
  if (errors.size() == 1) return "RBAC: " + errors[0];
  return fmt::format("RBAC: [{}]", fmt::join(errors, ", "));
}

}  // namespace seawall::rbac
