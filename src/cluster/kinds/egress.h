// EgressSelectorConfiguration: --egress-selector-config-file of kube-apiserver.
#pragma once

#include "cluster/kinds/view.h"
#include "yaml/document.h"

namespace seawall::cluster::kinds {

struct EgressSelection {
  Placed<std::string> name;      ///< controlplane, cluster, etcd
  Placed<std::string> protocol;  ///< Direct, HTTPConnect, GRPC
  Placed<std::string> url, uds_name;
  Placed<std::string> ca_bundle, client_cert, client_key, server_name;
  Place place;
};

struct EgressSelectorConfiguration : View {
  std::vector<EgressSelection> selections;
};

Result<EgressSelectorConfiguration> ReadEgressSelector(const yaml::Stream& stream,
                                                       const Reader& reader = {});

}  // namespace seawall::cluster::kinds
