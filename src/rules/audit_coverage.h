// What an audit policy records of one kind of request: its rules in order, the first that matches
// decides.
#pragma once

#include <string>
#include <string_view>

#include "cluster/kinds/audit_policy.h"

namespace seawall::rules {

enum class Recorded : uint8_t {
  kAlways,  ///< every such request, at `level` or above
  kMostly,  ///< some users' requests are left out by a rule of level None
  kNot,     ///< nothing, or everything that most people do is left out
};

struct Coverage {
  Recorded recorded = Recorded::kNot;
  int strongest = 0;  ///< of the levels that may apply (see AuditLevel)
  const cluster::kinds::AuditRule* rule =
      nullptr;  ///< that leaves something out; nullptr: no rule matches
  const cluster::kinds::AuditRule* loudest = nullptr;  ///< of the level `strongest`
};

/// Of requests with `verb` for `resource` ("pods/exec") of `group` ("" is the core group).
Coverage CoverageOf(const cluster::kinds::AuditPolicy& policy, std::string_view group,
                    std::string_view resource, std::string_view verb);

/// Whether a rule writes anything: its level is not None, and a stage that every request passes is
/// left.
bool Writes(const cluster::kinds::AuditPolicy& policy, const cluster::kinds::AuditRule& rule);

}  // namespace seawall::rules
