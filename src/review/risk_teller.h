// How risks are told: names of subjects, bindings, roles and rules, and the grants that make a
// right.
#pragma once

#include <string>
#include <vector>

#include "review/risk_graph.h"
#include "rules/finding.h"

namespace seawall::review {

/// A grant and the rule of its role that gives something.
struct Witness {
  const Given* given;
  const rbac::Rule* rule;
};

/// Over a policy, its graph and its rules' bits, which outlive it. Thread-safe.
class RiskTeller {
 public:
  RiskTeller(const rbac::Policy& policy, const RiskGraph& graph, const RuleBits& bits)
      : policy_(policy), graph_(graph), bits_(bits) {}

  /// "ServiceAccount shop/ci", safe for terminals, as all texts here.
  std::string NodeText(uint32_t node) const;
  std::string BindingName(const rbac::Binding& binding) const;
  std::string RoleName(const rbac::Role& role) const;
  /// "rule 1 of ClusterRole reader (FILE:LINE): verbs …"
  std::string RuleName(const rbac::Role& role, const rbac::Rule& rule) const;

  rules::Evidence Seen(std::string setting, std::string value, const rbac::Spot& spot) const;
  rules::Evidence SeenOf(const Witness& witness) const;
  /// The first grants of a node that together have `bits` in `space`.
  std::vector<Witness> WitnessesOf(uint32_t node, rbac::NameId space, Bits bits) const;
  rules::Hop HopOf(const std::string& from, std::string to, const std::vector<Witness>& by) const;

 private:
  const rbac::Policy& policy_;
  const RiskGraph& graph_;
  const RuleBits& bits_;
};

}  // namespace seawall::review
