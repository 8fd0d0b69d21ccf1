// What was learnt from audit logs, as the least roles and bindings.
#pragma once

#include <optional>
#include <vector>

#include "auditlog/learner.h"
#include "rbac/evaluator.h"
#include "review/objects.h"

namespace seawall::review {

/// How rights are generalised; by nothing unless it is asked for.
struct Generalise {
  uint64_t names = 0;                         ///< from so many names on: any name; 0: never
  uint64_t namespaces = 0;                    ///< from so many namespaces on: everywhere; 0: never
  bool read = false;                          ///< one of get, list and watch: all three
  const rbac::Evaluator* existing = nullptr;  ///< what it allows already is left out
};

struct Learnt {
  std::vector<GrantSpec> grants;  ///< by subject, then by namespace
  uint64_t rights = 0;            ///< distinct ones
  uint64_t held = 0;              ///< that `existing` allows
};

/// Rules carry their evidence as comments. The same events give the same objects, in whichever
/// order and by however many threads they were read.
Learnt MakeGrants(const auditlog::Learner& learner, const Generalise& generalise);

}  // namespace seawall::review
