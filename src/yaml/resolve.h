// What a plain scalar means: the rules of go.yaml.in/yaml/v2 (resolve.go), which sigs.k8s.io/yaml
// reads Kubernetes' files with. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "yaml/document.h"

namespace seawall::yaml {

/// The boolean that a plain scalar is, y and n included.
std::optional<bool> ResolveBool(std::string_view plain);
/// The integer that a plain scalar is: decimal, 0x, 0o, 0b, leading-zero octal, underscores;
/// nothing when it is none or does not fit.
std::optional<int64_t> ResolveInt(std::string_view plain);

/// A scalar node's type: its text when it is implicit, its tag when it has one, else a string.
ScalarType TypeOf(const Node& node);
/// A scalar node as a mapping's key.
std::string KeyTextOf(const Node& node);
/// KeyTextOf(node) == key without making the text.
bool IsKey(const Node& node, std::string_view key);
/// The merge key `<<`.
bool IsMergeKey(const Node& node);

}  // namespace seawall::yaml
