// Is a text a regular expression that Go's regexp package compiles?
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seawall::cluster {

/// What regexp.Compile refuses, as far as its syntax goes; nothing for an expression that it takes.
/// Names of Unicode classes (\p{…}) and the size of repetitions are not looked at, nor is anything
/// longer than 4,096 bytes.
std::optional<std::string> FindRegexpFault(std::string_view expression);

}  // namespace seawall::cluster
