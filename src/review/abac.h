// review/: what follows from who may do what. Here: ABAC policies as kube-apiserver reads and
// decides them. Source: pkg/auth/authorizer/abac/abac.go and pkg/apis/abac of Kubernetes 1.37.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "rbac/evaluator.h"

namespace seawall::review {

/// A line, as the API server holds it after defaulting: "*" for all; of a subject, "" is not asked
/// for (a line with neither user nor group is about nobody).
struct AbacLine {
  uint32_t line = 0;
  bool v0 = false;
  std::string user, group;
  bool readonly = false;
  std::string api_group, resource, space, path;
};

struct AbacPolicy {
  std::string file;
  std::vector<AbacLine> lines;

  /// The first line that allows it; nullptr: none does. system:masters are not looked at.
  const AbacLine* Ask(const rbac::Attributes& attributes) const;
};

bool Allows(const AbacLine& line, const rbac::Attributes& attributes);

/// Reads a policy as the API server does: a JSON object a line (or, as its decoder has it, YAML
/// that fits on one); blank lines and those that begin with # are left out, unknown fields too,
/// keys are case-sensitive. Errors: kMalformed with FILE:LINE for a line that the API server would
/// not start with.
Result<AbacPolicy> ReadAbac(const std::string& file, std::string_view bytes);

}  // namespace seawall::review
