// What a report says of a node, as text that may leave seawall: made from findings, or read again
// from a stored report, so that every format is written from the same. Every string in here is
// valid UTF-8 and has passed Redact.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/place.h"
#include "cluster/node.h"
#include "report/summary.h"
#include "rules/finding.h"
#include "rules/rule.h"

namespace seawall::report {

/// An item of a public framework.
struct Citation {
  std::string framework, edition, item;
  bool operator==(const Citation&) const = default;
};

/// What every finding of a rule says with the same words; one object a rule, shared by its
/// findings.
struct RuleText {
  std::string id, title, row, link;
  rules::Severity severity = rules::Severity::kMedium;
  std::vector<std::string> cis;
  std::vector<Citation> refs;
  std::string expected, remedy;  ///< the rule's own; "" for a stored report, whose findings tell
  /// The same as pieces of a finding's JSON: of a node's report most bytes are these.
  struct {
    std::string begin, classes, expected, remedy, link;
  } json;
};

/// The rule's words; made once for each thread.
std::shared_ptr<const RuleText> TextOf(const rules::Rule& rule);
/// Fills `text.json` from the other members.
void PrepareJson(RuleText& text);

struct Spot {
  std::string file;  ///< "": no file
  uint32_t line = 0;
  uint32_t column = 0;
};

struct Lost {
  std::string value, origin;
  Spot place;
};

struct Observation {
  std::string setting, value, origin;
  Spot place;
  std::vector<Lost> overrode;
  std::string node = {};  ///< of a finding about the whole cluster; else "": the finding's own
};

/// Why a finding is waived.
struct Waived {
  std::string was;  ///< the verdict that it would have: VerdictWord
  std::string reason, expires, who;
};

/// Who judged what only a person can judge.
struct Attested {
  std::string statement, who, when, digest, expires;
};

struct Record {
  std::shared_ptr<const RuleText> rule;
  rules::Verdict verdict = rules::Verdict::kUnknown;
  bool manual = false;  ///< unknown, and only a person can judge it
  std::string node, component, instance, reason;
  std::vector<Observation> evidence;
  std::string own_expected, own_remedy;      ///< "": the rule's words
  std::shared_ptr<const Waived> waived;      ///< of verdict waived
  std::shared_ptr<const Attested> attested;  ///< of verdict attested
  std::string baseline;                      ///< "new", "unchanged"; "": not compared
  std::string subject;                       ///< of RBAC: whom it is about
  std::vector<rules::Hop> path;              ///< of RBAC: how it gets there

  const std::string& expected() const {
    return own_expected.empty() ? rule->expected : own_expected;
  }
  const std::string& remedy() const { return own_remedy.empty() ? rule->remedy : own_remedy; }
};

struct ComponentRecord {
  std::string component, instance, run_by;
  std::optional<std::string> version;
  std::string version_source;
  Spot where;
  std::optional<int64_t> pid;
  std::string unknown;
  /// Everything that somebody wrote for it, whatever asks for it; with --evidence only.
  std::vector<Observation> settings;
};

/// `run_by` of a cluster that its provider runs (GKE, EKS, AKS).
inline constexpr const char* kManaged = "managed";

struct NotRead {
  std::string where, code, why, todo;
};

struct NodeRecord {
  std::string name, root;
  bool live = false;
  bool machine = true;
  bool cluster = false;  ///< stands for all nodes of the report together; it is no node itself
  bool as_root = false;
  std::vector<std::string> roles;
  std::vector<ComponentRecord> components;
  std::vector<NotRead> not_read;
  std::vector<std::string> read;
  std::vector<std::string> endpoints;  ///< that were asked: objects of prove.schema.json, as JSON
};

/// A waiver of the run, and what became of it.
struct WaiverUse {
  std::string rule, node, component, path, reason, expires, who;
  Spot place;
  /// "used", "unused", "expired", "too-wide", "not-asked" (none of its rules was evaluated on a
  /// node of its).
  std::string state;
  uint64_t findings = 0;
};

/// An attestation of the run, and what became of it.
struct AttestationUse {
  std::string rule, node, component, path;
  Attested says;
  Spot place;
  std::string state;  ///< as of a waiver
  uint64_t findings = 0;
};

/// One node's part of a report.
struct NodeReport {
  NodeRecord node;
  std::vector<Record> findings;
};

/// `text` fit for a report: secrets hidden, invalid UTF-8 replaced by U+FFFD.
std::string Safe(std::string text);
/// The value of `setting` fit for a report; hidden whole when the setting is a credential.
std::string SafeValue(std::string_view setting, const std::string& value);

Record Describe(rules::Finding finding);
/// `raw`: with every written setting of every component.
NodeReport Describe(const cluster::Node& node, std::vector<rules::Finding> findings, bool as_root,
                    bool raw = false);
/// What only all nodes together show.
NodeReport DescribeCluster(std::string name, std::vector<rules::Finding> findings);

/// Counts of one node. (Not kept beside the findings, because a waiver changes them.)
Summary Count(const NodeReport& report);

/// The order in which people want to see findings.
enum Urgent : int {
  kFails,
  kIsUnknown,
  kForAPerson,
  kIsWaived,
  kIsAttested,
  kPasses,
  kDoesNotApply,
  kUrgencies,  ///< how many there are
};
int Urgency(const Record& record);
/// "fail", "unknown", "manual", "waived", "attested", "pass", "not-applicable".
const char* VerdictWord(const Record& record);

}  // namespace seawall::report
