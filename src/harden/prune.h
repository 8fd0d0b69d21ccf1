// The snapshots of etcd in journals' folders, and how they go again: each is as large as the
// cluster's data and holds its Secrets. Journals themselves stay.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace seawall::harden {

struct PruneOptions {
  // GCC asks for the initializer where options are made of some of their members.
  // NOLINTNEXTLINE(readability-redundant-member-init)
  std::string id{};        ///< of this journal only; "": of all
  int64_t older_than = 0;  ///< seconds since the journal's last line, at least
  int64_t now = 0;
  bool dry_run = false;
};

struct PrunedSnapshot {
  std::string path;  ///< within the root
  uint64_t bytes = 0;
};

/// Removes the snapshots of journals that came to their end, and what interruptions left of them.
/// The journal's log says so before the file goes. Errors: kUsage where `id` did not come to its
/// end; kNotFound where there is no such journal; those of the folder.
Result<std::vector<PrunedSnapshot>> PruneSnapshots(const std::string& root,
                                                   const PruneOptions& options);

}  // namespace seawall::harden
