#include "review/proposal.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/common_ends.h"
#include "base/text.h"
#include "rbac/manifests.h"
#include "review/kubernetes_own.h"
#include "review/policy_diff.h"
#include "review/policy_yaml.h"
#include "review/review_words.h"
#include "review/used_requests.h"

namespace seawall::review {
namespace {

using rbac::Binding;
using rbac::Policy;
using rbac::Role;
using rbac::Subject;

bool Changes(const ReviewedGrant& grant) {
  return grant.kept.empty() && grant.unused + grant.wide > 0;
}

/// Whether a role is somebody's own to change, and all who hold it are known.
bool MayChange(const Policy& policy, const Role& role) {
  using What = rbac::UnreadList::What;
  const bool all_bound =
      !policy.Unread(What::kBindings) && (!role.cluster || !policy.Unread(What::kClusterBindings));
  // What an aggregated role selects by cannot be told from other labels.
  const bool part = role.cluster && role.labels != 0 && !policy.aggregations.empty();
  return all_bound && !IsOwnRole(policy, role) && !role.aggregated && role.selectors == 0 && !part;
}

std::string NameText(const Policy& policy, bool cluster, rbac::NameId space, rbac::NameId name) {
  return cluster ? std::string(policy.Text(name))
                 : fmt::format("{}/{}", policy.Text(space), policy.Text(name));
}

/// A name that a role may have.
std::string FreeName(const std::string& wanted, const std::string& space,
                     std::set<std::string>& taken) {
  std::string name = wanted.substr(0, 200);
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-.:_@").find(c) != std::string_view::npos;
    if (!plain) c = '-';
  }
  std::string free = name;
  for (int i = 2; !taken.insert(fmt::format("{}/{}", space, free)).second; ++i)
    free = fmt::format("{}-{}", name, i);
  return free;
}

SubjectSpec SpecOf(const Policy& policy, const Binding& binding, const Subject& subject) {
  SubjectSpec spec{std::string(policy.Text(subject.kind_name)),
                   std::string(policy.Text(subject.name)), ""};
  if (subject.kind == rbac::SubjectKind::kServiceAccount)
    spec.space = policy.Text(subject.space != rbac::Names::kEmpty ? subject.space : binding.space);
  return spec;
}

class Proposer {
 public:
  Proposer(const rbac::Evaluator& evaluator, const Review& review)
      : policy_(evaluator.policy()), review_(review) {
    for (const Role& role : policy_.roles)
      taken_.insert(std::string(policy_.Text(role.space)) + "/" +
                    std::string(policy_.Text(role.name)));
    for (const Binding& binding : policy_.bindings)
      taken_.insert(std::string(binding.cluster ? "" : policy_.Text(binding.space)) + "/" +
                    std::string(policy_.Text(binding.name)));
  }

  Proposal Run() {
    std::map<const Role*, std::vector<const ReviewedGrant*>> by_role;
    for (const ReviewedGrant& grant : review_.grants) by_role[grant.role].push_back(&grant);
    for (const auto& [role, grants] : by_role) TakeRole(*role, grants);
    for (const auto& [role, smaller] : smaller_) {
      proposal_.units.push_back({{proposal_.objects.size()}, smaller.grants});
      proposal_.objects.push_back({role->cluster ? "ClusterRole" : "Role",
                                   NameText(policy_, role->cluster, role->space, role->name),
                                   policy_.Where(role->spot),
                                   RoleYaml(policy_, *role, RulesOf(policy_, *role)),
                                   RoleYaml(policy_, *role, smaller.grants.front()->needed)});
    }
    for (auto& [binding, taken] : gone_) {
      std::set<const Subject*> gone;
      for (const ReviewedGrant* grant : taken.grants) gone.insert(grant->subject);
      taken.objects.push_back(proposal_.objects.size());
      ProposedObject object{binding->cluster ? "ClusterRoleBinding" : "RoleBinding",
                            NameText(policy_, binding->cluster, binding->space, binding->name),
                            policy_.Where(binding->spot), BindingYaml(policy_, *binding),
                            BindingYaml(policy_, *binding, gone)};
      if (gone.size() == binding->subjects)
        proposal_.empty.push_back(object.kind + " " + object.name);
      proposal_.objects.push_back(std::move(object));
      proposal_.units.push_back(std::move(taken));
    }
    return std::move(proposal_);
  }

 private:
  /// In the order of the policy, whatever lies where in memory: both are of one vector.
  using Gone = std::map<const Binding*, ProposedUnit>;

  void TakeRole(const Role& role, const std::vector<const ReviewedGrant*>& grants) {
    if (std::ranges::none_of(grants, [](const auto* grant) { return Changes(*grant); })) return;
    // Who needs nothing of it is taken out; the rest may need the same.
    std::vector<const ReviewedGrant*> rest;
    for (const ReviewedGrant* grant : grants) {
      if (Changes(*grant) && grant->needed.empty()) {
        TakeOut(*grant);
      } else {
        rest.push_back(grant);
      }
    }
    const bool same = !rest.empty() && std::ranges::all_of(rest, [&](const auto* grant) {
      return Changes(*grant) && RulesYaml(grant->needed) == RulesYaml(rest.front()->needed);
    });
    if (same && MayChange(policy_, role)) {
      smaller_[&role].grants = rest;
      return;
    }
    for (const ReviewedGrant* grant : rest) {
      if (Changes(*grant)) TakeOut(*grant);
    }
  }

  /// Gives a subject what it needs by itself, and takes it out of the binding.
  void TakeOut(const ReviewedGrant& grant) {
    const Binding& binding = *grant.binding;
    ProposedUnit& unit = gone_[&binding];
    unit.grants.push_back(&grant);
    if (grant.needed.empty()) return;
    GrantSpec spec;
    spec.cluster = binding.cluster;
    spec.space = binding.cluster ? "" : policy_.Text(binding.space);
    const SubjectSpec who = SpecOf(policy_, binding, *grant.subject);
    spec.name = FreeName(fmt::format("{}-{}-reviewed", policy_.Text(binding.name), who.name),
                         spec.space, taken_);
    spec.rules = grant.needed;
    spec.subjects = {who};
    const std::string yaml = GrantYaml(spec);
    const size_t second = yaml.find("---\n", 4);
    const std::string kind = spec.cluster ? "ClusterRole" : "Role";
    const std::string name = spec.cluster ? spec.name : spec.space + "/" + spec.name;
    unit.objects.insert(unit.objects.end(),
                        {proposal_.objects.size(), proposal_.objects.size() + 1});
    proposal_.objects.push_back({kind, name, "", "", yaml.substr(0, second)});
    proposal_.objects.push_back({kind + "Binding", name, "", "", yaml.substr(second)});
  }

  const Policy& policy_;
  const Review& review_;
  Proposal proposal_;
  std::map<const Role*, ProposedUnit> smaller_;
  Gone gone_;
  std::set<std::string> taken_;
};

std::unexpected<Error> Wrong(std::string what) {
  return Fail(ErrorCode::kMalformed, "propose what to take away", std::move(what),
              "the proposal does not hold its own check, and is not told",
              "report this: it is a mistake of seawall's");
}

/// Everything that was used is allowed still, if it was.
Result<void> CheckUses(const rbac::Evaluator& before, const rbac::Evaluator& after,
                       const auditlog::Learner& learner) {
  std::string wrong;
  ForEachUsed(learner, [&](const rbac::Attributes& a) {
    if (wrong.empty() && before.Ask(a).allowed && !after.Ask(a).allowed)
      wrong = fmt::format("{} {} {}", a.user, a.verb, a.resource_request ? a.resource : a.path);
  });
  if (!wrong.empty()) return Wrong(std::move(wrong));
  return {};
}

/// The lines of both, those that they share once: " ", "-" and "+" before them.
std::string DiffLines(const std::vector<std::string_view>& a,
                      const std::vector<std::string_view>& b) {
  const auto [head, tail] = EndsInCommon(a, b);
  std::string text;
  const auto put = [&](char sign, std::string_view line) {
    text += sign;
    text += PrintableLines(line);
    text += '\n';
  };
  for (size_t i = 0; i < head; ++i) put(' ', a[i]);
  for (size_t i = head; i < a.size() - tail; ++i) put('-', a[i]);
  for (size_t i = head; i < b.size() - tail; ++i) put('+', b[i]);
  for (size_t i = a.size() - tail; i < a.size(); ++i) put(' ', a[i]);
  return text;
}

std::vector<std::string_view> LinesOf(std::string_view text) {
  if (text.empty()) return {};
  if (text.ends_with('\n')) text.remove_suffix(1);
  return Split(text, '\n');
}

}  // namespace

Result<Proposal> MakeProposal(const rbac::Evaluator& evaluator, const auditlog::ReviewState& state,
                              const Review& review) {
  Proposal proposal = Proposer(evaluator, review).Run();
  if (proposal.objects.empty()) return proposal;
  if (auto ok = CheckProposal(evaluator, state, proposal); !ok) return std::unexpected(ok.error());
  return proposal;
}

Proposal PartOf(const Proposal& proposal, const std::vector<size_t>& units) {
  Proposal part;
  for (const size_t number : units) {
    ProposedUnit unit = proposal.units[number];
    for (size_t& object : unit.objects) {
      part.objects.push_back(proposal.objects[object]);
      object = part.objects.size() - 1;
      const std::string name = part.objects.back().kind + " " + part.objects.back().name;
      if (std::ranges::find(proposal.empty, name) != proposal.empty.end())
        part.empty.push_back(name);
    }
    part.units.push_back(std::move(unit));
  }
  return part;
}

std::string PolicyWith(const Policy& policy, const Proposal& proposal) {
  std::map<std::string, const std::string*> changed;
  std::string text;
  for (const ProposedObject& object : proposal.objects) {
    if (object.where.empty()) text += object.after;
    changed[object.kind + " " + object.name] = &object.after;
  }
  const auto add = [&](const char* kind, const auto& object, const auto& as_it_is) {
    const auto at =
        changed.find(fmt::format("{}{} {}", object.cluster ? "Cluster" : "", kind,
                                 NameText(policy, object.cluster, object.space, object.name)));
    text += at != changed.end() ? *at->second : as_it_is();
  };
  for (const Role& role : policy.roles)
    add("Role", role, [&] { return RoleYaml(policy, role, RulesOf(policy, role)); });
  for (const Binding& binding : policy.bindings)
    add("RoleBinding", binding, [&] { return BindingYaml(policy, binding); });
  return text;
}

Result<void> CheckProposal(const rbac::Evaluator& evaluator, const auditlog::ReviewState& state,
                           const Proposal& proposal) {
  const std::string whole = PolicyWith(evaluator.policy(), proposal);
  auto policy = rbac::ReadManifests({{"proposal", whole}}, {.strict = true});
  if (!policy) return std::unexpected(policy.error());
  const rbac::Evaluator after(*policy);
  auto diff = DiffPolicies(evaluator, after, nullptr);
  if (!diff) return std::unexpected(diff.error());
  if (!diff->gained.empty())
    return Wrong(diff->gained.front().subject + " would gain " + diff->gained.front().resource);
  return CheckUses(evaluator, after, state.learner);
}

std::string ProposalYaml(const Proposal& proposal) {
  std::string text;
  for (const std::string& binding : proposal.empty)
    text += YamlComment(binding + " binds nobody afterwards, and can be deleted");
  for (const ProposedObject& object : proposal.objects) {
    text += YamlComment(object.where.empty() ? "new" : "instead of " + object.where);
    text += object.after;
  }
  return text;
}

std::string ProposalDiff(const Proposal& proposal) {
  std::string text;
  for (const ProposedObject& object : proposal.objects) {
    const auto before = LinesOf(object.before);
    const auto after = LinesOf(object.after);
    const std::string file = Printable(object.kind + "/" + object.name + ".yaml");
    text += object.where.empty()
                ? fmt::format("--- /dev/null\n+++ b/{}\n", file)
                : fmt::format("--- a/{}\t{}\n+++ b/{}\n", file, Printable(object.where), file);
    text +=
        fmt::format("@@ -{},{} +1,{} @@\n", before.empty() ? 0 : 1, before.size(), after.size());
    text += DiffLines(before, after);
  }
  return text;
}

}  // namespace seawall::review
