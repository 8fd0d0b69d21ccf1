// Who a managed cluster is: what its provider's commands need to find it. Private to this folder.
#pragma once

#include <optional>
#include <string_view>

#include "cluster/cloud/managed.h"

namespace seawall::cluster::cloud {

/// Fills location, scope, group, id and version from a description.
void Identify(ManagedCluster& cluster, const yaml::Value& description);
/// The same from a resource's attributes; name too.
void IdentifyResource(ManagedCluster& cluster, const yaml::Value& attributes);
/// "1.33", "1.33.2-gke.1111000"; nullopt for anything else.
std::optional<Version> VersionIn(const yaml::Value& value, std::string_view source);

}  // namespace seawall::cluster::cloud
