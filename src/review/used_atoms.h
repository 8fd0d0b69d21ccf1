// Which single rights of a rule were used, out of what logs show of those who hold it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "auditlog/learner.h"
#include "base/error.h"
#include "rbac/policy.h"
#include "review/cover.h"

namespace seawall::review {

/// How one right of a rule was used.
struct AtomUse {
  auditlog::Use use;
  bool used = false;      ///< in the window
  bool possible = false;  ///< a request for it does not say whether it was allowed
  /// Of a right with "*": what was done through it, "get pods". At most kMostConcrete.
  std::set<OneRight> concrete;  ///< in the policy's numbers are no such: the learner's
  bool more = false;            ///< there was more
};

/// The rights of learners by who used them. Both must outlive it and stay as they are.
class UsedRights {
 public:
  static constexpr size_t kMostConcrete = 10'000;

  /// Uses that ended before `from` do not count.
  UsedRights(const auditlog::Learner& learner, const rbac::Policy& policy, int64_t from);

  struct Entry {
    const auditlog::Right* right;
    const auditlog::Use* use;
    bool possible;
  };
  /// Of a user, or of all who were seen in a group.
  std::vector<Entry> Of(const std::string& holder, bool group) const;
  /// Users who were seen in a group.
  std::vector<std::string> Members(const std::string& group) const;

  /// Every right of `rule` with how it was used through a binding; `space` is that of a
  /// RoleBinding, kNoName of a ClusterRoleBinding. Errors: kLimit for more than a million.
  Result<std::map<OneRight, AtomUse>> Match(const rbac::Rule& rule, rbac::NameId space,
                                            const std::vector<Entry>& entries) const;
  /// Whether a right stands for more than one.
  bool IsWide(const OneRight& right) const;
  const auditlog::Learner& learner() const { return learner_; }

 private:
  /// A used right in the policy's numbers.
  struct Known {
    rbac::NameId verb, group, resource, any_subresource, name, space;
  };
  Known Translate(const auditlog::Right& right) const;
  void Visit(const rbac::Rule& rule, const Entry& entry, std::map<OneRight, AtomUse>& atoms) const;
  void Note(const OneRight& atom, const Entry& entry, bool possible,
            std::map<OneRight, AtomUse>& atoms) const;

  const auditlog::Learner& learner_;
  const rbac::Policy& policy_;
  int64_t from_;
  std::vector<rbac::NameId> known_;  ///< the policy's number of each of the learner's names
  std::map<rbac::NameId, std::vector<Entry>> by_user_;
  std::map<rbac::NameId, std::vector<rbac::NameId>> members_;
};

}  // namespace seawall::review
