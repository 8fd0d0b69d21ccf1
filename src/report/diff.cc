#include "report/diff.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "report/fingerprint.h"

namespace seawall::report {
namespace {

constexpr int kNotWhole = 2;  ///< the exit status of an audit that could not do everything

/// What is kept of a finding of the earlier report.
struct Before {
  std::shared_ptr<const RuleText> rule;
  std::string node, component, instance, reason;
  const char* verdict = "";
  int urgency = 0;
  size_t seen = 0;   ///< digest of the evidence without its places
  size_t words = 0;  ///< digest of what the rule says
  bool met = false;
};

void Mix(size_t& digest, const std::string& text) {
  digest = digest * 1000003 + std::hash<std::string>()(text);
}

/// A value that moved to another line is no change; one that another file gives is.
size_t DigestOfEvidence(const Record& record) {
  size_t digest = 0;
  for (const Observation& seen : record.evidence) {
    for (const std::string* text : {&seen.setting, &seen.value, &seen.origin, &seen.place.file})
      Mix(digest, *text);
  }
  return digest;
}

size_t DigestOfRule(const Record& record) {
  size_t digest = static_cast<size_t>(record.rule->severity);
  for (const std::string* text : {&record.rule->title, &record.rule->row, &record.rule->link})
    Mix(digest, *text);
  return digest;
}

class Comparison {
 public:
  explicit Comparison(Diff& diff) : diff_(diff) {}

  void AddBefore(const Record& record) {
    Before before{record.rule,          record.node,
                  record.component,     record.instance,
                  record.reason,        VerdictWord(record),
                  Urgency(record),      DigestOfEvidence(record),
                  DigestOfRule(record), false};
    rules_before_.insert(record.rule->id);
    index_[Key(record)] = before_.size();
    before_.push_back(std::move(before));
  }

  void AddAfter(Record record) {
    const auto found = index_.find(Key(record));
    Before* before = found == index_.end() ? nullptr : &before_[found->second];
    if (before != nullptr) before->met = true;
    rules_after_.insert(record.rule->id);
    const int now = Urgency(record);
    const int then = before ? before->urgency : -1;
    const bool other_things = before != nullptr && before->seen != DigestOfEvidence(record);
    if (now == 0 && then != 0) {
      diff_.fresh.push_back(Make(std::move(record), before));
    } else if (then == 0 && now >= kPasses) {
      diff_.fixed.push_back(Make(std::move(record), before));
    } else if ((before == nullptr && now < kPasses) || (before != nullptr && now != then) ||
               (now <= 2 && other_things)) {
      if (now == 1 && then != 1) ++diff_.newly_unknown;
      diff_.changed.push_back(Make(std::move(record), before));
    } else {
      ++diff_.same;
    }
  }

  void End(const std::set<std::string>& nodes_after) {
    for (Before& before : before_) {
      if (before.met || before.urgency >= kPasses) continue;
      if (before.urgency == 0) ++diff_.gone_fails;
      Change change;
      change.cause = !nodes_after.contains(before.node)        ? "cluster"
                     : !rules_after_.contains(before.rule->id) ? "rule"
                                                               : "cluster";
      change.rule = std::move(before.rule);
      change.node = std::move(before.node);
      change.component = std::move(before.component);
      change.instance = std::move(before.instance);
      change.before = before.verdict;
      change.reason_before = std::move(before.reason);
      diff_.gone.push_back(std::move(change));
    }
  }

 private:
  const char* Cause(const Record& record, const Before* before) const {
    if (before == nullptr) return rules_before_.contains(record.rule->id) ? "cluster" : "rule";
    const bool cluster = before->seen != DigestOfEvidence(record);
    const bool rule = before->words != DigestOfRule(record);
    if (cluster) return rule ? "both" : "cluster";
    return rule || diff_.tool_before != diff_.tool_after ? "rule" : "other";
  }

  Change Make(Record record, const Before* before) const {
    Change change;
    change.cause = Cause(record, before);
    change.before = before ? before->verdict : "";
    change.after = VerdictWord(record);
    change.reason_before = before ? before->reason : "";
    change.rule = std::move(record.rule);
    change.node = std::move(record.node);
    change.component = std::move(record.component);
    change.instance = std::move(record.instance);
    change.reason = std::move(record.reason);
    change.evidence = std::move(record.evidence);
    return change;
  }

  Diff& diff_;
  std::vector<Before> before_;
  std::unordered_map<std::string, size_t> index_;
  std::set<std::string> rules_before_, rules_after_;
};

using VersionKey = std::tuple<std::string, std::string, std::string>;

std::map<VersionKey, std::string> VersionsOf(const StoredReport& report) {
  std::map<VersionKey, std::string> versions;
  for (const NodeRecord& node : report.nodes()) {
    for (const ComponentRecord& c : node.components)
      versions[{node.name, c.component, c.instance}] = c.version.value_or("");
  }
  return versions;
}

std::set<std::string> NodesOf(const StoredReport& report) {
  std::set<std::string> names;
  for (const NodeRecord& node : report.nodes()) names.insert(node.name);
  return names;
}

void CompareNodes(const StoredReport& before, const StoredReport& after, Diff& diff) {
  const std::set<std::string> old_nodes = NodesOf(before);
  const std::set<std::string> new_nodes = NodesOf(after);
  std::set_difference(new_nodes.begin(), new_nodes.end(), old_nodes.begin(), old_nodes.end(),
                      std::back_inserter(diff.nodes_added));
  std::set_difference(old_nodes.begin(), old_nodes.end(), new_nodes.begin(), new_nodes.end(),
                      std::back_inserter(diff.nodes_removed));
  const auto old_versions = VersionsOf(before);
  for (const auto& [key, version] : VersionsOf(after)) {
    const auto found = old_versions.find(key);
    if (found == old_versions.end() || found->second == version) continue;
    const auto& [node, component, instance] = key;
    diff.versions.push_back({node, component, instance, found->second, version});
  }
}

}  // namespace

int Diff::ExitStatus() const {
  if (!fresh.empty()) return 1;
  // Of a node that is only in the earlier report nothing is known, whatever it passed then.
  return newly_unknown > 0 || gone_fails > 0 || !nodes_removed.empty() || !whole ? 3 : 0;
}

Result<Diff> Compare(const StoredReport& before, const StoredReport& after) {
  Diff diff;
  diff.name_before = Safe(before.name());
  diff.name_after = Safe(after.name());
  diff.tool_before = before.tool_version();
  diff.tool_after = after.tool_version();
  diff.whole = after.exit_status() != kNotWhole;
  CompareNodes(before, after, diff);
  Comparison comparison(diff);
  auto ok = before.ForEachNode([&](const NodeReport& node) -> Result<void> {
    for (const Record& record : node.findings) comparison.AddBefore(record);
    return {};
  });
  if (!ok) return std::unexpected(ok.error());
  ok = after.ForEachNode([&](NodeReport node) -> Result<void> {
    for (Record& record : node.findings) comparison.AddAfter(std::move(record));
    return {};
  });
  if (!ok) return std::unexpected(ok.error());
  comparison.End(NodesOf(after));
  return diff;
}

}  // namespace seawall::report
