// RiskFinder: everything that `rbac risks` finds, a file for each of its parts. Private to this
// room.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rbac/evaluator.h"
#include "rbac/workloads.h"
#include "review/pod_mounts.h"
#include "review/risk_atoms.h"
#include "review/risk_graph.h"
#include "review/risk_paths.h"
#include "review/risk_teller.h"
#include "rules/finding.h"

namespace seawall::review {

inline constexpr size_t kRiskEvidence = 8;  ///< of one finding at the most

/// For one run; evaluator and workloads outlive it.
class RiskFinder {
 public:
  RiskFinder(const rbac::Evaluator& evaluator, const std::vector<const rules::Rule*>& wanted,
             const std::optional<rbac::Workloads>& workloads);
  std::vector<rules::Finding> Run();

 private:
  /// What a node holds beside what every cluster gives it.
  struct Own {
    Bits everywhere = 0;
    std::vector<std::pair<rbac::NameId, Bits>> spaces;  ///< with what holds everywhere
  };
  static rules::Finding Make(size_t row, std::string instance, rules::Outcome outcome);
  /// What could not be read may hold what was looked for.
  rules::Outcome NothingFound(std::string_view id) const;
  bool Wants(std::string_view id) const;
  void Add(std::string_view id, std::string subject, std::string reason,
           std::vector<rules::Evidence> evidence, std::vector<rules::Hop> path = {});

  // risk_rights.cc: rights, wildcards, groups of strangers and everybody.
  static const char* FirstWord(rules::RiskScope scope);
  Own OwnOf(const RiskNode& node) const;
  void FindRights();
  void FindRight(uint32_t n, size_t row, const Own& own, uint32_t not_with);
  void Tell(uint32_t n, size_t row, Bits need, rbac::NameId space,
            const std::vector<std::string>& where);
  static std::string AtomText(const Atom& atom);
  static std::string EndOf(const rules::Rule& rule);
  void FindWildcards();
  void FindWildcard(uint32_t n, const char* id);
  const char* PublicRow(const RiskNode& node, bool& logged_in) const;
  void FindPublic();

  // risk_objects.cc: bindings and roles by themselves.
  /// A binding to an account that is not there waits for who makes it.
  void FindMissingAccount(const rbac::Binding& binding, const rbac::Subject& subject,
                          const std::string& name);
  void FindBindings();
  void FindRoles();
  /// Rules that stand in another role than Kubernetes' own ones, by their file and line.
  void FindAggregated(const rbac::Role& role);
  /// The role in whose text a rule stands.
  const rbac::Role* OwnerOf(const rbac::Rule& rule);

  // risk_ways.cc: ways to the sinks, and pods.
  void FindPaths();
  void TellPath(uint32_t n, const SinkRow& row);
  void FindMounted();
  /// What is found of an account says which pods carry its token.
  void TellMounts();

  const rbac::Evaluator& evaluator_;
  const rbac::Policy& policy_;
  const std::optional<rbac::Workloads>& workloads_;
  const Atoms atoms_;
  const PodMounts mounts_;
  const RiskGraph graph_;
  const RuleBits bits_;
  const RiskTeller tell_;
  const RiskPaths paths_;
  std::vector<std::vector<rules::Finding>> findings_;  ///< by row
  std::vector<bool> wanted_;
  std::map<std::string_view, size_t> row_of_;
  std::unordered_map<uint32_t, const rbac::Role*> owner_;
};

}  // namespace seawall::review
