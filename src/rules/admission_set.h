// Which admission plugins kube-apiserver really runs: its version's defaults, what enables and
// disables them, and the deprecated flag that replaces the whole set.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/rule.h"

namespace seawall::rules {

/// Whether one plugin runs.
struct PluginState {
  bool on = false;
  std::string reason;  ///< "NodeRestriction is in --enable-admission-plugins"
  Evidence evidence;
  std::optional<Outcome> end;  ///< when it cannot be known
};
PluginState FindPlugin(const cluster::Component& component, std::string_view plugin);

/// Generic checks; `wanted` is the plugin, or several with spaces between: all of them run, none of
/// them runs.
Outcome PluginsRun(const Rule& rule, const Context& context);
Outcome PluginsDoNotRun(const Rule& rule, const Context& context);

}  // namespace seawall::rules
