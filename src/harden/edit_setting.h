// An edit of one setting of a component in the place that its value comes from: a flag, a field of
// the configuration file or of a drop-in, a variable of the environment. A setting that nobody
// wrote is written where the component is configured.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/node.h"
#include "harden/touch.h"

namespace seawall::harden {

/// What a setting is to be.
struct Wanted {
  std::vector<std::string> items;  ///< one for a scalar
  bool list = false;
  bool literal = false;  ///< in a file: true, 0 and the like without quotes

  static Wanted Text(std::string text) { return {{std::move(text)}, false, false}; }
  static Wanted Literal(std::string text) { return {{std::move(text)}, false, true}; }
  static Wanted List(std::vector<std::string> items) { return {std::move(items), true, false}; }
};

/// Touches that make `name` (as Component::Get takes it) what is wanted; nullopt: that nobody
/// writes it. kUnsupported when its place cannot be edited safely.
Result<Touches> EditSetting(const cluster::Node& node, const cluster::Component& component,
                            const std::string& name, const std::optional<Wanted>& wanted);

/// The configuration file that the component was told to read; "" when there is none.
std::string ConfigFileOf(const cluster::Component& component);

}  // namespace seawall::harden
