// The tables of fields, one file for each provider. Private to this folder.
#pragma once

#include <span>

#include "cluster/cloud/managed.h"

namespace seawall::cluster::cloud {

std::span<const Field> GkeClusterFields();
std::span<const Field> GkePoolFields();
std::span<const Field> EksClusterFields();
std::span<const Field> AksClusterFields();
std::span<const Field> AksPoolFields();

}  // namespace seawall::cluster::cloud
