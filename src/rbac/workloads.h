// Pods, what makes pods, and service accounts: which accounts' tokens pods really carry.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rbac/manifests.h"
#include "yaml/document.h"

namespace seawall::rbac {

/// A pod, or the template of one.
struct PodFacts {
  std::string kind, space, name;  ///< "Deployment", "shop", "web"
  std::string account;            ///< "default" where it names none
  std::optional<bool> automount;
  bool token_volume = false;  ///< a volume holds a token of the account for the API server
  bool stored = false;        ///< an API server's own: admission has made its volumes
  std::string place;          ///< FILE, or "pod/shop/web"
  uint32_t line = 0;          ///< 0 of an API server's

  /// "Deployment shop/web", not safe for terminals.
  std::string Name() const;
};

struct AccountFacts {
  std::string space, name;
  std::optional<bool> automount;
};

struct Workloads {
  std::vector<PodFacts> pods;
  std::vector<AccountFacts> accounts;  ///< sorted by namespace and name
  bool has_pods = false;               ///< pods were given
  bool has_accounts = false;           ///< accounts were given
  bool all_accounts = false;  ///< those of every namespace; otherwise of those that have some
  /// Why pods or accounts that were asked for are not known; "": they are, or nobody asked.
  std::string pods_unread, accounts_unread;

  /// Whether a token of the pod's account for the API server is in it: by its own word, then by its
  /// account's, then as Kubernetes does.
  bool MountsToken(const PodFacts& pod) const;
  /// Nothing where it is not known whether there is such an account.
  std::optional<bool> HasAccount(std::string_view space, std::string_view name) const;
  /// To be called when everything was added.
  void SortAccounts();
};

/// Reads Pods, Deployments, StatefulSets, DaemonSets, ReplicaSets, ReplicationControllers, Jobs,
/// CronJobs, PodTemplates and ServiceAccounts, by themselves or in lists; pods that have ended are
/// left out, objects of other kinds too. Errors: what ReadEvents says.
Result<Workloads> ReadWorkloads(const std::vector<Manifest>& manifests);

/// The items of an API server's lists. Not thread-safe.
class LiveWorkloads {
 public:
  LiveWorkloads();
  ~LiveWorkloads();
  LiveWorkloads(const LiveWorkloads&) = delete;
  LiveWorkloads& operator=(const LiveWorkloads&) = delete;
  /// `kind` of the item: "Pod", "ServiceAccount".
  void Add(const char* kind, const yaml::Value& item);
  /// What was added is forgotten.
  void Restart(const char* kind);
  Workloads Take();

 private:
  Workloads workloads_;
};

}  // namespace seawall::rbac
