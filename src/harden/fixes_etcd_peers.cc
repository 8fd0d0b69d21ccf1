// Row 5b: etcd's members among each other, from plain HTTP to mutual TLS while the cluster runs.
//
// A member cannot listen for both at one address, but the others try all of a member's URLs in
// turn, and what they try is what the cluster stores. So (1) every member gets certificates and
// goes on in the clear, and then the cluster is told both http:// and https:// of it: that is how
// the others know that it can speak TLS; (2) when all are known by both, one after the other
// listens for TLS only, and is then known by https:// only.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "harden/etcd_pki.h"
#include "harden/etcd_side.h"
#include "harden/fix_tables.h"

namespace seawall::harden {
namespace {

using cluster::Component;
using cluster::Setting;

constexpr const char* kListen = "listen-peer-urls";
constexpr const char* kAdvertise = "initial-advertise-peer-urls";
constexpr const char* kCluster = "initial-cluster";

bool SpeaksPlain(const Component& etcd) {
  return HasPlain(etcd.Get(kListen)) || HasPlain(etcd.Get(kAdvertise));
}

std::unexpected<Error> ByHand(const std::string& why) {
  return Missing(
      "the members know each other by http:// peer URLs, which the cluster stores" + why,
      "on the running node: seawall harden apply --row 5b --set etcd-pki=DIR; in a tree that does "
      "not run only together with what the cluster stores");
}

/// Certificates for members, and the demand for them, as it runs.
bool HasCertificates(const Component& etcd) {
  for (const char* name : {"peer-cert-file", "peer-key-file", "peer-trusted-ca-file"}) {
    const Setting file = etcd.Get(name);
    if (!file.known() || file.text.empty()) return false;
  }
  return etcd.Get("peer-client-cert-auth").text == "true" &&
         etcd.Get("peer-auto-tls").text != "true";
}

/// "a=http://1,b=http://2": our own entries over TLS, or with TLS beside; the others' over TLS when
/// ours are. etcd reads it only where there is no data.
Result<void> ClusterOverTls(const FixContext& context, bool beside, Draft& draft) {
  const Setting cluster = context.component->Get(kCluster);
  if (!cluster.written()) return {};
  const std::string own = context.component->Get("name").text + "=";
  Urls entries;
  for (const std::string_view part : Split(cluster.text, ',')) {
    const std::string entry(Trim(part));
    const size_t equals = entry.find('=');
    const bool plain = equals != entry.npos && entry.substr(equals + 1).starts_with("http://");
    const std::string tls =
        plain ? entry.substr(0, equals) + "=https" + entry.substr(equals + 5) : entry;
    const bool ours = entry.starts_with(own);
    for (const std::string& one : {beside ? entry : tls, beside && ours ? tls : ""}) {
      if (!one.empty() && std::ranges::find(entries, one) == entries.end()) entries.push_back(one);
    }
  }
  const std::string text = Join(entries, ",");
  if (text == cluster.text) return {};
  return Want(context, kCluster, Wanted::Text(text), draft);
}

/// A URL that nobody wrote is that of the default, and has to be written to become another.
Result<void> OverTls(const FixContext& context, const char* setting, Draft& draft) {
  const Setting urls = context.component->Get(setting);
  if (urls.written() || !HasPlain(urls)) return UrlsOverTls(context, setting, draft);
  Urls items;
  for (const cluster::Item& item : urls.items) items.push_back(item.text);
  return Want(context, setting, Wanted::Text(Join(TlsOnly(items), ",")), draft);
}

PeerUrls Told(const EtcdPeers& peers, Urls after) {
  PeerUrls told{peers.own, peers.Own()->peer_urls, std::move(after), {}};
  for (const EtcdPeer& one : peers.members) {
    if (one.id == peers.own) continue;
    std::ranges::copy(one.client_urls, std::back_inserter(told.others));
  }
  return told;
}

Result<Draft> Certificates(const FixContext& context, const EtcdPeers& peers) {
  return EtcdSide(context, "peer-", HostsOf(peers.Own()->peer_urls));
}

/// The first stage: this member can speak TLS, and the others get to know that.
Result<Draft> Prepare(const Fix& fix, const FixContext& context, const EtcdPeers& peers) {
  auto draft = Certificates(context, peers);
  if (!draft) return draft;
  if (auto done = UrlsOverTls(context, kAdvertise, *draft, true); !done)
    return std::unexpected(done.error());
  if (auto done = ClusterOverTls(context, true, *draft); !done)
    return std::unexpected(done.error());
  draft->peers = Told(peers, BesideTls(peers.Own()->peer_urls));
  draft->notes.emplace_back(
      "members go on in the clear until every one of them can speak TLS: nobody is cut off yet");
  const std::string_view rule = fix.rule;
  if (rule == "etcd-peer-urls-https" || rule == "etcd-peer-client-cert-auth")
    draft->later =
        "every member has to be able to speak TLS before one of them stops listening in the clear";
  return draft;
}

/// The last stage.
Result<Draft> Turn(const FixContext& context, const EtcdPeers& peers) {
  auto draft = Certificates(context, peers);
  if (!draft) return draft;
  for (const char* urls : {kListen, kAdvertise}) {
    if (auto done = OverTls(context, urls, *draft); !done) return std::unexpected(done.error());
  }
  if (auto done = ClusterOverTls(context, false, *draft); !done)
    return std::unexpected(done.error());
  draft->peers = Told(peers, TlsOnly(peers.Own()->peer_urls));
  return draft;
}

/// Members that are not known by a URL over TLS yet.
std::string NotPrepared(const EtcdPeers& peers) {
  Urls names;
  for (const EtcdPeer& one : peers.members) {
    if (one.id != peers.own && !HasTls(one.peer_urls)) names.push_back(one.name);
  }
  return Join(names, ", ");
}

/// "" where the members are such that one may be changed.
std::string Unfit(const EtcdPeers& peers) {
  if (peers.Own() == nullptr) return "this node's member is not among those that the cluster tells";
  for (const EtcdPeer& one : peers.members) {
    if (one.name.empty()) return fmt::format("member {:x} was added and has never started", one.id);
    if (one.id != peers.own && one.client_urls.empty())
      return fmt::format("member {} tells no address for clients", one.name);
  }
  return peers.apart;
}

Result<Draft> InStages(const Fix& fix, const FixContext& context, const Component& running) {
  if (!context.Get("etcd-pki"))
    return Needs("etcd-pki", "a folder with the members' CA, certificates and keys");
  if (!context.etcd_peers) return ByHand(", and it is not asked");
  const auto peers = context.etcd_peers(running);
  if (!peers) return ByHand(", and it cannot be asked: " + peers.error().ToString());
  if (const std::string why = Unfit(*peers); !why.empty())
    return Missing("among etcd's members: " + why, "mend that, and plan again");
  const Urls& own = peers->Own()->peer_urls;
  if (peers->members.size() == 1) return Turn(context, *peers);
  if (!HasCertificates(running) || !SameUrls(BesideTls(own), own))
    return Prepare(fix, context, *peers);
  const std::string missing = NotPrepared(*peers);
  if (missing.empty()) return Turn(context, *peers);
  return Missing(
      fmt::format("members that are not ready for TLS yet, and would lose this one: {}", missing),
      kOthersFirst);
}

}  // namespace

Result<Draft> PeerSide(const Fix& fix, const FixContext& context) {
  const Component* running = RunningEtcd(context);
  if (running != nullptr && SpeaksPlain(*running)) return InStages(fix, context, *running);
  if (SpeaksPlain(*context.component)) return ByHand("");
  return EtcdSide(context, "peer-");
}

}  // namespace seawall::harden
