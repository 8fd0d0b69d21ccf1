// The table of what is risky: each row is a rule as `seawall explain` has it, with the rights that
// make it up.
#pragma once

#include <span>
#include <string_view>

#include "rules/rule.h"

namespace seawall::rules {

/// Where a right has to hold for the row to be told.
enum class RiskScope : uint8_t {
  kAny,         ///< everywhere or in a namespace
  kCluster,     ///< everywhere
  kSpace,       ///< in namespaces only, where it does not hold everywhere
  kKubeSystem,  ///< everywhere or in kube-system
};

struct RiskRow {
  Rule rule;
  /// Alternatives joined by " | ", each of which is rights joined by " & " that one subject must
  /// have in one place, by whatever rules and bindings: "verb[,verb]:resource[,resource][.group]",
  /// with
  /// "#name,name" where a rule for these names is enough. "" for rows that no right makes up.
  std::string_view needs;
  RiskScope scope = RiskScope::kAny;
};

std::span<const RiskRow> AllRiskRows();
/// nullptr when there is none of this id.
const Rule* FindRiskRule(std::string_view id);

}  // namespace seawall::rules
