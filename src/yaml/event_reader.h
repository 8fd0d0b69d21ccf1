// libyaml's events, read into a TreeBuilder. Private to this room.
#pragma once

#include "base/error.h"
#include "yaml/tree_builder.h"

namespace seawall::yaml {

/// Reads the builder's bytes as YAML. They are valid UTF-8 without NUL bytes.
Result<void> ReadYaml(TreeBuilder& builder);

}  // namespace seawall::yaml
