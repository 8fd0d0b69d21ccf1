// RBAC objects that seawall proposes, and their YAML.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seawall::review {

struct RuleSpec {
  std::vector<std::string> verbs, groups, resources, names, urls;
  std::string comment;  ///< lines above it
};

struct SubjectSpec {
  std::string kind, name, space;  ///< User, Group, ServiceAccount
  auto operator<=>(const SubjectSpec&) const = default;
};

using Annotations = std::vector<std::pair<std::string, std::string>>;

/// A role with the binding that gives it to `subjects`; both have its name.
struct GrantSpec {
  bool cluster = false;  ///< ClusterRole and ClusterRoleBinding
  std::string name, space;
  std::vector<RuleSpec> rules;
  std::vector<SubjectSpec> subjects;
  Annotations annotations;  ///< of both
};

/// A text as a YAML scalar that means this string to Kubernetes and to every other reader.
std::string YamlText(std::string_view text);
/// "[get, list]"
std::string YamlList(const std::vector<std::string>& texts);
/// Lines of a comment: "# " before each, safe for terminals.
std::string YamlComment(std::string_view text, std::string_view indent = "");
/// `rules:` and what follows.
std::string RulesYaml(const std::vector<RuleSpec>& rules);
/// Two documents, each begun by "---".
std::string GrantYaml(const GrantSpec& grant);

}  // namespace seawall::review
