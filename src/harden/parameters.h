// What --set may say: every parameter that some fix asks for, and what its value must look like. A
// wrong value is told before anything is planned, not by a component that does not start with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace seawall::harden {

/// Names of all parameters, sorted.
const std::vector<std::string>& ParameterNames();

/// kUsage: there is no such parameter, or its value cannot be what it is for.
Result<void> CheckParameter(const std::string& name, const std::string& value);

}  // namespace seawall::harden
