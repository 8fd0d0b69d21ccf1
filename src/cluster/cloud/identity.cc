#include "cluster/cloud/identity.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace seawall::cluster::cloud {
namespace {

/// The part of a path behind `word`: "c" of "/a/b/c" for "b".
std::string After(std::string_view path, std::string_view word) {
  const auto parts = Split(path, '/');
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    if (EqualsIgnoringCase(parts[i], word)) return std::string(parts[i + 1]);
  }
  return "";
}

void IdentifyByArn(ManagedCluster& cluster, std::string_view arn) {
  const auto parts = Split(arn, ':');  // arn:aws:eks:REGION:ACCOUNT:cluster/NAME
  if (parts.size() < 6) return;
  cluster.location = parts[3];
  cluster.scope = parts[4];
}

void IdentifyByArmId(ManagedCluster& cluster, std::string_view id) {
  cluster.scope = After(id, "subscriptions");
  if (cluster.group.empty()) cluster.group = After(id, "resourceGroups");
}

}  // namespace

std::optional<Version> VersionIn(const yaml::Value& value, std::string_view source) {
  const std::string& text = value.text();
  Version version;
  version.source = source;
  version.place = value.place();
  int* parts[] = {&version.major, &version.minor, &version.patch};
  const char* at = text.data();
  const char* end = text.data() + text.size();
  size_t read = 0;
  for (; read < 3; ++read) {
    int number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc() || number < 0) break;
    *parts[read] = number;
    at = next;
    if (at == end || *at != '.') {
      ++read;
      break;
    }
    ++at;
  }
  if (read < 2) return std::nullopt;
  return version;
}

void Identify(ManagedCluster& cluster, const yaml::Value& description) {
  const auto text = [&](std::string_view key) { return Member(description, key).text(); };
  if (cluster.provider == Provider::kGke) {
    const std::string link = text("selfLink");
    cluster.scope = After(link, "projects");
    cluster.location = text("location");
    if (cluster.location.empty()) cluster.location = text("zone");
    if (cluster.location.empty()) cluster.location = After(link, "locations");
    if (cluster.location.empty()) cluster.location = After(link, "zones");
    cluster.id = fmt::format("projects/{}/locations/{}/clusters/{}",
                             cluster.scope.empty() ? "-" : cluster.scope,
                             cluster.location.empty() ? "-" : cluster.location, cluster.name);
    cluster.version =
        VersionIn(Member(description, "currentMasterVersion"), "currentMasterVersion");
    return;
  }
  if (cluster.provider == Provider::kEks) {
    cluster.id = text("arn");
    IdentifyByArn(cluster, cluster.id);
    if (cluster.id.empty()) cluster.id = cluster.name;
    cluster.version = VersionIn(Member(description, "version"), "version");
    return;
  }
  cluster.id = text("id");
  cluster.location = text("location");
  cluster.group = text("resourceGroup");
  IdentifyByArmId(cluster, cluster.id);
  if (cluster.id.empty()) cluster.id = cluster.name;
  for (const yaml::Value& root : cluster.cluster.roots) {
    for (const char* key : {"currentKubernetesVersion", "kubernetesVersion"}) {
      if (!cluster.version) cluster.version = VersionIn(Member(root, key), key);
    }
  }
}

void IdentifyResource(ManagedCluster& cluster, const yaml::Value& attributes) {
  const auto text = [&](std::string_view key) { return attributes[key].text(); };
  cluster.name = text("name");
  switch (cluster.provider) {
    case Provider::kGke:
      cluster.location = text("location");
      cluster.scope = text("project");
      cluster.version = VersionIn(attributes["master_version"], "master_version");
      return;
    case Provider::kEks:
      IdentifyByArn(cluster, text("arn"));
      if (const std::string region = text("region"); !region.empty()) cluster.location = region;
      cluster.version = VersionIn(attributes["version"], "version");
      return;
    case Provider::kAks:
      cluster.group = text("resource_group_name");
      cluster.location = text("location");
      IdentifyByArmId(cluster, text("id"));
      for (const char* key : {"current_kubernetes_version", "kubernetes_version"}) {
        if (!cluster.version) cluster.version = VersionIn(attributes[key], key);
      }
  }
}

}  // namespace seawall::cluster::cloud
