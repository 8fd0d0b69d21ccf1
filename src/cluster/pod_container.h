// One container of a pod as a component: argv with `$(VAR)` expanded, environment, mounts, version
// of its image.
#pragma once

#include <optional>
#include <string>

#include "cluster/component.h"
#include "cluster/located.h"
#include "yaml/document.h"

namespace seawall::cluster {

/// The component that `container` of the pod runs; nothing when it runs something else.
std::optional<Component> ReadContainer(yaml::Value pod, yaml::Value container);

/// A scalar as an argument with the place of each of its bytes.
Argument ArgumentOf(yaml::Value scalar);

}  // namespace seawall::cluster
