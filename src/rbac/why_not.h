// Why a question is not allowed: what of the asker's own rules comes nearest, and the smallest rule
// that would do.
#pragma once

#include <string>
#include <vector>

#include "rbac/evaluator.h"

namespace seawall::rbac {

struct NearMiss {
  Grant grant;
  std::vector<std::string> missing;  ///< "verb delete", "resource pods/exec in apiGroup \"\""
};

/// The asker's rule of which the fewest parts do not fit; no role when there is none at all.
NearMiss NearestRule(const Evaluator& evaluator, const Attributes& attributes);

/// A Role with its RoleBinding, or a ClusterRole with its ClusterRoleBinding where the question is
/// about the whole cluster or a URL, as YAML: exactly what was asked and nothing more.
std::string SmallestRule(const Attributes& attributes);

/// A rule in one line: `verbs [get list], resources [pods] of ""`.
std::string RuleText(const Policy& policy, const Rule& rule);

}  // namespace seawall::rbac
