#include "harden/safety.h"

#include <algorithm>

namespace seawall::harden {
namespace {

/// Rows of the recipe that speak of who comes in, and of the way to etcd.
constexpr std::string_view kRows[] = {"3a", "3c", "4", "5a", "5b", "6b"};

/// Settings of other rows that decide it too, by a part of their names.
constexpr std::string_view kParts[] = {"auth", "client-ca-file", "etcd-", "encryption-provider"};

bool IsEntrance(const rules::Rule& rule) {
  const std::string_view setting = rule.setting;
  return std::ranges::find(kRows, std::string_view(rule.row)) != std::end(kRows) ||
         std::ranges::any_of(kParts, [&](std::string_view part) { return setting.contains(part); });
}

bool CuresEntrance(const Step& step) {
  for (const PlannedChange& planned : step.changes) {
    for (const FindingName& name : planned.cures) {
      const rules::Rule* rule = rules::FindRule(name.rule);
      // Of a rule that this seawall does not know the worst is assumed.
      if (rule == nullptr || IsEntrance(*rule)) return true;
    }
  }
  return false;
}

}  // namespace

Safety SafetyOf(const Plan& plan) {
  Safety safety;
  for (const Step& step : plan.steps) {
    if (step.restart.empty()) continue;
    if (step.component == "etcd") safety.etcd = true;
    if (step.component == "kube-apiserver" && CuresEntrance(step)) safety.entrance = true;
  }
  return safety;
}

}  // namespace seawall::harden
