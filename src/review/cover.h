// Single rights, and whether rules cover them: what the API server's escalation check asks. Source:
// staging/src/k8s.io/component-helpers/auth/rbac/
// validation/policy_comparator.go.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "rbac/policy.h"

namespace seawall::review {

/// One verb of one resource of one group, of any name or of one; or one verb of one URL. Texts are
/// numbers of its own policy.
struct OneRight {
  rbac::NameId verb = 0, group = 0, resource = 0;
  rbac::NameId name = rbac::kNoName;  ///< kNoName: any
  rbac::NameId url = rbac::kNoName;   ///< kNoName: it is about a resource
  auto operator<=>(const OneRight&) const = default;
};

/// Every right of a rule, one by one, until `visit` returns false; then false. With `urls`, those
/// about URLs too: they count in ClusterRoleBindings only.
bool EachRight(const rbac::Policy& policy, const rbac::Rule& rule, bool urls,
               const std::function<bool(const OneRight&)>& visit);

/// A right in the numbers of another policy.
class Translated {
 public:
  Translated(const rbac::Policy& from, const OneRight& right, const rbac::Policy& to);
  /// Whether one rule of `to` gives it whole. "*" is covered by "*" only.
  bool CoveredBy(const rbac::Rule& rule) const;

 private:
  const rbac::Policy& to_;
  OneRight right_;
  rbac::NameId any_subresource_ = rbac::kNoName;
  std::string_view url_;
  bool is_url_ = false, named_ = false;
};

}  // namespace seawall::review
