#include "rbac/why_not.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace seawall::rbac {
namespace {

constexpr size_t kMostShown = 12;

std::string ListText(const Policy& policy, std::span<const NameId> list) {
  std::string text = "[";
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) text += ' ';
    if (i == kMostShown) return text + fmt::format("and {} more]", list.size() - i);
    const std::string_view name = policy.Text(list[i]);
    text += name.empty() ? "\"\"" : PrintableShort(name, 100);
  }
  return text + "]";
}

bool HasOrAll(std::span<const NameId> list, NameId id) {
  return std::ranges::any_of(list, [id](NameId n) { return n == id || n == Names::kAll; });
}

std::string ResourceText(const Attributes& a) {
  return a.subresource.empty() ? std::string(a.resource)
                               : fmt::format("{}/{}", a.resource, a.subresource);
}

std::vector<std::string> Missing(const Evaluator& evaluator, const Rule& rule, const Attributes& a,
                                 const Words& words) {
  const Policy& policy = evaluator.policy();
  std::vector<std::string> missing;
  if (!HasOrAll(policy.Verbs(rule), words.verb)) missing.push_back(fmt::format("verb {}", a.verb));
  if (!a.resource_request) {
    Rule any = rule;
    Words asked = words;
    asked.verb = policy.Verbs(rule).empty() ? words.verb : policy.Verbs(rule)[0];
    if (!evaluator.Allows(any, asked)) missing.push_back(fmt::format("URL {}", a.path));
    return missing;
  }
  if (policy.Resources(rule).empty()) {
    missing.push_back("any resource: the rule is about URLs");
    return missing;
  }
  if (!HasOrAll(policy.Groups(rule), words.group))
    missing.push_back(fmt::format("apiGroup \"{}\"", a.group));
  const auto resources = policy.Resources(rule);
  if (!HasOrAll(resources, words.resource) &&
      (words.any_subresource == kNoName ||
       std::ranges::find(resources, words.any_subresource) == resources.end()))
    missing.push_back(fmt::format("resource {}", ResourceText(a)));
  const auto names = policy.ResourceNames(rule);
  if (!names.empty() && std::ranges::find(names, words.name) == names.end()) {
    missing.push_back(a.name.empty() ? "a request without a name: the rule is for names only"
                                     : fmt::format("name {}", a.name));
  }
  return missing;
}

/// A text as a YAML scalar in double quotes, which JSON's are.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string SubjectYaml(const Attributes& a) {
  constexpr std::string_view kAccount = "system:serviceaccount:";
  if (a.user.starts_with(kAccount)) {
    const std::string_view rest = a.user.substr(kAccount.size());
    const size_t colon = rest.find(':');
    if (colon != std::string_view::npos) {
      return fmt::format("- kind: ServiceAccount\n  name: {}\n  namespace: {}\n",
                         Quoted(rest.substr(colon + 1)), Quoted(rest.substr(0, colon)));
    }
  }
  const bool group = a.user.empty();
  return fmt::format("- kind: {}\n  apiGroup: rbac.authorization.k8s.io\n  name: {}\n",
                     group ? "Group" : "User",
                     Quoted(group ? (a.groups.empty() ? "" : a.groups[0]) : a.user));
}

std::string RuleYaml(const Attributes& a) {
  std::string text = fmt::format("- verbs: [{}]\n", Quoted(a.verb));
  if (!a.resource_request) return text + fmt::format("  nonResourceURLs: [{}]\n", Quoted(a.path));
  text += fmt::format("  apiGroups: [{}]\n  resources: [{}]\n", Quoted(a.group),
                      Quoted(ResourceText(a)));
  if (!a.name.empty()) text += fmt::format("  resourceNames: [{}]\n", Quoted(a.name));
  return text;
}

}  // namespace

std::string RuleText(const Policy& policy, const Rule& rule) {
  std::string text = fmt::format("verbs {}", ListText(policy, policy.Verbs(rule)));
  if (rule.urls > 0) text += fmt::format(", URLs {}", ListText(policy, policy.Urls(rule)));
  if (rule.resources > 0) {
    text += fmt::format(", resources {} of apiGroups {}", ListText(policy, policy.Resources(rule)),
                        ListText(policy, policy.Groups(rule)));
  }
  if (rule.names > 0)
    text += fmt::format(", named {}", ListText(policy, policy.ResourceNames(rule)));
  return text;
}

NearMiss NearestRule(const Evaluator& evaluator, const Attributes& attributes) {
  NearMiss nearest;
  const Words words = evaluator.Translate(attributes);
  evaluator.ForEachBinding(attributes.user, attributes.groups, attributes.space,
                           [&](const Binding& binding, const Subject& subject, const Role* role) {
                             if (!role) return;
                             for (const Rule& rule : evaluator.policy().RulesOf(*role)) {
                               auto missing = Missing(evaluator, rule, attributes, words);
                               if (nearest.grant.role && missing.size() >= nearest.missing.size())
                                 continue;
                               nearest = {{&binding, &subject, role, &rule}, std::move(missing)};
                             }
                           });
  return nearest;
}

std::string SmallestRule(const Attributes& a) {
  const bool cluster = a.space.empty() || !a.resource_request;
  const std::string space = cluster ? "" : fmt::format("  namespace: {}\n", Quoted(a.space));
  const std::string kind = cluster ? "ClusterRole" : "Role";
  return fmt::format(
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: {0}\nmetadata:\n  name: allow-one\n{1}"
      "rules:\n{2}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {0}Binding\nmetadata:\n"
      "  name: allow-one\n{1}roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: {0}\n"
      "  name: allow-one\nsubjects:\n{3}",
      kind, space, RuleYaml(a), SubjectYaml(a));
}

}  // namespace seawall::rbac
