#include "harden/plan_attempt.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "harden/fix_actions.h"
#include "harden/unified_diff.h"

namespace seawall::harden {
namespace {

using cluster::Component;
using cluster::Node;
using rules::Finding;
using rules::Verdict;

constexpr int kMostRounds = 24;

constexpr const char* kKops = "kops";

/// nodeup writes manifests and units anew at each start, and marks none of them.
bool IsKops(const Files& files) {
  return std::ranges::any_of(
      std::initializer_list<const char*>{"/opt/kops/bin/nodeup",
                                         "/etc/systemd/system/kops-configuration.service",
                                         "/usr/lib/systemd/system/kops-configuration.service",
                                         "/lib/systemd/system/kops-configuration.service"},
      [&](const char* path) { return files.Stat(path).has_value(); });
}

/// What two fixes make of a list that each of them adds to or takes from, both at once.
std::vector<std::string> Both(const cluster::Setting& now, const std::vector<std::string>& one,
                              const std::vector<std::string>& other) {
  const auto has = [](const std::vector<std::string>& list, const std::string& item) {
    return std::ranges::find(list, item) != list.end();
  };
  std::vector<std::string> was;
  for (const cluster::Item& item : now.items) was.push_back(item.text);
  std::vector<std::string> both;
  for (const std::string& item : one) {
    if (!has(was, item) || has(other, item)) both.push_back(item);
  }
  for (const std::string& item : other) {
    if (!has(was, item) && !has(both, item)) both.push_back(item);
  }
  return both;
}

bool IsBelow(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) &&
         (path.size() == folder.size() || folder == "/" || path[folder.size()] == '/');
}

}  // namespace

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

Result<void> Attempt::Run(const Node& node, const std::vector<Finding>& findings) {
  if (request_.live) running_ = &node;
  Round(node, findings);
  for (int round = 1; tree_.EndRound() && round < kMostRounds; ++round) {
    auto now = cluster::ReadNode(tree_.files(), request_.read);
    if (!now) return std::unexpected(now.error());
    rules::Selection selection;
    for (const rules::Rule* rule : rules_) {
      if (FindFix(rule->id) != nullptr) selection.ids.emplace_back(rule->id);
    }
    if (selection.ids.empty()) break;
    Round(*now, rules::Evaluate(*now, selection, request_.now));
  }
  // What they waited for did not come.
  for (auto& [name, not_done] : waiting_) not_done_.push_back(std::move(not_done));
  waiting_.clear();
  return {};
}

void Attempt::Round(const Node& node, const std::vector<Finding>& findings) {
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

bool Attempt::Selected(const Finding& finding) const {
  return std::ranges::find(rules_, finding.rule) != rules_.end();
}

void Attempt::Refuse(const Finding& finding, std::string why, std::string todo) {
  settled_.insert(NameOf(finding));
  waiting_.erase(NameOf(finding));
  not_done_.push_back(
      {NameOf(finding), rules::ToString(finding.rule->severity), std::move(why), std::move(todo)});
}

void Attempt::Try(const Node& node, const Finding& finding, const Fix& fix) {
  const FindingName name = NameOf(finding);
  const Component* component = ComponentOf(node, finding);
  const FixContext context{
      node, component, finding, request_.set, running_, request_.abac_quiet, request_.etcd_peers};
  Draft draft;
  if (finding.rule->target != rules::Target::kNode && component == nullptr)
    return Refuse(finding, "the component was not found again", "");
  auto made = fix.make(fix, context);
  if (heed_owners_ && component != nullptr && IsHandedOver(*component))
    return HandOver(finding, component, cluster::ToString(component->run_by), made);
  if (!made) {
    if (made.error().code == ErrorCode::kLimit) {
      waiting_[name] = {name, rules::ToString(finding.rule->severity), made.error().why,
                        made.error().todo};
      return;
    }
    const std::string where = made.error().where.empty() ? "" : made.error().where + ": ";
    return Refuse(finding, where + made.error().why, made.error().todo);
  }
  const std::string later = made->later;
  if (!later.empty() && made->touches.empty()) return Refuse(finding, later, kNextStage);
  if (made->touches.empty())
    return Refuse(finding, ++tried_[name] > 1 ? "the edits did not cure it" : "no edit was found",
                  "edit it by hand");
  if (const std::string path = SecretIn(*made); !path.empty())
    return Refuse(finding,
                  path + ": its text would restate what looks like a secret, and a plan holds none",
                  "put the secret into a file that the component names, or edit it by hand");
  if (const std::string owner = OwnerOf(*made, component); !owner.empty())
    return HandOver(finding, component, owner, made);
  auto added = tree_.Add(made->touches);
  if (!added && added.error().code == ErrorCode::kLimit && ++deferred_[name] < kMostRounds) return;
  if (!added) return Refuse(finding, added.error().ToString(), added.error().todo);
  if (++tried_[name] > 2) return Refuse(finding, "the edits did not cure it", "");
  waiting_.erase(name);
  done_.push_back({name, &fix, std::move(*made), {}});
  for (const Touch& touch : done_.back().draft.touches) {
    const auto real = RealPath(*tree_.files(), touch.path);
    done_.back().paths.insert(real ? *real : touch.path);
  }
  if (!later.empty())
    waiting_[name] = {name, rules::ToString(finding.rule->severity), later, kNextStage};
}

void Attempt::HandOver(const Finding& finding, const Component* component, const std::string& owner,
                       const Result<Draft>& made) {
  settled_.insert(NameOf(finding));
  HandedOver handed;
  handed.owner = owner;
  handed.finding = NameOf(finding);
  handed.why = fmt::format("{} writes this configuration", owner);
  if (owner == kKops) handed.why += ": kops edit cluster";
  if (made) handed.wishes = made->wishes;
  if (made && made->peers)
    handed.why +=
        fmt::format("; when the member runs with it: etcdctl member update {:x} --peer-urls={}",
                    made->peers->member, Join(made->peers->after, ","));
  if (!made && made.error().code == ErrorCode::kUsage)
    return Refuse(finding, made.error().why, made.error().todo);
  if (made) {
    WorkingTree alone(tree_.files());
    if (alone.Add(made->touches) && alone.EndRound()) handed.changes = alone.Changes();
    // RKE2 and k3s write these anew whenever they start.
    std::erase_if(handed.changes, [](const FileChange& change) {
      return change.path.starts_with("/var/lib/rancher/");
    });
  } else if (const auto* row = finding.rule; *row->setting != '\0' && *row->wanted != '\0') {
    const auto kind = cluster::ComponentFromName(finding.component);
    if (kind)
      handed.wishes.push_back({*kind, finding.instance, row->setting, Wanted::Text(row->wanted)});
  }
  if (component != nullptr) Together(*component, handed);
  handed_over_.push_back(std::move(handed));
}

void Attempt::Together(const Component& component, HandedOver& handed) {
  for (Wish& wish : handed.wishes) {
    for (HandedOver& other : handed_over_) {
      for (Wish& known : other.wishes) {
        const bool same = known.kind == wish.kind && known.instance == wish.instance &&
                          known.setting == wish.setting && known.wanted && known.wanted->list;
        if (!same || !wish.wanted || !wish.wanted->list) continue;
        wish.wanted->items =
            Both(component.Get(wish.setting), known.wanted->items, wish.wanted->items);
      }
    }
    // Whoever reads the first of them is to write all of it.
    for (HandedOver& other : handed_over_) {
      for (Wish& known : other.wishes) {
        if (known.kind == wish.kind && known.instance == wish.instance &&
            known.setting == wish.setting && known.wanted && known.wanted->list)
          known.wanted = wish.wanted;
      }
    }
  }
}

std::string Attempt::SecretIn(const Draft& draft) const {
  if (!request_.looks_secret) return "";
  for (const Touch& touch : draft.touches) {
    if (request_.looks_secret(touch.content) || request_.looks_secret(touch.edit.replacement))
      return touch.path;
  }
  return "";
}

std::string Attempt::OwnerOf(const Draft& draft, const Component* component) {
  if (!heed_owners_) return "";
  if (!kops_) kops_ = IsKops(*tree_.files());
  const bool edits = std::ranges::any_of(draft.touches, [](const Touch& touch) {
    return touch.kind == Touch::Kind::kSplice || touch.kind == Touch::Kind::kCreate;
  });
  if (component != nullptr && edits && (*kops_ || component->owner_hint == kKops)) return kKops;
  for (const Touch& touch : draft.touches) {
    // A link may lead to it: what is edited is what lies there.
    const auto real = RealPath(*tree_.files(), touch.path);
    for (const auto& [owner, prefix] : request_.owned_by) {
      if (IsBelow(touch.path, prefix) || (real && IsBelow(*real, prefix))) return owner;
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

}  // namespace seawall::harden
