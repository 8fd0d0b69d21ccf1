// The rights that the table of risks speaks of, as bits: a rule, a role, a subject is a set of
// them. Private to this room.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "rbac/evaluator.h"
#include "rules/risk_table.h"

namespace seawall::review {

using Bits = unsigned __int128;  ///< they are more than 64

/// One right of the table: bit i of Bits.
struct Atom {
  std::string text;  ///< as the table has it
  std::vector<std::string> verbs, resources, names;
  std::string group;
  bool any_resource = false;  ///< whatever the group has
};

/// Alternatives: each the bits that must all be there.
using Needs = std::vector<Bits>;

class Atoms {
 public:
  Atoms();
  const std::vector<Atom>& all() const { return atoms_; }
  /// Of the row of this index in rules::AllRiskRows.
  const Needs& NeedsOf(size_t row) const { return needs_[row]; }
  /// The first alternative that `bits` have; 0: none.
  Bits Satisfied(size_t row, Bits bits) const;

 private:
  Bits AtomOf(std::string_view text);
  std::vector<Atom> atoms_;
  std::vector<Needs> needs_;
};

/// Turns the rules of one policy into bits. Both outlive it.
class RuleBits {
 public:
  RuleBits(const Atoms& atoms, const rbac::Policy& policy);
  Bits Of(const rbac::Rule& rule) const;

 private:
  Bits AnyResource(const rbac::Rule& rule) const;
  Bits Named(const rbac::Rule& rule, Bits bits) const;
  bool IsNameless(const rbac::Rule& rule, const Atom& atom) const;
  const std::vector<Atom>& all_;
  const rbac::Policy& policy_;
  /// By name: the atoms that have it among their verbs, groups, resources.
  std::vector<Bits> verbs_, groups_, resources_;
  std::vector<std::vector<rbac::NameId>> names_;  ///< of each atom
  Bits any_resource_ = 0;
  Bits bind_cluster_roles_ = 0;
  std::vector<bool> admin_roles_;  ///< by name: a ClusterRole that is everything
};

/// Whether a rule is everything: all verbs, groups and resources.
bool IsEverything(const rbac::Policy& policy, const rbac::Rule& rule);

}  // namespace seawall::review
