// AuthenticationConfiguration: --authentication-config of kube-apiserver.
#pragma once

#include "cluster/kinds/view.h"
#include "yaml/document.h"

namespace seawall::cluster::kinds {

struct ClaimRule {
  Placed<std::string> claim, required_value;
  Placed<std::string> expression, message;  ///< either claim or expression
  Place place;
};

struct ClaimMapping {
  Placed<std::string> claim, prefix;  ///< prefix.written: even when it is ""
  Placed<std::string> expression;
  Place place;
};

struct ExtraMapping {
  Placed<std::string> key, value_expression;
};

struct UserRule {
  Placed<std::string> expression, message;
  Place place;
};

struct JwtAuthenticator {
  Placed<std::string> url, discovery_url;
  Placed<bool> certificate_authority;  ///< an inline CA is given (value = written and not empty)
  std::vector<Placed<std::string>> audiences;
  Placed<std::string> audience_match_policy, egress_selector;
  std::vector<ClaimRule> claim_rules;
  ClaimMapping username, groups, uid;  ///< uid has no prefix
  std::vector<ExtraMapping> extra;
  std::vector<UserRule> user_rules;
  Place place;

  /// A claim rule demands it: `claim: amr`, or an expression that selects `claims.amr` or
  /// `claims["amr"]`. `claims["amr"]`, claim: amr.
  bool DemandsClaim(std::string_view claim) const;
};

struct AuthenticationConfiguration : View {
  std::vector<JwtAuthenticator> jwt;
  struct Anonymous {
    bool written = false;  ///< the file speaks of it; else --anonymous-auth decides
    Placed<bool> enabled;  ///< false when `anonymous: {}`
    std::vector<Placed<std::string>> paths;  ///< conditions[].path; none and enabled: every path
    Place place;
  } anonymous;
};

/// Versions: v1alpha1 since 1.29, v1beta1 since 1.30, v1 since 1.34; `anonymous` since 1.31.
/// Expressions (CEL) are not compiled: that they are correct is not claimed. Error kMalformed: not
/// a mapping, or of another kind.
Result<AuthenticationConfiguration> ReadAuthentication(const yaml::Stream& stream,
                                                       const Reader& reader = {});

}  // namespace seawall::cluster::kinds
