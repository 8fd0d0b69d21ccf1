#include "review/risk_paths.h"

#include "base/text.h"

namespace seawall::review {
namespace {

using rbac::Names;
using rules::Evidence;
using rules::Hop;

constexpr size_t kEvidenceTold = 8;

constexpr SinkRow kSinkRows[] = {
    {Sink::kAdmin, "risk-path-cluster-admin", "cluster-admin"},
    {Sink::kMasters, "risk-path-system-masters", "system:masters"},
    {Sink::kNodeRoot, "risk-path-node-root", "root on a node"},
    {Sink::kSecrets, "risk-path-all-secrets", "all secrets"},
    {Sink::kKubeSystem, "risk-path-kube-system", "kube-system"},
};

}  // namespace

std::span<const SinkRow> AllSinks() { return kSinkRows; }

std::string RiskPaths::StepEnd(uint32_t node) const {
  for (const SinkRow& row : kSinkRows) {
    if (node == graph_.SinkNode(row.sink)) return row.name;
  }
  return tell_.NodeText(node);
}

ToldPath RiskPaths::PathTo(uint32_t n, const SinkRow& row) const {
  ToldPath told;
  told.text = tell_.NodeText(n);
  for (const Step& step : graph_.Path(n, row.sink)) {
    const std::string from = tell_.NodeText(step.from);
    std::string to = StepEnd(step.to);
    told.text += " → " + to;
    if (step.row == kNoRow) {
      told.hops.push_back({from, std::move(to), "", "is of the group"});
      continue;
    }
    const std::vector<Witness> by = WitnessesOfStep(step);
    for (const Witness& witness : by) {
      if (told.evidence.size() < kEvidenceTold) told.evidence.push_back(tell_.SeenOf(witness));
    }
    told.hops.push_back(tell_.HopOf(from, std::move(to), by));
  }
  return told;
}

const SinkRow* RiskPaths::NearestSink(uint32_t node) const {
  const SinkRow* nearest = nullptr;
  for (const SinkRow& row : kSinkRows) {
    const uint32_t length = graph_.Distance(node, row.sink);
    if (length != 0 && (!nearest || length < graph_.Distance(node, nearest->sink))) nearest = &row;
  }
  return nearest;
}

std::vector<Witness> RiskPaths::WitnessesOfStep(const Step& step) const {
  if (step.row != kNamed) {
    const RiskNode& who = graph_.nodes()[step.from];
    Bits bits = who.everywhere;
    if (step.space != Names::kEmpty) {
      for (const Given& given : graph_.GivenTo(who)) {
        if (given.space == step.space) bits |= graph_.RoleBits(given.role);
      }
    }
    return tell_.WitnessesOf(step.from, step.space, atoms_.Satisfied(step.row, bits));
  }
  const RiskNode& who = graph_.nodes()[step.from];
  for (const Given& given : graph_.GivenTo(who)) {
    const auto rules = policy_.RulesOf(policy_.roles[given.role]);
    const rbac::Rule* rule = &policy_.rules[step.space];
    if (!rules.empty() && rule >= rules.data() && rule < rules.data() + rules.size())
      return {{&given, rule}};
  }
  return {};
}

}  // namespace seawall::review
