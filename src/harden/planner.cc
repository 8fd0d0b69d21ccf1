#include "harden/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "harden/plan_attempt.h"
#include "harden/plan_order.h"
#include "harden/unified_diff.h"

namespace seawall::harden {
namespace {

using cluster::Component;
using cluster::Node;
using rules::Finding;
using rules::Verdict;

constexpr int kMostAttempts = 16;  ///< of the whole plan, each without what made something worse

int Rank(const Finding& finding) {
  if (finding.outcome.verdict == Verdict::kFail) return 2;
  return finding.outcome.verdict == Verdict::kUnknown && !finding.manual ? 1 : 0;
}

Verdicts Count(const std::vector<Finding>& findings) {
  Verdicts verdicts;
  for (const Finding& finding : findings) {
    verdicts.pass += finding.outcome.verdict == Verdict::kPass ? 1 : 0;
    verdicts.fail += finding.outcome.verdict == Verdict::kFail ? 1 : 0;
    verdicts.unknown += finding.outcome.verdict == Verdict::kUnknown ? 1 : 0;
  }
  return verdicts;
}

/// What is worse after than before; finding by finding.
std::vector<const Finding*> Worse(const std::vector<Finding>& before,
                                  const std::vector<Finding>& after) {
  std::map<FindingName, int> ranks;
  for (const Finding& finding : before) ranks[NameOf(finding)] = Rank(finding);
  std::vector<const Finding*> worse;
  for (const Finding& finding : after) {
    const auto was = ranks.find(NameOf(finding));
    const int rank = was == ranks.end() ? 0 : was->second;
    if (Rank(finding) > rank) worse.push_back(&finding);
  }
  return worse;
}

/// Fixes whose finding still fails.
std::map<FindingName, std::string> NotCured(const std::vector<FixDone>& done,
                                            const std::vector<Finding>& after) {
  std::map<FindingName, std::string> names;
  for (const Finding& finding : after) {
    if (finding.outcome.verdict != Verdict::kFail) continue;
    for (const FixDone& fix : done) {
      if (fix.name == NameOf(finding) && fix.draft.later.empty())
        names[fix.name] = fmt::format("the edits would not cure it: {}",
                                      PrintableShort(finding.outcome.reason, 300));
    }
  }
  return names;
}

/// An attempt with what its tree's audit says.
struct Tried {
  std::unique_ptr<Attempt> attempt;
  std::vector<Finding> after;
};

class Search {
 public:
  using Excluded = Attempt::Excluded;

  Search(std::shared_ptr<const Files> files, const PlanRequest& request, const Node& node,
         const std::vector<Finding>& before)
      : files_(std::move(files)), request_(request), node_(node), before_(before) {
    for (const rules::Rule* rule : rules::Select(request.selection)) {
      if (!request.in_profile || request.in_profile(*rule)) rules_.push_back(rule);
    }
  }

  Result<Tried> Try(const Excluded& excluded) const {
    Tried tried;
    tried.attempt = std::make_unique<Attempt>(files_, request_, rules_, excluded);
    if (auto ran = tried.attempt->Run(node_, before_); !ran) return std::unexpected(ran.error());
    auto node = cluster::ReadNode(tried.attempt->tree().files(), request_.read);
    if (!node) return std::unexpected(node.error());
    tried.after = rules::Evaluate(*node, {}, request_.now);
    return tried;
  }

  /// Whose absence takes the worsening away; every fix that needs a restart when none does so
  /// alone.
  Result<Excluded> Culprits(const Tried& tried, const Excluded& excluded) const {
    const auto worse = Worse(before_, tried.after);
    const Finding& first = *worse.front();
    const std::string why = fmt::format("afterwards {} would be {}: {}", first.rule->id,
                                        rules::ToString(first.outcome.verdict),
                                        PrintableShort(first.outcome.reason, 300));
    Excluded all;
    for (const FixDone& fix : tried.attempt->done()) {
      if (fix.fix->risk == Risk::kNone) continue;
      all[fix.name] = why;
      Excluded without = excluded;
      without.emplace(fix.name, why);
      auto other = Try(without);
      if (!other) return std::unexpected(other.error());
      const auto still = Worse(before_, other->after);
      const bool gone = std::ranges::none_of(
          still, [&](const Finding* finding) { return NameOf(*finding) == NameOf(first); });
      if (gone) return Excluded{{fix.name, why}};
    }
    return all;
  }

 private:
  std::shared_ptr<const Files> files_;
  const PlanRequest& request_;
  const Node& node_;
  const std::vector<Finding>& before_;
  std::vector<const rules::Rule*> rules_;
};

/// Validators that were not asked, because a plan starts no programs.
std::vector<std::string> NotChecked(const Plan& plan) {
  bool units = false, kubelet = false;
  for (const Step& step : plan.steps) {
    for (const PlannedChange& planned : step.changes) {
      const FileChange& change = planned.change;
      const bool bytes = !change.folder && (!change.before.exists || !change.edits.empty());
      if (!bytes) continue;
      units = units || change.path.find("/systemd/system/") != std::string::npos;
      kubelet = kubelet || (step.component == "kubelet" && change.path.ends_with(".yaml"));
    }
  }
  std::vector<std::string> gaps;
  if (units)
    gaps.emplace_back(
        "systemd-analyze verify: apply asks it on the machine itself, where it is there");
  if (kubelet)
    gaps.emplace_back(
        "the kubelet's configuration: no program tells whether a kubelet takes it (kubeadm config "
        "validate takes any); its fields are held against seawall's own tables");
  return gaps;
}

/// What the files of others become by everything that is handed over together: the change of one
/// finding speaks of the file as it is.
Result<void> AddHandedChanges(const PlanRequest& request, std::shared_ptr<const Files> files,
                              Plan& plan) {
  std::vector<const rules::Rule*> rules;
  rules::Selection selection;
  for (const HandedOver& handed : plan.handed_over) {
    if (handed.changes.empty()) continue;
    rules.push_back(rules::FindRule(handed.finding.rule));
    selection.ids.push_back(handed.finding.rule);
  }
  if (rules.empty()) return {};
  Attempt::Excluded excluded;
  for (const NotDone& not_done : plan.not_done) excluded[not_done.finding] = not_done.why;
  auto node = cluster::ReadNode(files, request.read);
  if (!node) return std::unexpected(node.error());
  Attempt attempt(files, request, rules, excluded, Attempt::Owners::kIgnored);
  auto ran = attempt.Run(*node, rules::Evaluate(*node, selection, request.now));
  if (!ran) return ran;
  for (FileChange& change : attempt.tree().Changes()) {
    const std::string before = attempt.tree().Before(change.path);
    std::string diff = UnifiedDiff(change, before);
    plan.handed_changes.push_back({std::move(change), std::move(diff), LineMarks(before)});
  }
  return {};
}

Plan Finish(const Node& node, const PlanRequest& request, const std::vector<Finding>& before,
            Tried& tried) {
  Plan plan;
  plan.root = request.root;
  plan.node = node.name;
  plan.profile = request.profile;
  plan.made = request.now;
  plan.before = Count(before);
  plan.after = Count(tried.after);
  plan.not_done = std::move(tried.attempt->not_done());
  // What another finding's fix has cured needs none of its own.
  std::set<FindingName> failing;
  for (const Finding& finding : tried.after) {
    if (finding.outcome.verdict == Verdict::kFail) failing.insert(NameOf(finding));
  }
  std::erase_if(plan.not_done, [&](const NotDone& one) { return !failing.contains(one.finding); });
  plan.handed_over = std::move(tried.attempt->handed_over());
  for (const FixDone& fix : tried.attempt->done()) failing.insert(fix.name);
  for (const Finding& finding : tried.after) {
    if (finding.outcome.verdict == Verdict::kUnknown) failing.insert(NameOf(finding));
  }
  for (const Finding& finding : before) {
    if (finding.outcome.verdict == Verdict::kFail && !failing.contains(NameOf(finding)))
      plan.also_cured.push_back(NameOf(finding));
  }
  Arrange(node, tried.attempt->tree(), tried.attempt->done(), plan);
  plan.not_checked = NotChecked(plan);
  return plan;
}

/// Components that run and that no file starts: what fails there is said, for a plan edits files.
Result<void> AddBare(const std::shared_ptr<const Files>& files, const PlanRequest& request,
                     Plan& plan) {
  cluster::ReadOptions read = request.read;
  read.live = true;
  auto node = cluster::ReadNode(files, read);
  if (!node) return std::unexpected(node.error());
  for (const Finding& finding : rules::Evaluate(*node, request.selection, request.now)) {
    const Component* component = ComponentOf(*node, finding);
    if (finding.outcome.verdict != Verdict::kFail || component == nullptr ||
        component->run_by != cluster::RunBy::kProcess || component->in_container)
      continue;
    if (request.in_profile && !request.in_profile(*finding.rule)) continue;
    plan.not_done.push_back(
        {NameOf(finding), rules::ToString(finding.rule->severity),
         fmt::format("{} runs as a bare process ({}): no file of this machine says how it is "
                     "started",
                     finding.component, finding.instance),
         "change it where it is started, and restart it; seawall explain says to what"});
  }
  return {};
}

}  // namespace

Result<Plan> MakePlan(std::shared_ptr<const Files> files, const PlanRequest& request) {
  auto node = cluster::ReadNode(files, request.read);
  if (!node) return std::unexpected(node.error());
  const std::vector<Finding> before = rules::Evaluate(*node, {}, request.now);
  const Search search(files, request, *node, before);
  Search::Excluded excluded;
  for (int i = 0; i < kMostAttempts; ++i) {
    auto tried = search.Try(excluded);
    if (!tried) return std::unexpected(tried.error());
    Search::Excluded culprits = NotCured(tried->attempt->done(), tried->after);
    if (culprits.empty() && !Worse(before, tried->after).empty()) {
      auto found = search.Culprits(*tried, excluded);
      if (!found) return std::unexpected(found.error());
      culprits = std::move(*found);
      if (culprits.empty()) break;
    }
    if (culprits.empty()) {
      Plan plan = Finish(*node, request, before, *tried);
      auto handed = AddHandedChanges(request, tried->attempt->tree().files(), plan);
      if (!handed) return std::unexpected(handed.error());
      if (request.live) {
        if (auto bare = AddBare(files, request, plan); !bare) return std::unexpected(bare.error());
      }
      return plan;
    }
    excluded.merge(culprits);
  }
  return Fail(ErrorCode::kLimit, "plan the changes", request.root,
              "no set of changes was found that makes nothing worse",
              "plan fewer rules at once: --rules, --row");
}

bool InRecipe(const rules::Rule& rule) {
  constexpr std::string_view kRows[] = {"2a", "2b", "3a", "3c", "3d", "4", "5a", "5b", "6a", "6b"};
  if (std::ranges::find(kRows, std::string_view(rule.row)) != std::end(kRows)) return true;
  const Fix* fix = FindFix(rule.id);
  return fix != nullptr && fix->risk == Risk::kNone;
}

bool InCis(const rules::Rule& rule) { return *rule.cis != '\0'; }

Parameters CisParameters() {
  return {{"audit-log-maxage", "30"},
          {"audit-log-maxbackup", "10"},
          {"audit-log-maxsize", "100"},
          {"pod-pids-limit", "4096"}};
}

}  // namespace seawall::harden
