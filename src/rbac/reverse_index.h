// ReverseIndex: the question turned around. Who may do something, without asking for every subject.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "rbac/evaluator.h"

namespace seawall::rbac {

/// An index of an evaluator's rules by what they are about, and of its bindings by role; made in
/// one pass. The evaluator must outlive it. Safe to ask from several threads at once.
class ReverseIndex {
 public:
  explicit ReverseIndex(const Evaluator& evaluator);

  /// `named`: the rule allows it for the objects that it names only, and the question has no name.
  using Visit = std::function<void(const Grant& grant, bool named)>;
  /// Every subject of every binding that allows what is asked, whoever asks: `attributes.user` and
  /// groups are not looked at. Of a role with several rules that allow it, the first; where none
  /// allows it, each that would for a name. RoleBindings of `attributes.space`, or, with
  /// `any_space`, of every namespace; subjects that nobody can be are left out. system:masters
  /// are allowed everything and are not told. In the order of roles, then of bindings.
  void WhoCan(const Attributes& attributes, bool any_space, const Visit& visit) const;

 private:
  std::vector<uint32_t> RolesFor(const Words& words) const;
  void VisitBindings(uint32_t role, const Rule& rule, NameId space, bool any_space, bool named,
                     const Visit& visit) const;
  void IndexRules();
  void IndexBindings();
  bool IsNamed(const Rule& rule, const Words& words) const;

  struct Posting {
    uint32_t role = 0;
    uint32_t rule = 0;
  };
  std::span<const Posting> About(NameId resource) const;

  const Evaluator& evaluator_;
  const Policy& policy_;
  std::vector<uint32_t> begin_;     ///< of each name's postings; one more at the end
  std::vector<Posting> postings_;   ///< rules by resource
  std::vector<Posting> urls_;       ///< rules about URLs
  std::vector<uint32_t> bound_at_;  ///< of each role's bindings; one more at the end
  std::vector<uint32_t> bound_;     ///< bindings by role, those of the whole cluster first
};

}  // namespace seawall::rbac
