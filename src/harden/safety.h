// Which plans touch what a cluster is lost by: etcd, and who is let in. Before their first change
// something has to be there that does not depend on the change.
#pragma once

#include "harden/plan.h"

namespace seawall::harden {

struct Safety {
  bool etcd = false;      ///< etcd itself restarts with other settings
  bool entrance = false;  ///< authentication, authorization, or how the API server comes to etcd

  /// A snapshot of etcd that was read back, and a credential that was tried.
  bool needed() const { return etcd || entrance; }
};

Safety SafetyOf(const Plan& plan);

/// The snapshot's name in the journal's folder.
inline constexpr const char* kSnapshotName = "etcd-snapshot.db";

}  // namespace seawall::harden
