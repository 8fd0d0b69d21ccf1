// audit.k8s.io/v1 Policy: --audit-policy-file of kube-apiserver. The API server decodes it
// strictly, and when that fails leniently with a log line: an unknown field is ignored there, not
// fatal.
#pragma once

#include "cluster/kinds/view.h"
#include "yaml/document.h"

namespace seawall::cluster::kinds {

using PlacedStrings = std::vector<Placed<std::string>>;

struct AuditResources {
  Placed<std::string> group;  ///< "" = core, "*" = all
  PlacedStrings
      resources;  ///< empty: all of the group; "pods", "pods/log", "*", "*/status", "pods/*"
  PlacedStrings names;
};

struct AuditRule {
  Placed<std::string> level;  ///< None, Metadata, Request, RequestResponse
  PlacedStrings users, user_groups, verbs, namespaces, non_resource_urls, omit_stages;
  std::vector<AuditResources> resources;
  Place place;

  /// Speaks of every request: no narrowing at all.
  bool CatchesAll() const;
  /// Whether it can match requests for `resource` of `group` (whoever asks, whatever verb, name and
  /// namespace).
  bool CanMatchResource(std::string_view group, std::string_view resource) const;
  /// Whether it matches *every* request for `resource` of `group`: no users, groups, verbs,
  /// namespaces, names.
  bool MatchesEvery(std::string_view group, std::string_view resource) const;
  /// The same for the verbs that it names: whoever asks, whatever name and namespace.
  bool CoversResource(std::string_view group, std::string_view resource) const;
};

struct AuditPolicy : View {
  std::vector<AuditRule>
      rules;  ///< the first that matches decides; none matches: nothing is recorded
  PlacedStrings omit_stages;

  /// The strongest level at which a request for `resource` can be recorded, with the rule; nullptr:
  /// never.
  const AuditRule* StrongestFor(std::string_view group, std::string_view resource) const;
};

/// 0 None, 1 Metadata, 2 Request, 3 RequestResponse, -1 anything else.
int AuditLevel(std::string_view level);

Result<AuditPolicy> ReadAuditPolicy(const yaml::Stream& stream, const Reader& reader = {});

}  // namespace seawall::cluster::kinds
