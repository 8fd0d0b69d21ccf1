// The table of rules. A rule is a row: what is checked, why, how to mend it, and which row of the
// recipe and which items of public benchmarks it stands for. Help text, docs and the list of rules
// come from the same row.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node.h"
#include "rules/finding.h"

namespace seawall::rules {

/// What a rule is asked of: every instance of one component, the node as a whole (or a cluster as
/// its API shows it, Node::api), or all nodes of an audit together.
enum class Target : uint8_t {
  kApiServer,
  kControllerManager,
  kScheduler,
  kKubelet,
  kProxy,
  kEtcd,
  kNode,
  kCluster,
  kGke,
  kEks,
  kAks
};
/// A rule of a managed cluster is asked of managed clusters of its provider only, the others never.
constexpr bool IsManaged(Target target) { return target >= Target::kGke; }

class Inventory;
struct Wish;  // rules/own_rules.h
namespace whole {
class Cluster;
}

/// What several rules derive from one node, made once for an evaluation when the first rule asks
/// for it.
struct Notes {
  std::shared_ptr<const Inventory> inventory;
  /// Files behind a component's settings, decoded: Kept() of rules/checks.h.
  std::map<std::pair<std::string_view, const cluster::Component*>, std::shared_ptr<const void>>
      kept;
};

struct Context {
  const cluster::Node& node;
  const cluster::Component* component;  ///< nullptr for Target::kNode
  int64_t now;                          ///< seconds since the epoch
  Notes* notes = nullptr;  ///< of this evaluation; nullptr: nothing is kept between rules
};

/// One item of a public framework. `edition` belongs to it: numbers move between editions.
struct Reference {
  const char* framework;  ///< "CIS Kubernetes Benchmark"
  const char* edition;    ///< "1.12"
  const char* item;       ///< "1.2.1"
};

struct Rule {
  const char* id;     ///< words, not numbers: "etcd-client-cert-auth"
  const char* title;  ///< a statement that is true when the rule passes
  const char* row;    ///< recipe row: "2a" … "6b"
  const char* cis =
      "";  ///< items of CIS Kubernetes Benchmark 1.12, separated by spaces; "" when CIS forgot it
  Severity severity = Severity::kMedium;
  Target target = Target::kNode;
  bool manual = false;  ///< only a person can judge it: the check returns kUnknown with what to
                        ///< look at, or kNotApplicable
  int min_minor = 0;    ///< first and last Kubernetes (etcd) minor version that the rule speaks
                        ///< about; 0 = no bound
  int max_minor = 0;
  Outcome (*check)(const Rule&, const Context&) = nullptr;
  const char* setting = "";   ///< parameter of the generic checks: the setting's name, or a path
  const char* wanted = "";    ///< parameter of the generic checks
  const char* expected = "";  ///< for people: "false", "contains Node and RBAC"
  const char* remedy =
      "";  ///< the exact edit; {where} becomes the place of the value, or where to add it
  const char* why = "";        ///< one sentence
  const char* link = "";       ///< upstream's own documentation
  const char* terraform = "";  ///< of a managed cluster: the edit of its Terraform resource
  const Wish* own = nullptr;   ///< of an organisation's own rule: what it wants
  bool of_cluster = false;     ///< of Target::kNode: asked of a cluster's API too
  /// Instead of `check`, of Target::kCluster.
  Outcome (*check_whole)(const Rule&, const whole::Cluster&) = nullptr;
};

/// Every rule, in the order of the recipe's rows; an organisation's own ones behind them.
std::span<const Rule> AllRules();
/// Without an organisation's own.
std::span<const Rule> BuiltInRules();
/// An organisation's rules, and built-in ones with other thresholds, for the rest of the process.
/// To be called once, before anything else of this room. Whatever the rules point to must stay.
void InstallPolicy(std::vector<Rule> own, const std::vector<Rule>& instead);
const Rule* FindRule(std::string_view id);

/// "kube-apiserver", …, "node", "cluster": the word of the reports.
const char* ToString(Target target);
/// The items of `rule.cis`, one by one.
std::vector<std::string_view> CisItems(const Rule& rule);
/// The rule's remedy for people who have no finding before them (`explain`): without a place.
std::string GeneralRemedy(const Rule& rule);

/// Which rules to ask; empty members mean all, several members narrow each other.
struct Selection {
  std::vector<std::string> ids, rows, cis;
  Severity minimum = Severity::kLow;
};

/// The selected rules in the order of the table.
std::vector<const Rule*> Select(const Selection& selection);

/// Findings of the selected rules, in the table's order, then by component instance: one for each
/// rule × instance, and one not-applicable (or unknown, where something could not be read) for a
/// rule whose component was not found. Of a managed cluster: its provider's rules, and what was
/// asked for by its id. Rules about the whole cluster are not asked here (rules/whole/). `notes`:
/// what the rules derived from the node is left there.
std::vector<Finding> Evaluate(const cluster::Node& node, const Selection& selection, int64_t now,
                              Notes* notes = nullptr);

}  // namespace seawall::rules
