// API versions that are on their way out: served ones, and ones that somebody asked for.
#include <algorithm>
#include <array>

#include "api/facts_parts.h"
#include "base/text.h"

namespace seawall::api {

using cluster::ApiVersion;

namespace {

/// Groups of Kubernetes itself; others are somebody's CustomResourceDefinitions or aggregated.
constexpr std::array<std::string_view, 23> kOwn = {"admissionregistration.k8s.io",
                                                   "apiextensions.k8s.io",
                                                   "apiregistration.k8s.io",
                                                   "apps",
                                                   "authentication.k8s.io",
                                                   "authorization.k8s.io",
                                                   "autoscaling",
                                                   "batch",
                                                   "certificates.k8s.io",
                                                   "coordination.k8s.io",
                                                   "discovery.k8s.io",
                                                   "events.k8s.io",
                                                   "extensions",
                                                   "flowcontrol.apiserver.k8s.io",
                                                   "internal.apiserver.k8s.io",
                                                   "networking.k8s.io",
                                                   "node.k8s.io",
                                                   "policy",
                                                   "rbac.authorization.k8s.io",
                                                   "resource.k8s.io",
                                                   "scheduling.k8s.io",
                                                   "storage.k8s.io",
                                                   "storagemigration.k8s.io"};

bool IsUnfinished(std::string_view version) {
  return version.find("alpha") != version.npos || version.find("beta") != version.npos;
}

/// The value of a label in one line of Prometheus' text format.
std::string Label(std::string_view line, std::string_view name) {
  const std::string key = std::string(name) + "=\"";
  for (size_t at = line.find(key); at != line.npos; at = line.find(key, at + 1)) {
    if (at == 0 || (line[at - 1] != '{' && line[at - 1] != ',')) continue;
    const size_t begin = at + key.size();
    return std::string(line.substr(begin, line.find('"', begin) - begin));
  }
  return "";
}

std::vector<ApiVersion> ReadRequested(std::string_view metrics) {
  std::vector<ApiVersion> versions;
  constexpr std::string_view kMetric = "apiserver_requested_deprecated_apis{";
  for (const std::string_view line : Split(metrics, '\n')) {
    if (!line.starts_with(kMetric) || versions.size() >= 1000) continue;
    ApiVersion one;
    const std::string group = Label(line, "group");
    one.group_version = (group.empty() ? "" : group + "/") + Label(line, "version");
    one.resource = Label(line, "resource");
    one.removed_in = Label(line, "removed_release");
    versions.push_back(std::move(one));
  }
  return versions;
}

/// Text that an API server has about itself; a login page, or nothing at all, is none.
bool IsMetrics(std::string_view text) {
  return std::ranges::any_of(Split(text, '\n'), [](std::string_view line) {
    return line.starts_with("apiserver_") || line.starts_with("# TYPE apiserver_");
  });
}

Error NoAnswer(Asker& ask, const char* path, const char* why) {
  return {ErrorCode::kMalformed, std::string("ask the API server for ") + path,
          ask.client().where(), why, "look whether that is an API server of Kubernetes"};
}

void ReadServed(Asker& ask, cluster::ApiFacts& facts) {
  auto groups = ask.Object("/apis");
  if (!groups) return Asker::Blame(facts.served, groups.error());
  if (!groups->root()["groups"].is_sequence())
    return Asker::Blame(facts.served, NoAnswer(ask, "/apis", "the answer lists no groups"));
  std::vector<ApiVersion> served;
  for (const yaml::Value& group : groups->root()["groups"].Items()) {
    if (std::ranges::find(kOwn, group["name"].text()) == kOwn.end()) continue;
    for (const yaml::Value& version : group["versions"].Items()) {
      if (IsUnfinished(version["version"].text()))
        served.push_back({version["groupVersion"].text(), "", ""});
    }
  }
  Asker::Know(facts.served, std::move(served));
}

}  // namespace

void ReadVersions(Asker& ask, cluster::ApiFacts& facts) {
  ReadServed(ask, facts);
  auto metrics = ask.Text("/metrics");
  if (!metrics) return Asker::Blame(facts.requested, metrics.error());
  if (!IsMetrics(*metrics)) {
    return Asker::Blame(facts.requested,
                        NoAnswer(ask, "/metrics", "the answer is no API server's metrics"));
  }
  Asker::Know(facts.requested, ReadRequested(*metrics));
}

}  // namespace seawall::api
