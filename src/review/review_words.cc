#include "review/review_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"
#include "review/risk_known.h"

namespace seawall::review {
namespace {

using rbac::kNoName;
using rbac::NameId;

constexpr std::string_view kAccount = "system:serviceaccount:";
constexpr std::string_view kBreakGlass[] = {"break-glass", "breakglass", "break_glass",
                                            "emergency"};

/// A pattern whose '*' stands for anything.
bool Fits(std::string_view pattern, std::string_view text) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (size_t at = star; at <= text.size(); ++at) {
    if (Fits(rest, text.substr(at))) return true;
    if (rest.empty()) return true;
  }
  return false;
}

std::string ObjectText(const rbac::Policy& policy, const char* kind, NameId space, NameId name) {
  const std::string_view in = policy.Text(space);
  return fmt::format("{} {}{}{}", kind, in, in.empty() ? "" : "/", policy.Text(name));
}

}  // namespace

std::string SubjectText(const rbac::Policy& policy, const rbac::Subject& subject) {
  if (subject.kind == rbac::SubjectKind::kGroup)
    return fmt::format("Group {}", policy.Text(subject.name));
  const std::string_view user = policy.Text(subject.user);
  const size_t colon =
      user.starts_with(kAccount) ? user.find(':', kAccount.size()) : std::string_view::npos;
  if (colon == std::string_view::npos) return fmt::format("User {}", user);
  return fmt::format("ServiceAccount {}/{}", user.substr(kAccount.size(), colon - kAccount.size()),
                     user.substr(colon + 1));
}

std::string BindingText(const rbac::Policy& policy, const rbac::Binding& binding) {
  return ObjectText(policy, binding.cluster ? "ClusterRoleBinding" : "RoleBinding",
                    binding.cluster ? rbac::Names::kEmpty : binding.space, binding.name);
}

std::string RoleText(const rbac::Policy& policy, const rbac::Role& role) {
  return ObjectText(policy, role.cluster ? "ClusterRole" : "Role", role.space, role.name);
}

std::string GrantKey(const ReviewedGrant& grant) { return grant.binding_text + " to " + grant.who; }

std::string GrantDigest(const rbac::Policy& policy, const rbac::Role& role) {
  std::string text;
  for (const rbac::Rule& rule : policy.RulesOf(role)) {
    for (const auto& list : {policy.Verbs(rule), policy.Groups(rule), policy.Resources(rule),
                             policy.ResourceNames(rule), policy.Urls(rule)}) {
      for (const NameId id : list) text.append(policy.Text(id)).append("\n");
      text += '\0';
    }
  }
  const auto digest = Sha256(text);
  return Hex({reinterpret_cast<const char*>(digest.data()), 16});
}

std::string KeptAs(const rbac::Policy& policy, const rbac::Binding& binding,
                   const rbac::Subject& subject, const std::vector<std::string>& patterns) {
  const bool group = subject.kind == rbac::SubjectKind::kGroup;
  const std::string_view holder = policy.Text(group ? subject.name : subject.user);
  const std::string_view name = policy.Text(subject.name);
  const std::string names[] = {std::string(name), std::string(policy.Text(binding.name)),
                               std::string(policy.Text(binding.role_name)),
                               SubjectText(policy, subject), BindingText(policy, binding)};
  for (const std::string& one : names) {
    const std::string low = Lower(one);
    const bool called = std::ranges::any_of(
        kBreakGlass, [&](std::string_view word) { return low.find(word) != std::string::npos; });
    const bool named = std::ranges::any_of(
        patterns, [&](const std::string& pattern) { return Fits(pattern, one); });
    if (called || named) return "break-glass";
  }
  if (IsKnownGrant(policy, binding, subject)) return "system";
  return holder.starts_with("system:") && (group || !holder.starts_with(kAccount)) ? "system" : "";
}

void Needed::Add(const OneRight& right, const AtomUse& use, RightState state,
                 const std::string& why) {
  if (state == RightState::kUnused) return;
  if (state == RightState::kWide && why.empty()) {
    const auto& names = rights_.learner().names;
    for (const OneRight& one : use.concrete) {
      const bool url = one.url != kNoName;
      const std::string name =
          right.name == kNoName ? std::string() : std::string(policy_.Text(right.name));
      verbs_[{url, std::string(names.Text(one.group)), name,
              std::string(names.Text(url ? one.url : one.resource))}]
          .emplace(names.Text(one.verb));
    }
    return;
  }
  const bool url = right.url != kNoName;
  verbs_[{url, url ? std::string() : std::string(policy_.Text(right.group)),
          right.name == kNoName ? std::string() : std::string(policy_.Text(right.name)),
          std::string(policy_.Text(url ? right.url : right.resource))}]
      .emplace(policy_.Text(right.verb));
}

/// Names that have the same verbs, then resources that have the same names and verbs.
std::vector<RuleSpec> Needed::Rules() const {
  using Texts = std::set<std::string>;
  std::map<std::tuple<bool, std::string, std::string, Texts>, Texts> names;
  for (const auto& [key, verbs] : verbs_) {
    const auto& [url, group, name, what] = key;
    Texts& list = names[{url, group, what, verbs}];
    if (!name.empty()) list.insert(name);
  }
  // Without a name it is any name, whichever else are named.
  for (const auto& [key, verbs] : verbs_) {
    const auto& [url, group, name, what] = key;
    if (name.empty()) names[{url, group, what, verbs}].clear();
  }
  std::map<std::tuple<bool, std::string, Texts, Texts>, Texts> rules;
  for (const auto& [key, list] : names) {
    const auto& [url, group, what, verbs] = key;
    rules[{url, group, list, verbs}].insert(what);
  }
  std::vector<RuleSpec> specs;
  const auto list = [](const Texts& texts) {
    return std::vector<std::string>(texts.begin(), texts.end());
  };
  for (const auto& [key, whats] : rules) {
    const auto& [url, group, named, verbs] = key;
    RuleSpec spec;
    spec.verbs = list(verbs);
    if (url) {
      spec.urls = list(whats);
    } else {
      spec.groups = {group};
      spec.resources = list(whats);
      spec.names = list(named);
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace seawall::review
