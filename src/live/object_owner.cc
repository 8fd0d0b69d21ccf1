#include "live/object_owner.h"

#include <fmt/format.h>

#include "base/text.h"

namespace seawall::live {
namespace {

using yaml::Value;

/// Labels and annotations that begin so.
constexpr std::string_view kMarks[] = {"app.kubernetes.io/managed-by",
                                       "rbac.authorization.kubernetes.io/autoupdate",
                                       "kubernetes.io/bootstrapping",
                                       "meta.helm.sh/",
                                       "helm.toolkit.fluxcd.io/",
                                       "kustomize.toolkit.fluxcd.io/",
                                       "argocd.argoproj.io/",
                                       "addonmanager.kubernetes.io/",
                                       "objectset.rio.cattle.io/",
                                       "fleet.cattle.io/",
                                       "authz.management.cattle.io/",
                                       "operators.coreos.com/",
                                       "olm.",
                                       "config.k8s.io/owning-inventory",
                                       "configmanagement.gke.io/",
                                       "configsync.gke.io/",
                                       "kapp.k14s.io/",
                                       "crossplane.io/"};

/// Of field managers: what their names hold. A person's tools (kubectl-edit, k9s, curl) do not.
constexpr std::string_view kManagers[] = {
    "helm",       "argo",      "flux",          "kustomize",   "terraform", "pulumi",
    "ansible",    "puppet",    "salt",          "chef",        "fleet",     "rancher",
    "crossplane", "kapp",      "configsync",    "config-sync", "gitops",    "olm",
    "controller", "operator",  "addon-manager", "tiller",      "kubeadm",   "kube-apiserver",
    "deploy@",    "reconciler"};

std::string MarkOf(const Value& texts) {
  for (const Value::Pair& pair : texts.Pairs()) {
    const std::string& key = pair.key.text();
    // Somebody has told the API server to leave it alone.
    if (key.ends_with("/autoupdate") && pair.value.text() == "false") continue;
    for (const std::string_view mark : kMarks) {
      if (key.starts_with(mark))
        return fmt::format("{}={}", PrintableShort(key, 100),
                           PrintableShort(pair.value.text(), 100));
    }
  }
  return "";
}

}  // namespace

std::string OwnerOf(const Value& object) {
  const Value metadata = object["metadata"];
  for (const Value& owner : metadata["ownerReferences"].Items())
    return fmt::format("it belongs to {} {}", PrintableShort(owner["kind"].text(), 100),
                       PrintableShort(owner["name"].text(), 100));
  for (const char* marks : {"labels", "annotations"}) {
    if (std::string mark = MarkOf(metadata[marks]); !mark.empty()) return mark;
  }
  for (const Value& entry : metadata["managedFields"].Items()) {
    const std::string manager = Lower(entry["manager"].text());
    for (const std::string_view name : kManagers) {
      if (manager.contains(name))
        return "written by " + PrintableShort(entry["manager"].text(), 100);
    }
  }
  if (metadata["deletionTimestamp"].exists()) return "it is being deleted";
  if (metadata["finalizers"].size() > 0) return "its end waits for others (finalizers)";
  return "";
}

}  // namespace seawall::live
