#include "harden/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "harden/plan_order.h"
#include "harden/unified_diff.h"
#include "harden/working_tree.h"

namespace seawall::harden {
namespace {

using cluster::Component;
using cluster::Node;
using rules::Finding;
using rules::Verdict;

constexpr int kMostRounds = 24;
constexpr int kMostAttempts = 16;  ///< of the whole plan, each without what made something worse

FindingName NameOf(const Finding& finding) {
  return {finding.rule->id, finding.component, finding.instance};
}

const Component* ComponentOf(const Node& node, const Finding& finding) {
  for (const Component& component : node.components) {
    if (component.instance == finding.instance &&
        finding.component == cluster::ToString(component.kind))
      return &component;
  }
  return nullptr;
}

bool IsManaged(const Component* component) {
  return component != nullptr &&
         (component->run_by == cluster::RunBy::kK3s || component->run_by == cluster::RunBy::kRke2);
}

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

/// One attempt at the whole plan.
class Attempt {
 public:
  Attempt(std::shared_ptr<const Files> files, const PlanRequest& request,
          const std::vector<const rules::Rule*>& rules,
          const std::map<FindingName, std::string>& excluded)
      : request_(request), rules_(rules), excluded_(excluded), tree_(std::move(files)) {}

  /// `findings` are those of the untouched tree.
  Result<void> Run(const Node& node, const std::vector<Finding>& findings) {
    Round(node, findings);
    for (int round = 1; tree_.EndRound() && round < kMostRounds; ++round) {
      auto now = cluster::ReadNode(tree_.files(), request_.read);
      if (!now) return std::unexpected(now.error());
      rules::Selection selection;
      for (const rules::Rule* rule : rules_) {
        if (FindFix(rule->id) != nullptr) selection.ids.emplace_back(rule->id);
      }
      if (selection.ids.empty()) return {};
      Round(*now, rules::Evaluate(*now, selection, request_.now));
    }
    return {};
  }

  const WorkingTree& tree() const { return tree_; }
  std::vector<FixDone>& done() { return done_; }
  std::vector<NotDone>& not_done() { return not_done_; }
  std::vector<HandedOver>& handed_over() { return handed_over_; }

 private:
  void Round(const Node& node, const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) {
      if (finding.outcome.verdict != Verdict::kFail || !Selected(finding)) continue;
      const FindingName name = NameOf(finding);
      if (settled_.contains(name)) continue;
      if (const auto out = excluded_.find(name); out != excluded_.end()) {
        Refuse(finding, out->second, "");
        continue;
      }
      const Fix* fix = FindFix(finding.rule->id);
      if (fix == nullptr) {
        Refuse(finding, WhyNoFix(*finding.rule), "");
        continue;
      }
      Try(node, finding, *fix);
    }
  }

  bool Selected(const Finding& finding) const {
    return std::ranges::find(rules_, finding.rule) != rules_.end();
  }

  void Refuse(const Finding& finding, std::string why, std::string todo) {
    settled_.insert(NameOf(finding));
    not_done_.push_back({NameOf(finding), rules::ToString(finding.rule->severity), std::move(why),
                         std::move(todo)});
  }

  void Try(const Node& node, const Finding& finding, const Fix& fix) {
    const FindingName name = NameOf(finding);
    const Component* component = ComponentOf(node, finding);
    const FixContext context{node, component, finding, request_.set};
    Draft draft;
    if (finding.rule->target != rules::Target::kNode && component == nullptr)
      return Refuse(finding, "the component was not found again", "");
    auto made = fix.make(fix, context);
    if (IsManaged(component)) return HandOver(finding, cluster::ToString(component->run_by), made);
    if (!made) {
      if (made.error().code == ErrorCode::kLimit) return;
      const std::string where = made.error().where.empty() ? "" : made.error().where + ": ";
      return Refuse(finding, where + made.error().why, made.error().todo);
    }
    if (made->touches.empty())
      return Refuse(finding, ++tried_[name] > 1 ? "the edits did not cure it" : "no edit was found",
                    "edit it by hand");
    if (const std::string path = SecretIn(*made); !path.empty())
      return Refuse(
          finding,
          path + ": its text would restate what looks like a secret, and a plan holds none",
          "put the secret into a file that the component names, or edit it by hand");
    if (const std::string owner = OwnerOf(*made); !owner.empty())
      return HandOver(finding, owner, made);
    auto added = tree_.Add(made->touches);
    if (!added && added.error().code == ErrorCode::kLimit && ++deferred_[name] < kMostRounds)
      return;
    if (!added) return Refuse(finding, added.error().ToString(), added.error().todo);
    if (++tried_[name] > 2) return Refuse(finding, "the edits did not cure it", "");
    done_.push_back({name, &fix, std::move(*made), {}});
    for (const Touch& touch : done_.back().draft.touches) {
      const auto real = RealPath(*tree_.files(), touch.path);
      done_.back().paths.insert(real ? *real : touch.path);
    }
  }

  void HandOver(const Finding& finding, const std::string& owner, const Result<Draft>& made) {
    settled_.insert(NameOf(finding));
    HandedOver handed;
    handed.owner = owner;
    handed.finding = NameOf(finding);
    handed.why = fmt::format("{} writes this configuration", owner);
    if (made) handed.wishes = made->wishes;
    if (!made && made.error().code == ErrorCode::kUsage)
      return Refuse(finding, made.error().why, made.error().todo);
    if (made) {
      WorkingTree alone(tree_.files());
      if (alone.Add(made->touches) && alone.EndRound()) handed.changes = alone.Changes();
      for (const FileChange& change : handed.changes)
        handed.diffs.push_back(UnifiedDiff(change, alone.Before(change.path)));
    } else if (const auto* row = finding.rule; *row->setting != '\0' && *row->wanted != '\0') {
      const auto kind = cluster::ComponentFromName(finding.component);
      if (kind)
        handed.wishes.push_back({*kind, finding.instance, row->setting, Wanted::Text(row->wanted)});
    }
    handed_over_.push_back(std::move(handed));
  }

  /// A file whose new text restates a secret: a drop-in repeats the whole command line.
  std::string SecretIn(const Draft& draft) const {
    if (!request_.looks_secret) return "";
    for (const Touch& touch : draft.touches) {
      if (request_.looks_secret(touch.content) || request_.looks_secret(touch.edit.replacement))
        return touch.path;
    }
    return "";
  }

  /// Who else writes one of the files that the fix touches.
  std::string OwnerOf(const Draft& draft) {
    for (const Touch& touch : draft.touches) {
      for (const auto& [owner, prefix] : request_.owned_by) {
        if (touch.path == prefix || touch.path.starts_with(prefix + "/")) return owner;
      }
      if (touch.kind != Touch::Kind::kSplice) continue;
      const auto known = owners_.find(touch.path);
      if (known != owners_.end()) {
        if (!known->second.empty()) return known->second;
        continue;
      }
      const auto head = tree_.files()->ReadAt(touch.path, 0, 4096);
      owners_[touch.path] = head ? OwnerOfText(*head) : "";
      if (!owners_[touch.path].empty()) return owners_[touch.path];
    }
    return "";
  }

  const PlanRequest& request_;
  const std::vector<const rules::Rule*>& rules_;
  const std::map<FindingName, std::string>& excluded_;
  WorkingTree tree_;
  std::set<FindingName> settled_;
  std::map<FindingName, int> tried_, deferred_;
  std::map<std::string, std::string> owners_;
  std::vector<FixDone> done_;
  std::vector<NotDone> not_done_;
  std::vector<HandedOver> handed_over_;
};

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
      if (fix.name == NameOf(finding))
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
  using Excluded = std::map<FindingName, std::string>;

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

std::string OwnerOfText(std::string_view bytes) {
  static constexpr std::pair<std::string_view, std::string_view> kMarks[] = {
      {"ansible managed", "ansible"},        {"managed by ansible", "ansible"},
      {"managed by puppet", "puppet"},       {"managed by chef", "chef"},
      {"generated by chef", "chef"},         {"managed by salt", "salt"},
      {"managed by terraform", "terraform"}, {"managed by argo", "argocd"},
      {"managed by flux", "flux"},           {"managed by cfengine", "cfengine"},
      {"managed by kubespray", "ansible"},   {"managed by gitops", "gitops"},
      {"generated by kops", "kops"},         {"do not edit", "a generator (\"do not edit\")"}};
  const std::string head = Lower(bytes.substr(0, 4096));
  for (const auto& [mark, owner] : kMarks) {
    const size_t at = head.find(mark);
    if (at == std::string::npos) continue;
    // Only in a comment: the words may stand in a value.
    const size_t line = head.rfind('\n', at);
    const size_t begin = head.find_first_not_of(" \t", line == std::string::npos ? 0 : line + 1);
    if (begin != std::string::npos && (head[begin] == '#' || head[begin] == ';'))
      return std::string(owner);
  }
  return "";
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
