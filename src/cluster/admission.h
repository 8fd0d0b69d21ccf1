// The admission plugins that a kube-apiserver really runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/component.h"

namespace seawall::cluster {

/// Whether a plugin runs, and who says so.
enum class PluginState : uint8_t {
  kOn,
  kOff,
  kAbsent,   ///< this version has no such plugin
  kUnknown,  ///< `setting.why` and `setting.how` say what is in the way
};

struct PluginUse {
  PluginState state = PluginState::kUnknown;
  /// The setting that decides ("enable-admission-plugins", "disable-admission-plugins",
  /// "admission-control"), or the default of this version; its `items` hold only the deciding one.
  Setting setting;
};

/// One plugin. `server` must be a kube-apiserver. Never fails.
PluginUse AdmissionPlugin(const Component& server, std::string_view plugin);

/// Every plugin of the server's version with its state, in the order of their names; empty when the
/// version is not known.
std::vector<std::pair<std::string, PluginUse>> AdmissionPlugins(const Component& server);

}  // namespace seawall::cluster
