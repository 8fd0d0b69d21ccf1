#include "live/etcd_peers.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "api/client.h"
#include "base/text.h"
#include "live/etcd_doors.h"
#include "live/machine.h"

namespace seawall::live {
namespace {

using cluster::Node;
using harden::PeerUrls;
using harden::Urls;

constexpr int kTimeoutMs = 3000;
constexpr auto kUntilConnected = std::chrono::seconds(10);
constexpr auto kUntilLed = std::chrono::seconds(5);
constexpr auto kBetweenLooks = std::chrono::milliseconds(500);
constexpr int kMostTries = 20;  ///< until a member tells what was written

std::unexpected<Error> No(std::string why, std::string todo = "") {
  return Fail(ErrorCode::kUsage, "change where etcd's members find each other", "", std::move(why),
              std::move(todo));
}

/// This node's own way, else another member: ours may be the one that is down.
Result<OpenedEtcd> Open(const Node& node, const PeerUrls& peers) {
  auto opened = OpenEtcd(node);
  for (size_t i = 0; !opened && i < peers.others.size(); ++i) {
    const std::string& url = peers.others[i];
    auto other = OpenMember(node, url);
    // It may have gone over to TLS since it said where it is.
    if (!other) other = OpenMember(node, harden::TlsOnly({url}).front());
    if (other) return other;
  }
  return opened;
}

Result<etcd::Member> OwnOf(const std::vector<etcd::Member>& members, uint64_t id) {
  const auto own = std::ranges::find(members, id, &etcd::Member::id);
  if (own != members.end()) return *own;
  return No(fmt::format("the cluster has no member {:x} any more", id));
}

Result<api::Response> Get(api::Access access, const std::string& path) {
  auto client = api::ApiClient::Open(std::move(access), {.timeout_ms = kTimeoutMs, .attempts = 1});
  if (!client) return std::unexpected(client.error());
  return (*client)->Get(path);
}

/// What a member says of its connections; an Error tells why nothing was heard.
Result<std::set<std::string>> ConnectionsOf(const Node& node, const etcd::Member& member) {
  Error why{ErrorCode::kIo, "ask etcd's member", member.name, "it tells no address for clients",
            ""};
  for (const std::string& url : member.client_urls) {
    auto door = DoorTo(node, url);
    if (!door) {
      why = door.error();
      continue;
    }
    auto answer = Get(std::move(*door), "/metrics");
    if (answer && answer->status == 200) return ActivePeers(answer->body);
    why.why = answer ? fmt::format("GET {}/metrics: status {}", url, answer->status)
                     : answer.error().ToString();
  }
  return std::unexpected(std::move(why));
}

std::string Hex(uint64_t id) { return fmt::format("{:x}", id); }

std::string ApartOf(const Node& node, const std::vector<etcd::Member>& members, uint64_t own) {
  std::string apart;
  for (const etcd::Member& member : members) {
    if (members.size() == 1) break;
    const std::string name = member.name.empty() ? Hex(member.id) : member.name;
    auto connected = ConnectionsOf(node, member);
    std::string why;
    if (!connected) why = name + ": " + connected.error().why;
    for (const etcd::Member& other : members) {
      const bool meant = other.id != member.id && (member.id == own || other.id == own);
      if (connected && meant && !connected->contains(Hex(other.id)))
        why = fmt::format("{} does not reach {}", name, other.name);
    }
    if (!why.empty()) apart += (apart.empty() ? "" : "; ") + why;
  }
  return apart;
}

/// Asked by HTTP, it answers as a member does: it would be reached without any certificate.
bool AnswersPlain(const etcd::Member& member) {
  return std::ranges::any_of(member.peer_urls, [](const std::string& url) {
    const auto address = api::ParseAddress(url);
    if (!address || address->https) return false;
    api::Access access;
    access.server = *address;
    auto answer = Get(std::move(access), "/version");
    return answer && answer->status == 200 && answer->body.contains("etcdserver");
  });
}

/// How many of the others answer and follow a leader.
size_t WellWithout(const Node& node, const std::vector<etcd::Member>& members, uint64_t own) {
  return static_cast<size_t>(std::ranges::count_if(members, [&](const etcd::Member& other) {
    return other.id != own && std::ranges::any_of(other.client_urls, [&](const std::string& url) {
             const auto opened = OpenMember(node, url);
             return opened && opened->status.leader != 0;
           });
  }));
}

/// Members that were just started follow a leader after a moment.
Result<void> QuorumWithout(const Node& node, const std::vector<etcd::Member>& members,
                           uint64_t own) {
  if (members.size() < 2) return {};
  const auto until = std::chrono::steady_clock::now() + kUntilLed;
  while (WellWithout(node, members, own) < members.size() / 2 + 1) {
    if (std::chrono::steady_clock::now() > until || members.size() == 2)
      return No(
          "this member restarts, and the others would be no quorum without it",
          members.size() == 2 ? "add a third member first" : "let every member be well first");
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return {};
}

std::string Foreign(const Urls& now, const PeerUrls& peers) {
  return fmt::format(
      "somebody else has changed where member {} is found: now {}; before {}; by the plan {}",
      Hex(peers.member), Join(now, ","), Join(peers.before, ","), Join(peers.after, ","));
}

/// Tells the cluster, and sees that it knows.
Result<void> Tell(OpenedEtcd& etcd, uint64_t id, const Urls& urls) {
  const auto told = etcd.client->UpdateMember(id, urls);
  // An answer that was lost is no failure, and one that came no proof.
  for (int i = 0; i < kMostTries; ++i) {
    auto members = etcd.client->Members();
    if (!members) return std::unexpected(told ? members.error() : told.error());
    auto own = OwnOf(*members, id);
    if (!own) return std::unexpected(own.error());
    if (harden::SameUrls(own->peer_urls, urls)) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return told ? No("the cluster was told, and does not know it") : told;
}

/// `forward`: from the plan's state before to that after; an Error says what stands in the way.
/// `there`: nothing is to be told.
Result<OpenedEtcd> Look(const Node& node, const PeerUrls& peers, bool forward, bool& there) {
  auto opened = Open(node, peers);
  if (!opened) return opened;
  auto members = opened->client->Members();
  if (!members) return std::unexpected(members.error());
  auto own = OwnOf(*members, peers.member);
  if (!own) return std::unexpected(own.error());
  there = harden::SameUrls(own->peer_urls, forward ? peers.after : peers.before);
  if (there) return opened;
  if (!harden::SameUrls(own->peer_urls, forward ? peers.before : peers.after))
    return No(Foreign(own->peer_urls, peers), "etcdctl member list shows it: mend it by hand");
  if (!forward) {
    if (auto may = QuorumWithout(node, *members, peers.member); !may)
      return std::unexpected(may.error());
  }
  for (const etcd::Member& other : *members) {
    if (other.id == peers.member) continue;
    if (forward && peers.ends_plain() && !harden::HasTls(other.peer_urls))
      return No(fmt::format("member {} is not ready for TLS, and would lose this one", other.name),
                harden::kOthersFirst);
    if (!forward && peers.begins_tls() && !AnswersPlain(other))
      return No(fmt::format("member {} does not answer without TLS (any more), and without its "
                            "certificate this one could not reach it",
                            other.name),
                "first seawall harden rollback on that node, or on all of them with --ssh");
  }
  return opened;
}

Result<void> Change(const Node& node, const PeerUrls& peers, bool forward) {
  bool there = false;
  auto opened = Look(node, peers, forward, there);
  if (!opened) return std::unexpected(opened.error());
  if (there) return {};
  return Tell(*opened, peers.member, forward ? peers.after : peers.before);
}

Result<void> May(const Node& node, const PeerUrls& peers, bool forward) {
  bool there = false;
  auto opened = Look(node, peers, forward, there);
  if (!opened) return std::unexpected(opened.error());
  return {};
}

}  // namespace

std::set<std::string> ActivePeers(std::string_view metrics) {
  constexpr std::string_view kName = "etcd_network_active_peers{";
  constexpr std::string_view kRemote = "Remote=\"";
  std::set<std::string> peers;
  for (const std::string_view line : Split(metrics, '\n')) {
    const size_t at = line.find(kRemote);
    const size_t end = line.rfind("} ");
    if (!line.starts_with(kName) || at == line.npos || end == line.npos) continue;
    const std::string_view rest = line.substr(at + kRemote.size());
    if (Trim(line.substr(end + 2)) != "0") peers.emplace(rest.substr(0, rest.find('"')));
  }
  return peers;
}

Result<harden::EtcdPeers> AskPeers(const Node& node, const cluster::Component& etcd) {
  auto opened = OpenEtcd(node);
  if (!opened) return std::unexpected(opened.error());
  auto members = opened->client->Members();
  if (!members) return std::unexpected(members.error());
  harden::EtcdPeers peers;
  // Which one is ours it says itself; the API server's way may lead to another.
  for (const cluster::Item& url : etcd.Get("listen-client-urls").items) {
    if (peers.own != 0) break;
    if (auto own = OpenMember(node, url.text)) peers.own = own->status.member_id;
  }
  for (const etcd::Member& one : *members) {
    peers.members.push_back({one.id, one.name, one.peer_urls, one.client_urls});
  }
  // Members that were just started connect anew for a moment. Each look may cost timeouts.
  const auto until = std::chrono::steady_clock::now() + kUntilConnected;
  for (peers.apart = ApartOf(node, *members, peers.own);
       !peers.apart.empty() && std::chrono::steady_clock::now() < until;
       peers.apart = ApartOf(node, *members, peers.own))
    std::this_thread::sleep_for(kBetweenLooks);
  return peers;
}

Result<void> MayGoWithout(const Node& node, const cluster::Component& etcd) {
  for (const cluster::Item& url : etcd.Get("listen-client-urls").items) {
    auto own = OpenMember(node, url.text);
    if (!own) continue;
    // It has no quorum to lose.
    if (own->status.leader == 0) return {};
    auto members = own->client->Members();
    if (!members) return std::unexpected(members.error());
    return QuorumWithout(node, *members, own->status.member_id);
  }
  // One that does not answer is to restart, whatever it may do for it.
  return {};
}

Result<harden::EtcdPeers> AskPeersHere(const cluster::ReadOptions& read,
                                       const cluster::Component& etcd) {
  auto node = ReadMachine(read);
  if (!node) return std::unexpected(node.error());
  const cluster::Component* running =
      FindComponent(*node, cluster::ToString(etcd.kind), etcd.instance);
  if (running == nullptr)
    return Fail(ErrorCode::kNotFound, "ask etcd's members", etcd.instance, "it does not run", "");
  return AskPeers(*node, *running);
}

std::string Apart(const Node& node, const PeerUrls& peers) {
  auto opened = Open(node, peers);
  if (!opened) return opened.error().ToString();
  auto members = opened->client->Members();
  if (!members) return members.error().ToString();
  return ApartOf(node, *members, peers.member);
}

Result<void> MayAnnounce(const Node& node, const PeerUrls& peers) { return May(node, peers, true); }
Result<void> AnnouncePeers(const Node& node, const PeerUrls& peers) {
  return Change(node, peers, true);
}
Result<void> MayWithdrawPeers(const Node& node, const PeerUrls& peers) {
  return May(node, peers, false);
}
Result<void> WithdrawPeers(const Node& node, const PeerUrls& peers) {
  return Change(node, peers, false);
}

}  // namespace seawall::live
