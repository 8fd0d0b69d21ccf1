// etcd's members: whether they mean the same cluster, whether API servers ask members and nobody
// else, and whether they stand apart.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "cluster/ip_text.h"
#include "rules/addresses.h"
#include "rules/whole/etcd_clusters.h"

namespace seawall::rules::whole {
namespace {

using cluster::ComponentKind;

constexpr const char* kClustering = "https://etcd.io/docs/latest/op-guide/clustering/";
constexpr const char* kVersioning = "https://etcd.io/docs/latest/op-guide/versioning/";
constexpr const char* kTopology =
    "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/ha-topology/";

std::string MemberName(const Member& member) {
  const Fact* name = KnownFact(*member.component, "name");
  return name == nullptr ? "" : name->value;
}

/// Two members that began the cluster together were given the same list.
void CompareBeginners(const std::vector<Member>& members, Tally& tally) {
  const Member* first = nullptr;
  for (const Member& member : members) {
    const Fact* list = KnownFact(*member.component, "initial-cluster");
    const Fact* state = KnownFact(*member.component, "initial-cluster-state");
    if (list == nullptr || state == nullptr || state->value == "existing") continue;
    if (first == nullptr) {
      first = &member;
      continue;
    }
    const Fact& other = *first->component->Find("initial-cluster");
    if (other.same == list->same) continue;
    const std::string what = fmt::format("{} and {} begin a new cluster with different members",
                                         first->Name(), member.Name());
    tally.Bad(EvidenceOf(*first, other), what);
    tally.Bad(EvidenceOf(member, *list), what);
  }
}

/// A name has the same URLs on every member that speaks of it, and every member is in its own list.
void CompareLists(const std::vector<Member>& members, Tally& tally) {
  std::map<std::string, std::map<std::string, const Member*>> urls_of;
  std::map<std::string, std::pair<std::string, const Member*>> name_of;
  for (const Member& member : members) {
    const Fact* list = KnownFact(*member.component, "initial-cluster");
    if (list == nullptr) continue;
    std::map<std::string, std::set<std::string>> own;
    for (const NamedUrl& said : ListedMembers(*list)) {
      own[said.name].insert(said.url);
      const auto [at, fresh] = name_of.try_emplace(said.url, said.name, &member);
      if (fresh || at->second.first == said.name) continue;
      const std::string what =
          fmt::format("{} is {} to {} and {} to {}", said.url, at->second.first,
                      at->second.second->Name(), said.name, member.Name());
      tally.Bad(EvidenceOf(member, *list), what);
      tally.Bad(
          EvidenceOf(*at->second.second, *at->second.second->component->Find("initial-cluster")),
          what);
    }
    for (const auto& [name, urls] : own) urls_of[name].try_emplace(Join(urls, ","), &member);
    if (const std::string name = MemberName(member); !name.empty() && !own.contains(name)) {
      tally.Bad(EvidenceOf(member, *list),
                fmt::format("{} calls itself {}, which is not in its own list of members",
                            member.Name(), name));
    }
  }
  for (const auto& [name, by_urls] : urls_of) {
    if (by_urls.size() < 2) continue;
    std::vector<std::string> parts;
    for (const auto& [urls, member] : by_urls)
      parts.push_back(fmt::format("{} on {}", urls, member->Name()));
    const std::string what = fmt::format("member {} is {}", name, Join(parts, "; "));
    for (const auto& [urls, member] : by_urls)
      tally.Bad(EvidenceOf(*member, *member->component->Find("initial-cluster")), what);
  }
}

void CompareTokens(const std::vector<Member>& members, Tally& tally) {
  const Member* first = nullptr;
  for (const Member& member : members) {
    const Fact* token = KnownFact(*member.component, "initial-cluster-token");
    if (token == nullptr) continue;
    if (first == nullptr) first = &member;
    const Fact& other = *first->component->Find("initial-cluster-token");
    if (other.same == token->same) continue;
    const std::string what =
        fmt::format("{} has another cluster token than {}", member.Name(), first->Name());
    tally.Bad(EvidenceOf(member, *token), what);
    tally.Bad(EvidenceOf(*first, other), what);
  }
}

/// No two members are the same one: their node was given twice, or one stands for the other.
void CompareSelves(const std::vector<Member>& members, Tally& tally) {
  std::map<std::string, const Member*> first_at;
  for (const Member& member : members) {
    const Fact* list = KnownFact(*member.component, "initial-cluster");
    const std::string name = MemberName(member);
    if (list == nullptr || name.empty()) continue;
    std::set<std::string> urls;
    for (const NamedUrl& said : ListedMembers(*list)) {
      if (said.name == name) urls.insert(said.url);
    }
    if (urls.empty()) continue;
    const auto [first, fresh] = first_at.try_emplace(Join(urls, ","), &member);
    if (fresh) continue;
    const std::string what = fmt::format(
        "{} and {} are both member {} at {}: one node given twice, or two that stand "
        "for one member",
        first->second->Name(), member.Name(), name, first->first);
    tally.Bad(EvidenceOf(member, *list), what);
    tally.Bad(EvidenceOf(*first->second, *first->second->component->Find("initial-cluster")), what);
  }
}

/// Each member's own say of what must agree.
void TellWhatTheySay(const std::vector<Member>& members, Tally& tally) {
  for (const Member& member : members) {
    for (const char* topic : {"initial-cluster", "name", "initial-cluster-token"}) {
      const Fact* fact = member.component->Find(topic);
      if (fact == nullptr || fact->state == Fact::State::kAbsent) continue;
      if (fact->state == Fact::State::kUnknown) {
        tally.Unknown(fmt::format("{}: {}", member.Name(), fact->why), fact->how);
      } else {
        tally.Good(EvidenceOf(member, *fact));
      }
    }
  }
}

/// Where nothing is to be compared: no cluster of etcd has a second member here.
Outcome NothingToCompare(const Cluster& cluster, const EtcdClusters& clusters) {
  const char* how_many = clusters.all.empty()       ? "no etcd"
                         : clusters.all.size() == 1 ? "only one etcd"
                                                    : "only one etcd of each cluster of it";
  return UnlessDoubtful(
      clusters,
      UnlessHidden(cluster, {ComponentKind::kEtcd},
                   NotApplicable(fmt::format("{} on the nodes that were given", how_many))));
}

Outcome MembersAgree(const Rule&, const Cluster& cluster) {
  const EtcdClusters clusters = EtcdClustersOf(cluster);
  if (!clusters.Several()) return NothingToCompare(cluster, clusters);
  Tally tally;
  for (const auto& members : clusters.all) {
    CompareLists(members, tally);
    CompareBeginners(members, tally);
    CompareTokens(members, tally);
    CompareSelves(members, tally);
    TellWhatTheySay(members, tally);
  }
  return UnlessDoubtful(clusters,
                        UnlessHidden(cluster, {ComponentKind::kEtcd}, std::move(tally).Done("")));
}

Evidence VersionEvidence(const Member& member) {
  const cluster::Version& version = *member.component->version;
  return {
      "version", version.ToString(), version.place.file.empty() ? "default" : "file", version.place,
      {},        member.node->name};
}

Outcome SameVersion(const Rule&, const Cluster& cluster) {
  const EtcdClusters clusters = EtcdClustersOf(cluster);
  if (!clusters.Several()) return NothingToCompare(cluster, clusters);
  Tally tally;
  for (const auto& members : clusters.all) {
    std::map<std::pair<int, int>, std::vector<std::string>> nodes_of;
    for (const Member& member : members) {
      if (const auto& version = member.component->version)
        nodes_of[{version->major, version->minor}].push_back(member.Name());
    }
    std::vector<std::string> parts;
    for (const auto& [version, nodes] : nodes_of)
      parts.push_back(fmt::format("{}.{} on {}", version.first, version.second, Names(nodes)));
    for (const Member& member : members) {
      if (!member.component->version) {
        tally.Unknown(fmt::format("the version of etcd on {} is not known", member.Name()),
                      "say it with --component-version etcd=VERSION");
      } else if (nodes_of.size() > 1) {
        tally.Bad(VersionEvidence(member), "etcd is " + Join(parts, ", "));
      } else {
        tally.Good(VersionEvidence(member));
      }
    }
  }
  Outcome outcome = std::move(tally).Done("");
  if (outcome.verdict == Verdict::kPass) outcome.reason = "every member has the same minor version";
  return UnlessDoubtful(clusters,
                        UnlessHidden(cluster, {ComponentKind::kEtcd}, std::move(outcome)));
}

// ---- who is asked

bool HasUnknownUrls(const ComponentFacts& etcd) {
  for (const char* topic : {"advertise-client-urls", "listen-client-urls"}) {
    const Fact* urls = etcd.Find(topic);
    if (urls == nullptr || urls->state != Fact::State::kKnown) return true;
  }
  return false;
}

/// The member of --initial-cluster that stands on this host, and that nobody gave; "" for none.
std::string AbsentMember(const std::vector<Member>& members, const std::string& host) {
  std::set<std::string> given;
  for (const Member& member : members) given.insert(MemberName(member));
  for (const Member& member : members) {
    const Fact* list = KnownFact(*member.component, "initial-cluster");
    if (list == nullptr) continue;
    for (const NamedUrl& said : ListedMembers(*list)) {
      if (SplitUrl(said.url).host == host && !given.contains(said.name)) return said.name;
    }
  }
  return "";
}

void JudgeEndpoint(const Member& server, const Fact& servers, const std::string& url,
                   const std::vector<Member>& members, Tally& tally) {
  const std::string host = SplitUrl(url).host;
  Evidence evidence = EvidenceOf(server, servers);
  evidence.value = url;
  const bool loopback = IsLoopbackAddress(host);
  bool in_doubt = false;
  for (const Member& member : members) {
    if (loopback && member.node != server.node) continue;
    in_doubt |= HasUnknownUrls(*member.component);
    if (Answers(server, url, member)) {
      tally.Good(std::move(evidence));
      return;
    }
  }
  const char* how = "give the node that etcd runs on, too (--root NAME=DIR)";
  if (const std::string absent = AbsentMember(members, host); !absent.empty()) {
    tally.Unknown(
        fmt::format("{} of {} is member {}, whose node was not given", url, server.Name(), absent),
        how);
  } else if (members.empty()) {
    tally.Unknown(fmt::format("{} of {}: no node with etcd was given", url, server.Name()), how);
  } else if (in_doubt) {
    tally.Unknown(
        fmt::format("{} of {}: where a member of etcd listens is not known", url, server.Name()),
        how);
  } else if (!loopback && !cluster::ParseIp(host)) {
    tally.Unknown(
        fmt::format("{} of {}: which member {} stands for is not known", url, server.Name(), host),
        "name members by the names in their certificates");
  } else {
    tally.Bad(
        std::move(evidence),
        fmt::format("{} asks {}, which is no member of etcd that is known", server.Name(), url));
  }
}

Outcome EndpointsAreMembers(const Rule&, const Cluster& cluster) {
  Tally tally;
  const auto members = cluster.Of(ComponentKind::kEtcd);
  for (const Member& server : cluster.Of(ComponentKind::kApiServer)) {
    for (const char* topic : {"etcd-servers", "etcd-servers-overrides"}) {
      const Fact* servers = server.component->Find(topic);
      if (servers == nullptr || servers->state == Fact::State::kAbsent) continue;
      if (servers->state == Fact::State::kUnknown) {
        tally.Unknown(fmt::format("{}: {}", server.Name(), servers->why), servers->how);
        continue;
      }
      const bool overrides = std::string_view(topic) == "etcd-servers-overrides";
      for (const std::string& item : servers->items) {
        for (const std::string& url : overrides ? OverrideUrls(item) : std::vector{item})
          JudgeEndpoint(server, *servers, url, members, tally);
      }
    }
  }
  Outcome outcome = std::move(tally).Done("no API server that asks etcd was given");
  // Whom an API server asks may be a member on a node that could not be read.
  if (outcome.verdict == Verdict::kFail) {
    if (const auto hidden = cluster.MayHide(ComponentKind::kEtcd)) {
      return Unknown(
          fmt::format("{}; but there may be another etcd: {}", outcome.reason, hidden->why),
          hidden->todo, std::move(outcome.evidence));
    }
  }
  return UnlessHidden(cluster, {ComponentKind::kApiServer}, std::move(outcome));
}

Outcome StandsApart(const Rule&, const Cluster& cluster) {
  Tally tally;
  for (const Member& member : cluster.Of(ComponentKind::kEtcd)) {
    Evidence evidence{"etcd", member.component->instance, "file", member.component->where,
                      {},     member.node->name};
    if (member.node->Has(ComponentKind::kApiServer)) {
      tally.Bad(std::move(evidence),
                fmt::format("{} runs etcd beside kube-apiserver", member.node->name));
    } else if (member.node->may_hide.contains(ComponentKind::kApiServer)) {
      tally.Unknown(
          fmt::format("whether {} runs kube-apiserver beside etcd is not known", member.node->name),
          "run seawall as root");
    } else {
      tally.Good(std::move(evidence));
    }
  }
  if (tally.empty() && !cluster.Of(ComponentKind::kApiServer).empty()) {
    return Unknown("no node with etcd was given",
                   "give the nodes that etcd runs on, too (--root NAME=DIR)");
  }
  return UnlessHidden(cluster, {ComponentKind::kEtcd}, std::move(tally).Done("no etcd was given"));
}

constexpr Rule kRules[] = {
    {.id = "cluster-etcd-versions-match",
     .title = "All members of etcd have the same minor version",
     .row = "1",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .expected = "one minor version",
     .remedy = "finish the upgrade of {where}",
     .why =
         "Mixed versions are meant for the time of an upgrade: until it ends the cluster is held "
         "to what the oldest can.",
     .link = kVersioning,
     .check_whole = SameVersion},
    {.id = "cluster-etcd-endpoints-are-members",
     .title = "API servers ask members of etcd and nobody else",
     .row = "5a",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .expected = "each of --etcd-servers and --etcd-servers-overrides is where a member of etcd "
                 "listens",
     .remedy = "take what is no member out of --etcd-servers at {where}",
     .why = "Whoever answers there as etcd decides what the API server believes.",
     .link = kClustering,
     .check_whole = EndpointsAreMembers},
    {.id = "cluster-etcd-members-agree",
     .title = "The members of etcd mean the same cluster",
     .row = "5b",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .expected = "the same names, peer URLs and cluster token on every member",
     .remedy =
         "ask the cluster itself (etcdctl member list), and make --initial-cluster, --name and "
         "--initial-cluster-token of those above say that",
     .why = "A member that is started anew from such a list joins another cluster, or lets one in.",
     .link = kClustering,
     .check_whole = MembersAgree},
    {.id = "cluster-etcd-apart",
     .title = "No member of etcd shares its node with an API server",
     .row = "5c",
     .severity = Severity::kLow,
     .target = Target::kCluster,
     .expected = "etcd on nodes of its own",
     .remedy = "move etcd from {where} to nodes of its own, behind a firewall that lets "
               "kube-apiserver through only",
     .why = "Whoever breaks out of the control plane's other programs then stands beside the "
            "database.",
     .link = kTopology,
     .check_whole = StandsApart},
};

}  // namespace

std::span<const Rule> EtcdMemberRules() { return kRules; }

}  // namespace seawall::rules::whole
