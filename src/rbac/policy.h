// rbac/: who may do what, as kube-apiserver decides it. Policy holds the RBAC objects of a cluster,
// compactly; evaluator.h answers questions.
//
// Sources of the semantics: plugin/pkg/auth/authorizer/rbac/rbac.go, pkg/apis/rbac/v1/
// evaluation_helpers.go, pkg/registry/rbac/validation/rule.go of Kubernetes 1.37.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "rbac/names.h"

namespace seawall::rbac {

/// Where an object stands.
struct Spot {
  uint32_t file = 0;  ///< of Policy::files
  uint32_t line = 0;  ///< 1-based
};

/// A PolicyRule: five lists of names, one after the other in Policy::atoms.
struct Rule {
  uint32_t begin = 0;                                                  ///< in Policy::atoms
  uint32_t verbs = 0, groups = 0, resources = 0, names = 0, urls = 0;  ///< how many of each
  uint32_t line = 0;
};

struct Requirement {  ///< of a label selector
  enum class Operator : uint8_t { kIn, kNotIn, kExists, kDoesNotExist, kInvalid };
  NameId key = 0;
  Operator op = Operator::kIn;
  std::vector<NameId> values;
};

struct Role {
  bool cluster = false;  ///< ClusterRole
  bool aggregated = false;
  NameId name = 0;
  NameId space = 0;    ///< namespace; "" of a ClusterRole
  NameId created = 0;  ///< metadata.creationTimestamp as it stands, or ""
  uint32_t first_rule = 0;
  uint32_t rules = 0;
  uint32_t selectors = 0;  ///< 1 + index in Policy::aggregations; 0: none
  uint32_t labels = 0;     ///< 1 + index in Policy::labels; 0: none
  Spot spot;
};

enum class SubjectKind : uint8_t { kUser, kGroup, kServiceAccount, kOther };

struct Subject {
  SubjectKind kind = SubjectKind::kUser;
  NameId name = 0;
  NameId space = 0;      ///< of a service account, as written
  NameId kind_name = 0;  ///< as written
  /// Of a user its name, of a service account the name that it shows the API server; kNoName where
  /// nobody can have it.
  NameId user = kNoName;
};

struct Binding {
  bool cluster = false;  ///< ClusterRoleBinding
  NameId name = 0;
  NameId space = 0;
  NameId created = 0;    ///< metadata.creationTimestamp as it stands, or ""
  NameId role_kind = 0;  ///< as written
  NameId role_name = 0;
  uint32_t first_subject = 0;
  uint32_t subjects = 0;
  Spot spot;
};

/// What was noticed while reading that does not stop it.
struct Remark {
  enum class Kind : uint8_t {
    kUnknownField,
    kReplaced,
    kNoNamespace,
    kDuplicateField,
    kOldVersion
  };
  Kind kind = Kind::kUnknownField;
  Spot spot;
  std::string text;
};

/// A list of an API server that could not be read: what depends on it is unknown.
struct UnreadList {
  enum class What : uint8_t { kClusterRoles, kRoles, kClusterBindings, kBindings };
  What what = What::kClusterRoles;
  std::string why;  ///< "clusterroles cannot be listed: status 403: …"
};

struct Policy {
  static constexpr size_t kMostRemarks = 1000;

  Names names;
  std::vector<std::string> files;
  std::vector<NameId> atoms;
  std::vector<Rule> rules;
  std::vector<Role> roles;
  std::vector<Binding> bindings;
  std::vector<Subject> subjects;
  std::vector<std::vector<std::pair<NameId, NameId>>> labels;
  /// Of each aggregated ClusterRole: selectors, any of which selects; each is a list of
  /// requirements.
  std::vector<std::vector<std::vector<Requirement>>> aggregations;
  uint64_t skipped = 0;  ///< objects of other kinds
  uint64_t lists = 0;    ///< also those without an item
  std::vector<UnreadList> unread;
  /// Whether other objects that somebody may want were among them.
  bool has_pods = false, has_accounts = false;
  std::vector<Remark> remarks;
  uint64_t remarks_in_all = 0;

  std::span<const NameId> Verbs(const Rule& r) const { return Atoms(r.begin, r.verbs); }
  std::span<const NameId> Groups(const Rule& r) const { return Atoms(r.begin + r.verbs, r.groups); }
  std::span<const NameId> Resources(const Rule& r) const {
    return Atoms(r.begin + r.verbs + r.groups, r.resources);
  }
  std::span<const NameId> ResourceNames(const Rule& r) const {
    return Atoms(r.begin + r.verbs + r.groups + r.resources, r.names);
  }
  std::span<const NameId> Urls(const Rule& r) const {
    return Atoms(r.begin + r.verbs + r.groups + r.resources + r.names, r.urls);
  }
  std::span<const Rule> RulesOf(const Role& r) const {
    return std::span(rules).subspan(r.first_rule, r.rules);
  }
  std::span<const Subject> SubjectsOf(const Binding& b) const {
    return std::span(subjects).subspan(b.first_subject, b.subjects);
  }
  std::string_view Text(NameId id) const { return names.Text(id); }
  /// "FILE:LINE".
  std::string Where(const Spot& spot) const;
  std::string Where(const Role& role, const Rule& rule) const;
  void AddRemark(Remark remark);
  /// nullptr: it was read.
  const UnreadList* Unread(UnreadList::What what) const;
  /// Whether the role of a binding, which is not there, may be one that could not be read.
  bool MayBeUnread(const Binding& binding) const;

 private:
  std::span<const NameId> Atoms(uint32_t begin, uint32_t count) const {
    return std::span(atoms).subspan(begin, count);
  }
};

/// Whose rules an aggregated role has.
enum class Aggregation : uint8_t {
  kExpand,  ///< of manifests from disk: those that it selects
  kLink,    ///< of an API server, which goes by what is stored: where these are the same rules
};

/// Gives aggregated ClusterRoles the rules of the roles that they select, to a fixpoint, as the
/// controller does with stored ones; their own rules stay when nothing is selected. With kLink
/// nothing changes but that such rules are known to be the others'. Errors: kLimit, and nothing is
/// expanded.
Result<void> ExpandAggregation(Policy& policy, Aggregation how = Aggregation::kExpand);

}  // namespace seawall::rbac
