// What lists that could not be read leave open.
#pragma once

#include <string>
#include <vector>

#include "rbac/evaluator.h"

namespace seawall::rbac {

/// What lists about many questions depend on.
enum class Reach : uint8_t {
  kCluster,    ///< bindings of the whole cluster
  kNamespaces  ///< those of namespaces, too
};

/// Why a question that nothing allows may be allowed all the same: the lists that decide it. Empty
/// when it is certain. Rights only add up: what is allowed is allowed, whatever else there is.
std::vector<std::string> LeftOpen(const Policy& policy, const Attributes& attributes,
                                  const Answer& answer);

/// The same of every question within reach: lists that are missing, and matter. Roles matter only
/// where a binding is of one that is not there.
std::vector<std::string> LeftOpen(const Evaluator& evaluator, Reach reach);

}  // namespace seawall::rbac
