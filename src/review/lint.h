// What in RBAC manifests does not mean what it seems to mean.
#pragma once

#include <string>
#include <vector>

#include "rbac/evaluator.h"

namespace seawall::review {

struct Lint {
  const char* id;  ///< "rule-without-verbs"
  rbac::Spot spot;
  std::string text;
};

/// In the order of files and lines.
std::vector<Lint> LintPolicy(const rbac::Evaluator& evaluator);

}  // namespace seawall::review
