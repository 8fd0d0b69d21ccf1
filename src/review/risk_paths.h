// The nearest ways to the sinks, told hop by hop. Private to this room.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "review/risk_graph.h"
#include "review/risk_teller.h"
#include "rules/finding.h"

namespace seawall::review {

struct SinkRow {
  Sink sink;
  const char* rule;  ///< "risk-path-cluster-admin"
  const char* name;  ///< "cluster-admin"
};
std::span<const SinkRow> AllSinks();

struct ToldPath {
  std::string text;  ///< "User alice → ServiceAccount ci/boss → cluster-admin"
  std::vector<rules::Evidence> evidence;
  std::vector<rules::Hop> hops;
};

/// Over a graph and what tells of it, which outlive it. Thread-safe.
class RiskPaths {
 public:
  RiskPaths(const Atoms& atoms, const RiskGraph& graph, const RiskTeller& tell)
      : policy_(graph.policy()), atoms_(atoms), graph_(graph), tell_(tell) {}

  ToldPath PathTo(uint32_t node, const SinkRow& row) const;
  /// The nearest sink of a node; nullptr: it gets to none.
  const SinkRow* NearestSink(uint32_t node) const;

 private:
  std::string StepEnd(uint32_t node) const;
  std::vector<Witness> WitnessesOfStep(const Step& step) const;

  const rbac::Policy& policy_;
  const Atoms& atoms_;
  const RiskGraph& graph_;
  const RiskTeller& tell_;
};

}  // namespace seawall::review
