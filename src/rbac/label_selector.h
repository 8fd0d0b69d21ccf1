// A label selector as text: "a in (b,c),!d". Private to this room.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "rbac/request_details.h"

namespace seawall::rbac {

/// Whether a key or a value of a label is one for certain.
bool IsLabelKey(std::string_view key);
bool IsLabelValue(std::string_view value);

/// labels.Parse of k8s.io/apimachinery 0.37.2; what it refuses as a whole selects by nothing.
/// nullopt where that is not certain: keys and values that may be none, comparisons of numbers, one
/// key twice (whose order nobody promises).
std::optional<std::vector<SelectorTerm>> ParseLabels(std::string_view raw);

}  // namespace seawall::rbac
