// RapidJSON's events, read into a TreeBuilder: for JSON that YAML's grammar refuses. Private to
// this room.
#pragma once

#include "yaml/tree_builder.h"

namespace seawall::yaml {

/// Whether the text begins as JSON does. What does not is never tried as JSON.
bool LooksLikeJson(std::string_view bytes);

/// Reads the builder's bytes as one JSON value. False when they are not JSON; then, or when a limit
/// was met, `builder.failed()` says which.
bool ReadJson(TreeBuilder& builder);

}  // namespace seawall::yaml
