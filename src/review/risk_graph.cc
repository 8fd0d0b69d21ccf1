#include "review/risk_graph.h"

#include <algorithm>
#include <string>

#include "review/risk_known.h"

namespace seawall::review {
namespace {

using rbac::kNoName;
using rbac::NameId;
using rbac::Names;
using rbac::SubjectKind;

enum Effect : uint16_t {
  kToAdmin = 1,
  kToMasters = 2,
  kToNode = 4,
  kToSecrets = 8,
  kToKubeSystem = 16,
  kToAccounts = 32,  ///< the service accounts of the place
  kToUsers = 64,
  kToGroups = 128,
  kToMounted = 256,  ///< the accounts of the place whose tokens pods carry
};
struct EffectRow {
  const char* id;
  uint16_t everywhere;    ///< where the right holds everywhere
  uint16_t in_namespace;  ///< where it holds in one
};
constexpr EffectRow kEffects[] = {
    {"risk-cluster-admin", kToAdmin, 0},
    {"risk-namespace-admin", 0, kToAccounts},
    {"risk-escalate-roles", kToAdmin, kToAccounts},
    {"risk-bind-roles", kToAdmin, kToAccounts},
    {"risk-impersonate-users", kToUsers, 0},
    {"risk-impersonate-groups", kToMasters | kToGroups, 0},
    {"risk-impersonate-accounts", kToAccounts, kToAccounts},
    {"risk-create-tokens", kToAccounts, kToAccounts},
    {"risk-make-token-secrets", kToAccounts, kToAccounts},
    {"risk-create-pods", kToAccounts | kToNode, kToAccounts | kToNode},
    {"risk-create-workloads", kToAccounts | kToNode, kToAccounts | kToNode},
    {"risk-change-workloads", kToAccounts | kToNode, kToAccounts | kToNode},
    {"risk-exec-pods", kToMounted, kToMounted},
    {"risk-debug-pods", kToMounted, kToMounted},
    {"risk-node-proxy", kToNode | kToMounted, 0},
    {"risk-persistent-volumes", kToNode, 0},
    {"risk-read-all-secrets", kToSecrets, 0},
    {"risk-read-kube-system-secrets", 0, kToKubeSystem},
    {"risk-issue-certificates", kToUsers | kToGroups, 0},
    {"risk-sign-certificates", kToUsers | kToGroups, 0},
    {"risk-mutating-webhooks", kToAdmin, 0},
    {"risk-validating-webhooks", kToSecrets, 0},
    {"risk-aws-auth", kToMasters, kToMasters},
};

uint32_t RowOf(std::string_view id) {
  const auto rows = rules::AllRiskRows();
  const auto at =
      std::ranges::find_if(rows, [&](const rules::RiskRow& row) { return id == row.rule.id; });
  return static_cast<uint32_t>(at - rows.begin());
}

struct Wired {
  uint32_t row;
  uint16_t everywhere, in_namespace;
};
const std::vector<Wired>& WiredRows() {
  static const std::vector<Wired> rows = [] {
    std::vector<Wired> all;
    for (const EffectRow& effect : kEffects)
      all.push_back({RowOf(effect.id), effect.everywhere, effect.in_namespace});
    return all;
  }();
  return rows;
}

bool Has(const rbac::Policy& policy, std::span<const NameId> list, std::string_view name) {
  return std::ranges::any_of(
      list, [&](NameId id) { return id == Names::kAll || policy.Text(id) == name; });
}

/// What a rule with resourceNames lets one become.
enum class Become : uint8_t { kNothing, kUser, kGroup, kAccount };
Become BecomesByName(const rbac::Policy& policy, const rbac::Rule& rule) {
  if (rule.names == 0 || !Has(policy, policy.Groups(rule), "")) return Become::kNothing;
  const auto verbs = policy.Verbs(rule);
  const auto resources = policy.Resources(rule);
  if (Has(policy, verbs, "create") && Has(policy, resources, "serviceaccounts/token"))
    return Become::kAccount;
  if (!Has(policy, verbs, "impersonate")) return Become::kNothing;
  return Has(policy, resources, "users")             ? Become::kUser
         : Has(policy, resources, "groups")          ? Become::kGroup
         : Has(policy, resources, "serviceaccounts") ? Become::kAccount
                                                     : Become::kNothing;
}

}  // namespace

RiskGraph::RiskGraph(const rbac::Evaluator& evaluator, const Atoms& atoms, const PodMounts& mounts)
    : policy_(evaluator.policy()), atoms_(atoms), mounts_(mounts) {
  const RuleBits bits(atoms, policy_);
  role_bits_.reserve(policy_.roles.size());
  for (const rbac::Role& role : policy_.roles) {
    Bits all = 0;
    for (const rbac::Rule& rule : policy_.RulesOf(role)) all |= bits.Of(rule);
    role_bits_.push_back(all);
  }
  CollectGiven(evaluator);
  AddSteps();
  Sort();
  for (size_t i = 0; i < kSinks; ++i) Search(static_cast<Sink>(i));
}

uint32_t RiskGraph::NodeOf(bool group, NameId holder) {
  const uint64_t key = uint64_t{holder} << 1 | (group ? 1 : 0);
  const auto [at, fresh] = by_holder_.try_emplace(key, static_cast<uint32_t>(nodes_.size()));
  if (fresh) nodes_.push_back({.holder = holder, .group = group});
  return at->second;
}

uint32_t RiskGraph::FindNode(bool group, std::string_view name) const {
  const NameId id = policy_.names.Find(name);
  if (id == kNoName) return kNoRow;
  const auto at = by_holder_.find(uint64_t{id} << 1 | (group ? 1 : 0));
  return at == by_holder_.end() ? kNoRow : at->second;
}

void RiskGraph::CollectGiven(const rbac::Evaluator& evaluator) {
  by_holder_.reserve(policy_.subjects.size());
  for (uint32_t b = 0; b < policy_.bindings.size(); ++b) {
    const rbac::Binding& binding = policy_.bindings[b];
    const rbac::Role* role = evaluator.RoleOf(binding);
    for (uint32_t s = binding.first_subject; s < binding.first_subject + binding.subjects; ++s) {
      const rbac::Subject& subject = policy_.subjects[s];
      const bool group = subject.kind == SubjectKind::kGroup;
      const NameId holder = group ? subject.name : subject.user;
      if (holder == kNoName) continue;
      const uint32_t node = NodeOf(group, holder);
      RiskNode& who = nodes_[node];
      if (subject.kind == SubjectKind::kServiceAccount) {
        who.account = true;
        who.space = subject.space != Names::kEmpty ? subject.space : binding.space;
        who.name = subject.name;
      }
      if (!role) continue;
      const bool known = IsKnownGrant(policy_, binding, subject);
      who.known = who.known && known;
      given_.push_back({node, binding.cluster ? Names::kEmpty : binding.space, b, s,
                        static_cast<uint32_t>(role - policy_.roles.data()), known});
    }
  }
  std::ranges::stable_sort(given_, [](const Given& a, const Given& b) {
    return a.node != b.node ? a.node < b.node : a.space < b.space;
  });
  for (uint32_t i = 0; i < given_.size(); ++i) {
    RiskNode& node = nodes_[given_[i].node];
    if (node.count++ == 0) node.first = i;
    if (given_[i].space == Names::kEmpty) node.everywhere |= role_bits_[given_[i].role];
  }
  sinks_ = static_cast<uint32_t>(nodes_.size());
  all_accounts_ = sinks_ + kSinks;
  all_mounted_ = all_accounts_ + 1;
  all_users_ = all_mounted_ + 1;
  all_groups_ = all_users_ + 1;
  size_ = all_groups_ + 1;
}

uint32_t RiskGraph::Hub(NameId space) {
  const auto [at, fresh] = hubs_.try_emplace(space, size_);
  if (fresh) ++size_;
  return at->second;
}

uint32_t RiskGraph::MountedHub(NameId space) {
  const auto [at, fresh] = mounted_hubs_.try_emplace(space, size_);
  if (fresh) ++size_;
  return at->second;
}

void RiskGraph::AddEffect(uint32_t node, uint32_t row, NameId space) {
  static const std::vector<Wired>& rows = WiredRows();
  const auto at = std::ranges::find(rows, row, &Wired::row);
  const bool everywhere = space == Names::kEmpty;
  const bool kube_system = policy_.Text(space) == "kube-system";
  const uint16_t effect = everywhere ? at->everywhere : at->in_namespace;
  const auto step = [&](uint32_t to) { steps_.push_back({node, to, row, space}); };
  if ((effect & kToAdmin) != 0) step(SinkNode(Sink::kAdmin));
  // In a namespace: by the ConfigMap aws-auth, which is kube-system's.
  if ((effect & kToMasters) != 0 && (everywhere || kube_system)) step(SinkNode(Sink::kMasters));
  if ((effect & kToNode) != 0) step(SinkNode(Sink::kNodeRoot));
  if ((effect & kToSecrets) != 0) step(SinkNode(Sink::kSecrets));
  if ((effect & kToKubeSystem) != 0 && kube_system) step(SinkNode(Sink::kKubeSystem));
  if ((effect & kToUsers) != 0) step(all_users_);
  if ((effect & kToGroups) != 0) step(all_groups_);
  if ((effect & (kToAccounts | kToMounted)) == 0) return;
  if ((effect & kToAccounts) != 0) step(everywhere ? all_accounts_ : Hub(space));
  if ((effect & kToMounted) != 0) step(everywhere ? all_mounted_ : MountedHub(space));
  if (everywhere || kube_system) step(SinkNode(Sink::kKubeSystem));
}

void RiskGraph::AddStepsOf(uint32_t index) {
  const RiskNode& node = nodes_[index];
  const auto own = std::span(given_).subspan(node.first, node.count);
  for (const Wired& wired : WiredRows()) {
    if (wired.everywhere != 0 && atoms_.Satisfied(wired.row, node.everywhere) != 0)
      AddEffect(index, wired.row, Names::kEmpty);
  }
  for (size_t i = 0; i < own.size();) {
    const NameId space = own[i].space;
    Bits bits = node.everywhere;
    for (; i < own.size() && own[i].space == space; ++i) bits |= role_bits_[own[i].role];
    if (space == Names::kEmpty || bits == node.everywhere) continue;
    for (const Wired& wired : WiredRows()) {
      if (wired.in_namespace != 0 && atoms_.Satisfied(wired.row, bits) != 0 &&
          atoms_.Satisfied(wired.row, node.everywhere) == 0)
        AddEffect(index, wired.row, space);
    }
  }
}

/// Rules with resourceNames: they let one become certain others.
void RiskGraph::AddNamedSteps() {
  std::vector<std::vector<const rbac::Rule*>> named(policy_.roles.size());
  for (size_t r = 0; r < policy_.roles.size(); ++r) {
    for (const rbac::Rule& rule : policy_.RulesOf(policy_.roles[r])) {
      if (BecomesByName(policy_, rule) != Become::kNothing) named[r].push_back(&rule);
    }
  }
  for (const Given& given : given_) {
    for (const rbac::Rule* rule : named[given.role]) {
      const Become become = BecomesByName(policy_, *rule);
      if (become != Become::kAccount && given.space != Names::kEmpty) continue;
      for (const NameId name : policy_.ResourceNames(*rule)) {
        const std::string_view text = policy_.Text(name);
        uint32_t to = kNoRow;
        if (become == Become::kGroup && text == "system:masters") to = SinkNode(Sink::kMasters);
        if (become == Become::kUser) to = FindNode(false, text);
        if (become == Become::kGroup && to == kNoRow) to = FindNode(true, text);
        if (become == Become::kAccount && given.space != Names::kEmpty) {
          to = FindNode(false, "system:serviceaccount:" + std::string(policy_.Text(given.space)) +
                                   ":" + std::string(text));
        }
        if (to != kNoRow && to != given.node)
          steps_.push_back(
              {given.node, to, kNamed, static_cast<NameId>(rule - policy_.rules.data())});
      }
    }
  }
}

void RiskGraph::AddMemberships() {
  const uint32_t authenticated = FindNode(true, "system:authenticated");
  const uint32_t accounts = FindNode(true, "system:serviceaccounts");
  const auto step = [&](uint32_t from, uint32_t to) {
    if (to != kNoRow && from != to) steps_.push_back({from, to, kNoRow, 0});
  };
  for (uint32_t i = 0; i < nodes_.size(); ++i) {
    const RiskNode& node = nodes_[i];
    const std::string_view name = policy_.Text(node.holder);
    if (node.group) {
      if (name != "system:masters") step(all_groups_, i);
      continue;
    }
    if (name != "system:anonymous") step(i, authenticated);
    if (!node.account) {
      step(all_users_, i);
      continue;
    }
    step(i, accounts);
    step(i, FindNode(true, "system:serviceaccounts:" + std::string(policy_.Text(node.space))));
    step(Hub(node.space), i);
    if (mounts_.MayBeMounted(node.holder)) step(MountedHub(node.space), i);
  }
  for (const auto& [space, hub] : hubs_) step(all_accounts_, hub);
  for (const auto& [space, hub] : mounted_hubs_) step(all_mounted_, hub);
}

void RiskGraph::AddSteps() {
  AddMemberships();
  for (uint32_t i = 0; i < nodes_.size(); ++i) AddStepsOf(i);
  AddNamedSteps();
}

void RiskGraph::Sort() {
  steps_at_.assign(size_ + 1, 0);
  for (const Step& step : steps_) ++steps_at_[step.to + 1];
  for (size_t i = 1; i < steps_at_.size(); ++i) steps_at_[i] += steps_at_[i - 1];
  std::vector<Step> sorted(steps_.size());
  std::vector<uint32_t> next(steps_at_.begin(), steps_at_.end() - 1);
  for (const Step& step : steps_) sorted[next[step.to]++] = step;
  steps_ = std::move(sorted);
}

/// Breadth first, backwards from the sink; of equally short ways the first in the policy's order.
void RiskGraph::Search(Sink sink) {
  auto& distance = distance_[static_cast<size_t>(sink)];
  auto& next = next_[static_cast<size_t>(sink)];
  distance.assign(size_, 0);
  next.assign(size_, kNoRow);
  std::vector<uint32_t> queue = {SinkNode(sink)};
  for (size_t at = 0; at < queue.size(); ++at) {
    const uint32_t to = queue[at];
    for (uint32_t s = steps_at_[to]; s < steps_at_[to + 1]; ++s) {
      const uint32_t from = steps_[s].from;
      if (next[from] != kNoRow || from == SinkNode(sink)) continue;
      next[from] = s;
      distance[from] = distance[to] + 1;
      queue.push_back(from);
    }
  }
}

std::vector<Step> RiskGraph::Path(uint32_t node, Sink sink) const {
  std::vector<Step> path;
  const auto& next = next_[static_cast<size_t>(sink)];
  for (uint32_t at = node; at != SinkNode(sink) && next[at] != kNoRow;) {
    const Step& step = steps_[next[at]];
    // By way of all accounts of a place: one step to one of them.
    if (!path.empty() && !IsSubject(path.back().to)) {
      path.back().to = step.to;
    } else {
      path.push_back(step);
    }
    at = step.to;
  }
  return path;
}

}  // namespace seawall::review
