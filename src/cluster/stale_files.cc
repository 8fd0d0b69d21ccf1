// Files that a component reads once, when it starts, and that were changed since.
#include "cluster/processes.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

constexpr int64_t kTolerance = 2000000000;  // the boot time is known to the second only

/// What is not reloaded, by the source of Kubernetes 1.37 and etcd 3.7. Serving certificates,
/// client CAs, the CSR signers' pair, structured authentication and authorization, and etcd's
/// leaves are reloaded. A kubelet writes its own kubeconfig, and kube-proxy ends when its
/// configuration changes.
struct ReadOnce {
  ComponentKind kind;
  const char* setting;
  const char* unless;  ///< a setting that, when true, makes the component reload it
};

constexpr ReadOnce kReadOnce[] = {
    {ComponentKind::kApiServer, "admission-control-config-file", nullptr},
    {ComponentKind::kApiServer, "audit-policy-file", nullptr},
    {ComponentKind::kApiServer, "audit-webhook-config-file", nullptr},
    {ComponentKind::kApiServer, "authentication-token-webhook-config-file", nullptr},
    {ComponentKind::kApiServer, "authorization-policy-file", nullptr},
    {ComponentKind::kApiServer, "authorization-webhook-config-file", nullptr},
    {ComponentKind::kApiServer, "egress-selector-config-file", nullptr},
    {ComponentKind::kApiServer, "encryption-provider-config",
     "encryption-provider-config-automatic-reload"},
    {ComponentKind::kApiServer, "etcd-cafile", nullptr},
    {ComponentKind::kApiServer, "service-account-key-file", nullptr},
    {ComponentKind::kApiServer, "service-account-signing-key-file", nullptr},
    {ComponentKind::kApiServer, "token-auth-file", nullptr},
    {ComponentKind::kControllerManager, "kubeconfig", nullptr},
    {ComponentKind::kControllerManager, "root-ca-file", nullptr},
    {ComponentKind::kControllerManager, "service-account-private-key-file", nullptr},
    {ComponentKind::kScheduler, "config", nullptr},
    {ComponentKind::kScheduler, "kubeconfig", nullptr},
    {ComponentKind::kKubelet, "config", nullptr},
    {ComponentKind::kEtcd, "config-file", nullptr},
    {ComponentKind::kEtcd, "trusted-ca-file", nullptr},
    {ComponentKind::kEtcd, "peer-trusted-ca-file", nullptr},
};

void CheckFile(const Node& node, Component& component, const std::string& setting,
               const std::string& path) {
  const Result<FileStat>& stat = node.Stat(path);
  if (!stat || stat->modified_ns <= component.process->started_ns + kTolerance) return;
  for (const Problem& known : component.problems) {
    if (known.kind == Problem::Kind::kStale && known.place.file == path) return;
  }
  Problem problem;
  problem.kind = Problem::Kind::kStale;
  problem.setting = setting;
  problem.text = fmt::format(
      "{} was changed after {} started, which reads it at its start only: it still runs with the "
      "old content",
      path, ToString(component.kind));
  problem.place.file = path;
  component.problems.push_back(std::move(problem));
}

}  // namespace

void FindStaleFiles(const Node& node, Component& component) {
  if (!component.process || component.process->started_ns == 0 || !component.unknown.empty())
    return;
  for (const ReadOnce& row : kReadOnce) {
    if (row.kind != component.kind) continue;
    const Setting setting = component.Get(row.setting);
    if (!setting.written()) continue;
    if (row.unless != nullptr && component.Get(row.unless).text == "true") continue;
    for (const Item& item : setting.items) {
      const auto path = component.HostPath(item.text);
      if (path) CheckFile(node, component, row.setting, *path);
    }
  }
  if (component.kind != ComponentKind::kKubelet) return;
  const Setting drop_ins = component.Get("config-dir");
  const auto folder = drop_ins.written() ? component.HostPath(drop_ins.text) : std::nullopt;
  if (!folder || folder->empty()) return;
  const auto& entries = node.List(*folder);
  if (!entries) return;
  for (const FolderEntry& entry : *entries) {
    if (entry.name.ends_with(".conf"))
      CheckFile(node, component, "config-dir", *folder + "/" + entry.name);
  }
}

}  // namespace seawall::cluster
