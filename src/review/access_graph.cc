#include "review/access_graph.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "rbac/why_not.h"
#include "review/pod_mounts.h"
#include "review/risk_paths.h"

namespace seawall::review {
namespace {

using rbac::NameId;

class Maker {
 public:
  Maker(const rbac::Evaluator& evaluator, const std::optional<rbac::Workloads>& workloads,
        const GraphWanted& wanted)
      : evaluator_(evaluator),
        policy_(evaluator.policy()),
        wanted_(wanted),
        mounts_(policy_, workloads),
        graph_(evaluator, atoms_, mounts_),
        bits_(atoms_, policy_),
        tell_(policy_, graph_, bits_),
        paths_(atoms_, graph_, tell_) {}

  AccessGraph Run() {
    out_.pods_known = mounts_.known();
    for (const uint32_t node : Chosen()) AddSubject(node);
    return std::move(out_);
  }

 private:
  uint32_t Nearest(uint32_t node) const {
    const SinkRow* row = paths_.NearestSink(node);
    return row ? graph_.Distance(node, row->sink) : UINT32_MAX;
  }

  /// The subjects that are told of, in order.
  std::vector<uint32_t> Chosen() {
    std::vector<std::pair<uint32_t, uint32_t>> chosen;  // how near, who
    const std::set<std::string> on_the_way = OnTheWay();
    for (uint32_t node = 0; node < graph_.nodes().size(); ++node) {
      const bool named = on_the_way.contains(tell_.NodeText(node));
      if (wanted_.subject.empty() ? !wanted_.own && graph_.nodes()[node].known : !named) {
        ++out_.left_out;
        continue;
      }
      chosen.emplace_back(Nearest(node), node);
    }
    std::ranges::stable_sort(chosen, {}, &std::pair<uint32_t, uint32_t>::first);
    std::vector<uint32_t> nodes;
    for (const auto& [near, node] : chosen) nodes.push_back(node);
    return nodes;
  }

  /// The wanted subject and whom it becomes on its ways.
  std::set<std::string> OnTheWay() const {
    std::set<std::string> texts;
    if (wanted_.subject.empty()) return texts;
    for (uint32_t node = 0; node < graph_.nodes().size(); ++node) {
      if (tell_.NodeText(node) != wanted_.subject) continue;
      texts.insert(wanted_.subject);
      for (const SinkRow& row : AllSinks()) {
        if (graph_.Distance(node, row.sink) == 0) continue;
        for (const rules::Hop& hop : paths_.PathTo(node, row).hops) texts.insert(hop.to);
      }
    }
    return texts;
  }

  void AddSubject(uint32_t index) {
    const RiskNode& node = graph_.nodes()[index];
    AccessGraph::Subject subject;
    subject.kind = node.account ? "ServiceAccount" : node.group ? "Group" : "User";
    subject.space = node.account ? policy_.Text(node.space) : "";
    subject.name = policy_.Text(node.account ? node.name : node.holder);
    subject.text = tell_.NodeText(index);
    subject.own = node.known;
    const auto number = static_cast<uint32_t>(out_.subjects.size());
    for (const Given& given : graph_.GivenTo(node)) {
      const uint32_t binding = BindingOf(given.binding);
      auto& list = out_.bindings[binding].subjects;
      if (!list.empty() && list.back() == number) continue;  // named twice
      list.push_back(number);
      subject.bindings.push_back(binding);
    }
    for (const SinkRow& row : AllSinks()) {
      if (graph_.Distance(index, row.sink) == 0) continue;
      subject.reaches.push_back({row.name, paths_.PathTo(index, row).hops});
    }
    if (node.account) {
      for (const uint32_t pod : mounts_.Of(node.holder))
        subject.pods.push_back(mounts_.pod(pod).Name());
    }
    out_.subjects.push_back(std::move(subject));
  }

  uint32_t BindingOf(uint32_t index) {
    const auto [at, fresh] =
        bindings_.try_emplace(index, static_cast<uint32_t>(out_.bindings.size()));
    if (!fresh) return at->second;
    const rbac::Binding& from = policy_.bindings[index];
    AccessGraph::Binding& binding = out_.bindings.emplace_back();
    binding.kind = from.cluster ? "ClusterRoleBinding" : "RoleBinding";
    binding.space = policy_.Text(from.space);
    binding.name = policy_.Text(from.name);
    binding.where = policy_.Where(from.spot);
    binding.role_kind = policy_.Text(from.role_kind);
    binding.role_name = policy_.Text(from.role_name);
    if (const rbac::Role* role = evaluator_.RoleOf(from)) {
      binding.role = RoleOf(*role);
      out_.roles[*binding.role].bindings.push_back(at->second);
    }
    return at->second;
  }

  uint32_t RoleOf(const rbac::Role& from) {
    const auto index = static_cast<uint32_t>(&from - policy_.roles.data());
    const auto [at, fresh] = roles_.try_emplace(index, static_cast<uint32_t>(out_.roles.size()));
    if (!fresh) return at->second;
    AccessGraph::Role& role = out_.roles.emplace_back();
    role.kind = from.cluster ? "ClusterRole" : "Role";
    role.space = policy_.Text(from.space);
    role.name = policy_.Text(from.name);
    role.where = policy_.Where(from.spot);
    for (const rbac::Rule& rule : policy_.RulesOf(from))
      role.rules.push_back(rbac::RuleText(policy_, rule));
    return at->second;
  }

  const rbac::Evaluator& evaluator_;
  const rbac::Policy& policy_;
  const GraphWanted& wanted_;
  const Atoms atoms_;
  const PodMounts mounts_;
  const RiskGraph graph_;
  const RuleBits bits_;
  const RiskTeller tell_;
  const RiskPaths paths_;
  AccessGraph out_;
  std::unordered_map<uint32_t, uint32_t> bindings_, roles_;  ///< the policy's, as we number them
};

}  // namespace

std::vector<const char*> SinkNames() {
  std::vector<const char*> names;
  for (const SinkRow& row : AllSinks()) names.push_back(row.name);
  return names;
}

AccessGraph MakeAccessGraph(const rbac::Evaluator& evaluator,
                            const std::optional<rbac::Workloads>& workloads,
                            const GraphWanted& wanted) {
  return Maker(evaluator, workloads, wanted).Run();
}

}  // namespace seawall::review
