#include "rules/whole/etcd_clusters.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "rules/addresses.h"

namespace seawall::rules::whole {
namespace {

using cluster::ComponentKind;

std::string PortOf(std::string_view url) {
  const size_t mark = url.find("://");
  std::string_view rest = mark == std::string_view::npos ? url : url.substr(mark + 3);
  rest = rest.substr(0, rest.find('/'));
  const size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || rest.find(']', colon) != std::string_view::npos) return "";
  return std::string(rest.substr(colon + 1));
}

bool NamesHost(const ComponentFacts& etcd, const std::string& host) {
  const Chain* serving = etcd.FindChain("cert-file");
  if (serving == nullptr || serving->certificates.empty()) return false;
  const x509::Certificate& leaf = *serving->certificates.front();
  return std::ranges::find(leaf.dns_names, host) != leaf.dns_names.end() ||
         std::ranges::find(leaf.ip_addresses, host) != leaf.ip_addresses.end();
}

/// Members whose key in common is told to `Join` are one group.
class Groups {
 public:
  explicit Groups(size_t count) : of_(count) {
    for (size_t i = 0; i < count; ++i) of_[i] = i;
  }
  void Join(size_t member, const std::string& key) {
    const auto [first, fresh] = first_with_.try_emplace(key, member);
    if (!fresh) of_[Root(member)] = Root(first->second);
  }
  size_t Root(size_t member) const {
    while (of_[member] != member) member = of_[member];
    return member;
  }

 private:
  std::vector<size_t> of_;
  std::map<std::string, size_t> first_with_;
};

bool OneOnEachNode(const std::vector<Member>& members) {
  std::set<const NodeFacts*> nodes;
  return std::ranges::all_of(
      members, [&](const Member& member) { return nodes.insert(member.node).second; });
}

/// Members that name one URL belong together; those with one token as well, since two clusters that
/// began with one may mix, unless a node runs several.
EtcdClusters ByTheirOwnWords(const std::vector<Member>& members) {
  const bool by_token = OneOnEachNode(members);
  Groups groups(members.size());
  for (size_t i = 0; i < members.size(); ++i) {
    const ComponentFacts& etcd = *members[i].component;
    const Fact* list = KnownFact(etcd, "initial-cluster");
    const Fact* token = KnownFact(etcd, "initial-cluster-token");
    if (list != nullptr) {
      for (const NamedUrl& named : ListedMembers(*list)) groups.Join(i, "url " + named.url);
    }
    if (by_token && token != nullptr) groups.Join(i, "token " + token->value);
    if (list == nullptr || token == nullptr) groups.Join(i, "unknown");
  }
  EtcdClusters clusters;
  std::map<size_t, size_t> at;
  for (size_t i = 0; i < members.size(); ++i) {
    const auto [found, fresh] = at.try_emplace(groups.Root(i), clusters.all.size());
    if (fresh) clusters.all.emplace_back();
    clusters.all[found->second].push_back(members[i]);
  }
  if (clusters.all.size() > 1) {
    clusters.doubt =
        "members of etcd do not know each other, and whether they are to, or keep events apart, "
        "only --etcd-servers-overrides of an API server tells";
  }
  return clusters;
}

/// The overrides that send to this member, of those API servers that do not ask it for the rest.
std::set<std::string> OverridesTo(const std::vector<Member>& servers, const Member& member) {
  std::set<std::string> urls;
  for (const Member& server : servers) {
    const Fact* main = KnownFact(*server.component, "etcd-servers");
    const Fact* overrides = KnownFact(*server.component, "etcd-servers-overrides");
    if (main == nullptr || overrides == nullptr) continue;
    const auto answers = [&](const std::string& url) { return Answers(server, url, member); };
    if (std::ranges::any_of(main->items, answers)) return {};
    for (const std::string& item : overrides->items) {
      const std::vector<std::string> all = OverrideUrls(item);
      if (std::ranges::any_of(all, answers)) urls.insert(all.begin(), all.end());
    }
  }
  return urls;
}

EtcdClusters ByServers(const std::vector<Member>& members, const std::vector<Member>& servers) {
  std::map<std::set<std::string>, std::vector<Member>> by_urls;  // the main one has none, so first
  for (const Member& member : members) by_urls[OverridesTo(servers, member)].push_back(member);
  EtcdClusters clusters;
  for (auto& [urls, group] : by_urls) clusters.all.push_back(std::move(group));
  return clusters;
}

}  // namespace

bool EtcdClusters::Several() const {
  return std::ranges::any_of(all, [](const auto& members) { return members.size() > 1; });
}

EtcdClusters EtcdClustersOf(const Cluster& cluster) {
  const std::vector<Member> members = cluster.Of(ComponentKind::kEtcd);
  const std::vector<Member> servers = cluster.Of(ComponentKind::kApiServer);
  bool overrides = false;
  bool told = !servers.empty();
  for (const Member& server : servers) {
    const Fact* fact = KnownFact(*server.component, "etcd-servers-overrides");
    told &= fact != nullptr;
    overrides |= fact != nullptr && !fact->items.empty();
  }
  if (!told) return ByTheirOwnWords(members);
  if (overrides) return ByServers(members, servers);
  EtcdClusters one;
  if (!members.empty()) one.all.push_back(members);
  return one;
}

const Fact* KnownFact(const ComponentFacts& component, std::string_view topic) {
  const Fact* fact = component.Find(topic);
  return fact != nullptr && fact->state == Fact::State::kKnown ? fact : nullptr;
}

std::vector<NamedUrl> ListedMembers(const Fact& initial_cluster) {
  std::vector<NamedUrl> all;
  for (const std::string& item : initial_cluster.items) {
    const size_t equals = item.find('=');
    if (equals != std::string::npos)
      all.push_back({item.substr(0, equals), item.substr(equals + 1)});
  }
  return all;
}

bool Answers(const Member& server, const std::string& url, const Member& member) {
  const std::string host = SplitUrl(url).host;
  const std::string port = PortOf(url);
  const bool loopback = IsLoopbackAddress(host);
  if (loopback && member.node != server.node) return false;
  const auto any = [&](const char* topic, const auto& fits) {
    const Fact* urls = KnownFact(*member.component, topic);
    return urls != nullptr && std::ranges::any_of(urls->items, [&](const std::string& own) {
             return PortOf(own) == port && fits(SplitUrl(own).host);
           });
  };
  const auto same = [&](const std::string& own) { return own == host; };
  const auto local = [&](const std::string& own) {
    return loopback && (IsLoopbackAddress(own) || IsAnyAddress(own));
  };
  if (any("listen-client-urls", local)) return true;
  if (any("advertise-client-urls", same) || any("listen-client-urls", same)) return true;
  return NamesHost(*member.component, host) &&
         any("listen-client-urls", [](const std::string&) { return true; });
}

std::vector<std::string> OverrideUrls(const std::string& item) {
  const size_t mark = item.find('#');
  std::vector<std::string> urls;
  if (mark == std::string::npos) return urls;
  for (const std::string_view url : Split(std::string_view(item).substr(mark + 1), ';'))
    urls.emplace_back(Trim(url));
  return urls;
}

Outcome UnlessDoubtful(const EtcdClusters& clusters, Outcome outcome) {
  if (clusters.doubt.empty() || outcome.verdict == Verdict::kFail ||
      outcome.verdict == Verdict::kUnknown)
    return outcome;
  return Unknown(clusters.doubt, "give a node of the control plane, too (--root NAME=DIR)",
                 std::move(outcome.evidence));
}

}  // namespace seawall::rules::whole
