// AuthorizationConfiguration: --authorization-config of kube-apiserver.
#pragma once

#include "cluster/kinds/view.h"
#include "yaml/document.h"

namespace seawall::cluster::kinds {

struct AuthorizerWebhook {
  Placed<std::string> timeout;                        ///< as written, Go duration; required, ≤ 30s
  Placed<std::string> authorized_ttl;                 ///< "5m" when not written
  Placed<std::string> unauthorized_ttl;               ///< "30s" when not written
  Placed<bool> cache_authorized, cache_unauthorized;  ///< true when not written (since 1.34)
  Placed<std::string> review_version, match_review_version;
  Placed<std::string> failure_policy;  ///< "NoOpinion" lets requests through to the next authorizer
  Placed<std::string> connection_type;  ///< "KubeConfigFile", "InClusterConfig"
  Placed<std::string> kubeconfig_file;  ///< path as kube-apiserver sees it
  std::vector<Placed<std::string>> match_conditions;
  Place place;
};

struct Authorizer {
  Placed<std::string> type, name;  ///< type: Node, RBAC, ABAC, Webhook, AlwaysAllow, AlwaysDeny
  std::optional<AuthorizerWebhook> webhook;
  Place place;
};

struct AuthorizationConfiguration : View {
  std::vector<Authorizer> authorizers;  ///< in the order in which they are asked

  const Authorizer* Of(std::string_view type) const;
};

/// Versions: v1alpha1 since 1.29, v1beta1 since 1.30, v1 since 1.32. Match conditions (CEL) are not
/// compiled.
Result<AuthorizationConfiguration> ReadAuthorization(const yaml::Stream& stream,
                                                     const Reader& reader = {});

}  // namespace seawall::cluster::kinds
