// Pods, with what an intruder in one of them finds there.
#include "api/facts_parts.h"

namespace seawall::api {

using cluster::ApiPod;

namespace {

/// Which audiences an API server takes is its own matter (--api-audiences, else its issuer); these
/// are what they are called.
bool IsOfApiServer(std::string_view audience) {
  return audience.empty() || audience == "api" || audience == "kubernetes" ||
         audience.starts_with("https://kubernetes.default");
}

/// A token for the API server, as admission mounts it into every container. One for another
/// audience is of no use there.
bool IsToken(const yaml::Value& volume, const std::string& account) {
  for (const yaml::Value& source : volume.Path("projected.sources").Items()) {
    const yaml::Value token = source["serviceAccountToken"];
    if (token.is_mapping() && IsOfApiServer(token["audience"].text())) return true;
  }
  // Before 1.22: a Secret of the account's.
  return volume.Path("secret.secretName").text().starts_with(account + "-token-");
}

std::optional<ApiPod> ReadPod(const yaml::Value& item) {
  const std::string phase = item.Path("status.phase").text();
  if (phase == "Succeeded" || phase == "Failed") return std::nullopt;
  ApiPod pod;
  pod.space = item.Path("metadata.namespace").text();
  pod.name = item.Path("metadata.name").text();
  // Not by its owner, which whoever makes a pod may call a Node: a pod with this mark is never
  // started by a kubelet that has no such static pod.
  pod.mirror = item.Path("metadata.annotations")["kubernetes.io/config.mirror"].exists();
  pod.account = item.Path("spec.serviceAccountName").text();
  if (pod.account.empty()) pod.account = "default";
  for (const yaml::Value& volume : item.Path("spec.volumes").Items()) {
    pod.token |= IsToken(volume, pod.account);
    if (const std::string path = volume.Path("hostPath.path").text(); !path.empty())
      pod.host_paths.push_back(path);
  }
  return pod;
}

}  // namespace

void ReadPods(Asker& ask, cluster::ApiFacts& facts) {
  ask.List<ApiPod>({.path = "/api/v1/pods"}, facts.pods, ReadPod);
}

}  // namespace seawall::api
