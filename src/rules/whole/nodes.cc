// Versions across nodes, and nodes that nobody gave.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rules/skew.h"
#include "rules/whole/etcd_clusters.h"

namespace seawall::rules::whole {
namespace {

using cluster::ComponentKind;
using cluster::Version;

constexpr const char* kSkew = "https://kubernetes.io/releases/version-skew-policy/";

bool Older(const Version& a, const Version& b) {
  return std::pair(a.major, a.minor) < std::pair(b.major, b.minor);
}

/// The oldest and the newest API server.
struct Servers {
  Member oldest, newest;
};

Evidence VersionEvidence(const Member& member) {
  const Version& version = *member.component->version;
  return {ToString(member.component->kind),
          version.ToString(),
          !version.place.file.empty() ? "file"
          : member.node->by_api       ? "api"
                                      : "default",
          version.place,
          {},
          member.node->name};
}

void JudgeOne(const Member& member, const Servers& servers, Tally& tally) {
  const Version& own = *member.component->version;
  const Version& oldest = *servers.oldest.component->version;
  const Version& newest = *servers.newest.component->version;
  const char* kind = ToString(member.component->kind);
  const int behind = newest.minor - own.minor;
  const Member* against = nullptr;
  std::string what;
  if (Older(oldest, own)) {
    against = &servers.oldest;
    what = fmt::format("{} {} on {} is newer than kube-apiserver {} on {}", kind, own.ToString(),
                       member.Name(), oldest.ToString(), servers.oldest.Name());
  } else if (own.major != newest.major || behind > MostBehind(member.component->kind, own)) {
    against = &servers.newest;
    what = fmt::format("{} {} on {} is {} minor versions behind kube-apiserver {} on {}", kind,
                       own.ToString(), member.Name(), behind, newest.ToString(),
                       servers.newest.Name());
  }
  if (against == nullptr) {
    tally.Good(VersionEvidence(member));
    return;
  }
  tally.Bad(VersionEvidence(member), what);
  tally.Bad(VersionEvidence(*against), what);
}

std::optional<Servers> FindServers(const std::vector<Member>& members, Tally& tally) {
  std::optional<Servers> servers;
  for (const Member& member : members) {
    const auto& version = member.component->version;
    if (!version) {
      tally.Unknown(fmt::format("the version of kube-apiserver on {} is not known", member.Name()),
                    "say it with --component-version kube-apiserver=VERSION");
      continue;
    }
    if (!servers) servers = Servers{member, member};
    if (Older(*version, *servers->oldest.component->version)) servers->oldest = member;
    if (Older(*servers->newest.component->version, *version)) servers->newest = member;
    tally.Good(VersionEvidence(member));
  }
  return servers;
}

/// A kube-proxy and the kubelet beside it.
void JudgeBeside(const Cluster& cluster, Tally& tally) {
  const std::vector<Member> kubelets = cluster.Of(ComponentKind::kKubelet);
  for (const Member& proxy : cluster.Of(ComponentKind::kProxy)) {
    for (const Member& kubelet : kubelets) {
      if (kubelet.node != proxy.node || !kubelet.component->version || !proxy.component->version)
        continue;
      const Version& one = *proxy.component->version;
      const Version& other = *kubelet.component->version;
      const int apart = std::abs(one.minor - other.minor);
      if (one.major == other.major && apart <= MostApart(one)) continue;
      const std::string what =
          fmt::format("kube-proxy {} and kubelet {} on {} are {} minor versions apart",
                      one.ToString(), other.ToString(), proxy.Name(), apart);
      tally.Bad(VersionEvidence(proxy), what);
      tally.Bad(VersionEvidence(kubelet), what);
    }
  }
}

Outcome VersionsFit(const Rule&, const Cluster& cluster) {
  const auto all = cluster.Of(ComponentKind::kApiServer);
  if (all.empty()) {
    return Unknown(
        "no kube-apiserver was given: what the others' versions are measured against is "
        "not known",
        "give the control plane's nodes, too (--root NAME=DIR)");
  }
  Tally tally;
  const auto servers = FindServers(all, tally);
  if (!servers) return std::move(tally).Done("");
  const int apart =
      servers->newest.component->version->minor - servers->oldest.component->version->minor;
  if (apart > 1) {
    const std::string what =
        fmt::format("the API servers are {} minor versions apart: {} on {}, {} on {}", apart,
                    servers->oldest.component->version->ToString(), servers->oldest.Name(),
                    servers->newest.component->version->ToString(), servers->newest.Name());
    tally.Bad(VersionEvidence(servers->oldest), what);
    tally.Bad(VersionEvidence(servers->newest), what);
  }
  for (const ComponentKind kind : {ComponentKind::kControllerManager, ComponentKind::kScheduler,
                                   ComponentKind::kKubelet, ComponentKind::kProxy}) {
    for (const Member& member : cluster.Of(kind)) {
      if (member.component->version) {
        JudgeOne(member, *servers, tally);
      } else {
        tally.Unknown(
            fmt::format("the version of {} on {} is not known", ToString(kind), member.Name()),
            fmt::format("say it with --component-version {}=VERSION", ToString(kind)));
      }
    }
  }
  JudgeBeside(cluster, tally);
  return UnlessHidden(cluster,
                      {ComponentKind::kApiServer, ComponentKind::kControllerManager,
                       ComponentKind::kScheduler, ComponentKind::kKubelet, ComponentKind::kProxy},
                      std::move(tally).Done(""));
}

/// Members of etcd that others name and that no node that was given is.
std::vector<std::string> AbsentMembers(const Cluster& cluster) {
  std::vector<std::string> absent;
  for (const auto& members : EtcdClustersOf(cluster).all) {
    std::set<std::string> given;
    std::set<std::string> named;
    for (const Member& member : members) {
      const Fact* name = KnownFact(*member.component, "name");
      if (name == nullptr) return {};
      given.insert(name->value);
      const Fact* list = KnownFact(*member.component, "initial-cluster");
      if (list == nullptr) continue;
      for (const std::string& item : list->items) named.insert(item.substr(0, item.find('=')));
    }
    std::ranges::set_difference(named, given, std::back_inserter(absent));
  }
  return absent;
}

Outcome EveryNodeWasGiven(const Rule&, const Cluster& cluster) {
  std::vector<std::string> parts;
  std::vector<std::string> unread;
  for (const auto& [name, error] : cluster.unread()) unread.push_back(name);
  if (!unread.empty()) parts.push_back(Names(unread) + " could not be read");
  if (const auto absent = AbsentMembers(cluster); !absent.empty())
    parts.push_back(fmt::format("etcd has members whose nodes were not given: {}", Names(absent)));
  std::vector<std::string> missing;
  std::vector<Evidence> evidence;
  for (const std::string& name : cluster.listed().value_or(std::vector<std::string>{})) {
    const NodeFacts* given = cluster.Called(name);
    if ((given == nullptr || given->by_api) && !cluster.unread().contains(name))
      missing.push_back(name);
  }
  if (!missing.empty())
    parts.push_back(fmt::format("the API lists nodes that were not given: {}", Names(missing)));
  const char* how = "give each of them (--root NAME=DIR)";
  if (!parts.empty()) return Unknown(Join(parts, "; "), how);
  for (const NodeFacts& node : cluster.nodes()) {
    if (!node.by_api && evidence.size() < 50)
      evidence.push_back({"node", node.name, "file", {}, {}, node.name});
  }
  if (!cluster.listed()) {
    Outcome outcome = Unknown("whether these are all nodes of the cluster only its API knows",
                              "compare them with `kubectl get nodes`", std::move(evidence));
    outcome.manual = true;
    return outcome;
  }
  return Pass(fmt::format("all {} nodes that the API lists were given", cluster.listed()->size()),
              std::move(evidence));
}

constexpr Rule kRules[] = {
    {.id = "cluster-versions-fit",
     .title = "The versions of all nodes are within the version skew policy",
     .row = "1",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .expected =
         "API servers at most one minor version apart; none newer than the oldest of them; "
         "kubelets and proxies at most three behind the newest and three apart, the others one "
         "behind",
     .remedy = "upgrade {where}, the API servers first",
     .why = "Versions that were never tested together fail in ways that nobody knows.",
     .link = kSkew,
     .check_whole = VersionsFit},
    {.id = "cluster-nodes-complete",
     .title = "Every node of the cluster was looked at",
     .row = "1",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .expected = "no node that the API or etcd knows is missing here",
     .remedy = "give the missing nodes, too (--root NAME=DIR)",
     .why = "One node that nobody looked at is enough for whoever looks for one.",
     .link = "https://kubernetes.io/docs/concepts/architecture/nodes/",
     .check_whole = EveryNodeWasGiven},
};

}  // namespace

std::span<const Rule> NodesRules() { return kRules; }

}  // namespace seawall::rules::whole
