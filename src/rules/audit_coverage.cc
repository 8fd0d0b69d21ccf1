#include "rules/audit_coverage.h"

#include <algorithm>
#include <array>

namespace seawall::rules {
namespace {

using cluster::kinds::AuditLevel;
using cluster::kinds::AuditPolicy;
using cluster::kinds::AuditRule;
using cluster::kinds::PlacedStrings;

bool Has(const PlacedStrings& list, std::string_view word) {
  return std::ranges::any_of(list, [&](const auto& item) { return item.value == word; });
}

/// Groups that nearly everybody is in: leaving them out is leaving everything out.
bool SpeaksOfNearlyEverybody(const AuditRule& rule) {
  constexpr std::array<std::string_view, 4> kBroad = {
      "system:authenticated", "system:unauthenticated", "system:masters", "system:serviceaccounts"};
  if (!rule.users.empty()) return false;
  return std::ranges::any_of(kBroad,
                             [&](std::string_view group) { return Has(rule.user_groups, group); });
}

/// Whoever has said who they are.
bool LeavesEverybodyOut(const AuditRule& rule) {
  return rule.users.empty() && rule.namespaces.empty() &&
         Has(rule.user_groups, "system:authenticated");
}

bool LeavesWholeNamespacesOut(const AuditRule& rule) {
  return rule.users.empty() && rule.user_groups.empty() && !rule.namespaces.empty();
}

}  // namespace

bool Writes(const AuditPolicy& policy, const AuditRule& rule) {
  if (AuditLevel(rule.level.value) < 1) return false;
  const auto left = [&](std::string_view stage) {
    return !Has(policy.omit_stages, stage) && !Has(rule.omit_stages, stage);
  };
  return left("RequestReceived") || left("ResponseComplete");
}

Coverage CoverageOf(const AuditPolicy& policy, std::string_view group, std::string_view resource,
                    std::string_view verb) {
  Coverage coverage;
  const AuditRule* left_out = nullptr;
  const AuditRule* not_recorded = nullptr;  // leaves out what most people do
  for (const AuditRule& rule : policy.rules) {
    if (!rule.CanMatchResource(group, resource)) continue;
    if (!rule.verbs.empty() && !Has(rule.verbs, verb)) continue;
    const bool everything = rule.CoversResource(group, resource);
    if (!Writes(policy, rule)) {
      if (left_out == nullptr) left_out = &rule;
      const bool decides =
          everything || SpeaksOfNearlyEverybody(rule) || LeavesWholeNamespacesOut(rule);
      if (decides && not_recorded == nullptr) not_recorded = &rule;
      if (everything || LeavesEverybodyOut(rule)) break;
      continue;  // requests that it leaves alone go on to the next rules
    }
    const int level = AuditLevel(rule.level.value);
    if (level > coverage.strongest) {
      coverage.strongest = level;
      coverage.loudest = &rule;
    }
    if (!everything) continue;
    if (not_recorded == nullptr) {
      coverage.recorded = left_out == nullptr ? Recorded::kAlways : Recorded::kMostly;
      coverage.rule = left_out;
    }
    break;
  }
  if (not_recorded != nullptr) coverage.rule = not_recorded;
  return coverage;
}

}  // namespace seawall::rules
