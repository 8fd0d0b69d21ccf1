// What a bundle says of itself: its first file, "seawall.json".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace seawall::bundle {

/// The format that this program writes and reads.
inline constexpr int kFormatVersion = 1;

struct Manifest {
  int version = kFormatVersion;
  std::string tool_version;
  int64_t collected = 0;  ///< seconds since the epoch
  std::string node;
  bool live = false;  ///< a running machine: its processes are in it
  bool as_root = false;
  bool api = false;      ///< what the API said is in it, too
  bool own_key = false;  ///< made with --digest-key
  /// Equal for bundles whose replaced secrets can be compared; says nothing of the key itself.
  std::string key_id;
  uint64_t replaced = 0;  ///< secrets, the same one in several places counted each time
  /// Rules whose findings in this bundle are not those of the node; see Collect.
  std::vector<std::string> differing;
};

std::string WriteManifest(const Manifest& manifest);
/// kMalformed, or kUnsupported for another version of the format.
Result<Manifest> ReadManifest(std::string_view json);

}  // namespace seawall::bundle
