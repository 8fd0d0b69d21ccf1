// The version of seawall and of what it knows.
#pragma once

namespace seawall::app {

inline constexpr const char* kVersion = SEAWALL_VERSION;          ///< from CMakeLists.txt
inline constexpr const char* kKubernetesTables = "1.29 to 1.37";  ///< see docs/versions.md
inline constexpr const char* kEtcdTables = "3.5 to 3.7";

}  // namespace seawall::app
