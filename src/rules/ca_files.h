// Whether two settings name the same CA, by its key and not by its file's name.
#pragma once

#include "cluster/component.h"
#include "rules/rule.h"

namespace seawall::rules {

/// A setting of a component that names a file of CA certificates.
struct CaSetting {
  const cluster::Component* component;
  cluster::Setting setting;
};

/// Passes when no certificate of the one file has the key of one of the other; unknown when one of
/// them cannot be read.
Outcome CasDiffer(const CaSetting& one, const CaSetting& other, const Context& context);

}  // namespace seawall::rules
