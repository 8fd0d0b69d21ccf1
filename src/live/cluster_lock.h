// The cluster's lock: a Lease in kube-system that says who hardens one of its nodes at the moment.
// Only one machine at a time changes a cluster; each node has a lock of its own besides.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/client.h"
#include "cluster/node.h"

namespace seawall::live {

inline constexpr const char* kLeaseName = "seawall-harden";

struct LockWanted {
  std::string holder;      ///< who takes it, for people and for itself
  bool take_over = false;  ///< whoever holds it is known to be gone
  /// Whether a holder can be seen to be gone; empty: none can.
  std::function<bool(std::string_view holder)> gone = {};
};

class ClusterLock {
 public:
  /// kPermission when somebody else holds it: who, since when, and how to unlock. A holder that has
  /// not said for `kSeconds` that it still works is gone. `now`: seconds since the epoch.
  static Result<ClusterLock> Take(std::shared_ptr<api::ApiClient> client, const LockWanted& wanted,
                                  int64_t now);
  /// Says that we still work. An Error of kPermission: somebody else has taken it over.
  Result<void> Renew(int64_t now);
  /// Ours no more. Whoever took it over keeps it.
  Result<void> Release();

  static constexpr int kSeconds = 900;

 private:
  ClusterLock(std::shared_ptr<api::ApiClient> client, std::string holder)
      : client_(std::move(client)), holder_(std::move(holder)) {}

  std::shared_ptr<api::ApiClient> client_;
  std::string holder_;
};

/// The lock of the cluster that this machine is a node of, asked for with an administrator's
/// kubeconfig that lies here; `named`: with that one.
Result<ClusterLock> LockCluster(const cluster::ReadOptions& read, const std::string& named,
                                const LockWanted& wanted, int64_t now);
Result<std::string> UnlockCluster(const cluster::ReadOptions& read, const std::string& named,
                                  const std::string& holder);

/// Takes the lock away from whoever holds it; `holder`: only if it is that one. Says whose it was;
/// "" when nobody held it.
Result<std::string> Unlock(api::ApiClient& client, const std::string& holder);

}  // namespace seawall::live
