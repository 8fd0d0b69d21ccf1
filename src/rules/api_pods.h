// Pods as evidence. Private to this room.
#pragma once

#include <string>

#include "cluster/api_facts.h"
#include "rules/finding.h"

namespace seawall::rules {

/// "Pod kube-system/x"
std::string PodName(const cluster::ApiPod& pod);
/// Which account it has.
Evidence SeenOf(const cluster::ApiPod& pod);

}  // namespace seawall::rules
