// CAs of one node and certificates of another: each side must take the other's, and nobody else's.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "rules/whole/etcd_clusters.h"

namespace seawall::rules::whole {
namespace {

using cluster::ComponentKind;

constexpr const char* kPki = "https://kubernetes.io/docs/setup/best-practices/certificates/";
constexpr const char* kEtcd = "https://etcd.io/docs/latest/op-guide/security/";
constexpr const char* kTokens =
    "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/";

/// One direction: who shows a certificate, and who holds the CAs that it must lead to.
struct Direction {
  ComponentKind shows;
  const char* certificate;
  ComponentKind verifies;
  const char* anchors;  ///< where there are none nothing is verified: a rule about that node
};

std::string Subject(const Chain& chain) {
  if (chain.certificates.empty()) return "no certificate";
  return fmt::format("{}, issued by {}", PrintableShort(chain.certificates.front()->subject, 80),
                     PrintableShort(chain.certificates.front()->issuer, 80));
}

std::string AnchorText(const Chain& anchors) { return FactOf(anchors).value; }

/// Components whose certificates, or CAs, are the same: a thousand kubelets hold the same CA, and
/// whether a certificate leads to it is found out once.
struct Alike {
  const Chain* chain = nullptr;
  std::vector<Member> members;
};

/// One side of a direction.
struct Side {
  std::vector<Alike> known;
  std::vector<Member> unknown;
  const char* topic;

  Side(const std::vector<Member>& members, const char* of) : topic(of) {
    std::map<std::string, size_t> at;
    for (const Member& member : members) {
      const Chain* chain = member.component->FindChain(topic);
      if (chain == nullptr || chain->state == Chain::State::kNone) continue;
      if (chain->state == Chain::State::kUnknown) {
        unknown.push_back(member);
        continue;
      }
      std::string key;
      for (const CertificatePtr& certificate : chain->certificates)
        key += certificate->fingerprint_sha256;
      const auto [found, fresh] = at.try_emplace(std::move(key), known.size());
      if (fresh) known.push_back({chain, {}});
      known[found->second].members.push_back(member);
    }
  }
  const Chain& ChainOf(const Member& member) const { return *member.component->FindChain(topic); }
  /// Whether somebody else than `member` is there.
  bool Other(const Member& member) const {
    const auto other = [&](const Member& m) { return m.component != member.component; };
    return std::ranges::any_of(unknown, other) ||
           std::ranges::any_of(known, [&](const Alike& alike) {
             return std::ranges::any_of(alike.members, other);
           });
  }
};

class Verifier {
 public:
  Verifier(const std::vector<Member>& showers, const std::vector<Member>& verifiers,
           const Direction& direction, Tally& tally)
      : showers_(showers, direction.certificate),
        verifiers_(verifiers, direction.anchors),
        tally_(tally) {}

  void Run() {
    TellUnknown(showers_, verifiers_);
    TellUnknown(verifiers_, showers_);
    for (const Alike& shower : showers_.known) {
      for (const Alike& verifier : verifiers_.known) Pair(shower, verifier);
    }
  }

 private:
  void TellUnknown(const Side& side, const Side& other) {
    for (const Member& member : side.unknown) {
      if (!other.Other(member)) continue;
      const Chain& chain = side.ChainOf(member);
      tally_.Unknown(fmt::format("{}: {}", member.Name(), chain.why), chain.how);
    }
  }

  void Pair(const Alike& shower, const Alike& verifier) {
    const bool itself = shower.members.size() == 1 && verifier.members.size() == 1 &&
                        shower.members[0].component == verifier.members[0].component;
    if (itself) return;
    if (LeadsTo(*shower.chain, *verifier.chain)) {
      for (const Member& member : shower.members) {
        if (good_.insert(member.component).second)
          tally_.Good(EvidenceOf(member, showers_.ChainOf(member), Subject(*shower.chain)));
      }
      for (const Member& member : verifier.members) {
        if (good_.insert(member.component).second)
          tally_.Good(EvidenceOf(member, verifiers_.ChainOf(member), AnchorText(*verifier.chain)));
      }
      return;
    }
    for (const Member& one : shower.members) {
      for (const Member& other : verifier.members) {
        if (one.component == other.component) continue;
        if (++bad_ > kMostBad) return;
        Mismatch(one, other);
      }
    }
  }

  void Mismatch(const Member& shower, const Member& verifier) {
    const Chain& chain = showers_.ChainOf(shower);
    const Chain& anchors = verifiers_.ChainOf(verifier);
    Evidence of_anchors = EvidenceOf(verifier, anchors, AnchorText(anchors));
    const std::string what =
        fmt::format("{} of {} ({}) leads to no CA in {} of {} ({})", chain.setting, shower.Name(),
                    Subject(chain), anchors.setting, verifier.Name(), of_anchors.value);
    tally_.Bad(EvidenceOf(shower, chain, Subject(chain)), what);
    tally_.Bad(std::move(of_anchors), what);
  }

  static constexpr size_t kMostBad = 20;
  Side showers_, verifiers_;
  Tally& tally_;
  std::set<const ComponentFacts*> good_;
  size_t bad_ = 0;
};

void JudgeDirection(const Cluster& cluster, const Direction& direction, Tally& tally) {
  Verifier(cluster.Of(direction.shows), cluster.Of(direction.verifies), direction, tally).Run();
}

template <size_t N>
Outcome Judge(const Cluster& cluster, const Direction (&directions)[N], const char* nothing) {
  Tally tally;
  for (const Direction& direction : directions) JudgeDirection(cluster, direction, tally);
  Outcome outcome = std::move(tally).Done(nothing);
  for (const Direction& direction : directions)
    outcome = UnlessHidden(cluster, {direction.shows, direction.verifies}, std::move(outcome));
  return outcome;
}

Outcome KubeletsAndServers(const Rule&, const Cluster& cluster) {
  static constexpr Direction kBoth[] = {
      {ComponentKind::kApiServer, "kubelet-client-certificate", ComponentKind::kKubelet,
       "authentication.x509.clientCAFile"},
      {ComponentKind::kKubelet, "serving", ComponentKind::kApiServer,
       "kubelet-certificate-authority"},
      {ComponentKind::kKubelet, "client", ComponentKind::kApiServer, "client-ca-file"},
  };
  return Judge(cluster, kBoth, "no API server and kubelet that verify each other were given");
}

Outcome ClientsKnowServers(const Rule&, const Cluster& cluster) {
  static constexpr Direction kClients[] = {
      {ComponentKind::kApiServer, "tls-cert-file", ComponentKind::kKubelet, "client-ca"},
      {ComponentKind::kApiServer, "tls-cert-file", ComponentKind::kControllerManager, "client-ca"},
      {ComponentKind::kApiServer, "tls-cert-file", ComponentKind::kScheduler, "client-ca"},
      {ComponentKind::kControllerManager, "client", ComponentKind::kApiServer, "client-ca-file"},
      {ComponentKind::kScheduler, "client", ComponentKind::kApiServer, "client-ca-file"},
  };
  return Judge(cluster, kClients, "no API server and client of it with certificates were given");
}

Outcome EtcdAndServers(const Rule&, const Cluster& cluster) {
  static constexpr Direction kBoth[] = {
      {ComponentKind::kEtcd, "cert-file", ComponentKind::kApiServer, "etcd-cafile"},
      {ComponentKind::kApiServer, "etcd-certfile", ComponentKind::kEtcd, "trusted-ca-file"},
  };
  return Judge(cluster, kBoth, "no API server and etcd that verify each other were given");
}

/// Within each cluster of etcd: one that keeps events apart may have a CA of its own.
Outcome Peers(const Rule&, const Cluster& cluster) {
  static constexpr Direction kPeers = {ComponentKind::kEtcd, "peer-cert-file", ComponentKind::kEtcd,
                                       "peer-trusted-ca-file"};
  const EtcdClusters clusters = EtcdClustersOf(cluster);
  Tally tally;
  for (const auto& members : clusters.all) Verifier(members, members, kPeers, tally).Run();
  return UnlessDoubtful(
      clusters, UnlessHidden(cluster, {ComponentKind::kEtcd},
                             std::move(tally).Done(
                                 "no two members of etcd that verify each other were given")));
}

/// What the controller manager signs must be taken by every API server: the signer stands in its
/// --client-ca-file.
Outcome SignerIsTrusted(const Rule&, const Cluster& cluster) {
  static constexpr Direction kSigner[] = {
      {ComponentKind::kControllerManager, "cluster-signing-cert-file", ComponentKind::kApiServer,
       "client-ca-file"},
      {ComponentKind::kApiServer, "tls-cert-file", ComponentKind::kControllerManager,
       "root-ca-file"},
  };
  return Judge(cluster, kSigner,
               "no API server and controller manager that signs certificates were given");
}

/// API servers that verify tokens with the same keys.
struct TokenVerifiers {
  std::vector<std::pair<const Fact*, std::vector<Member>>> known;

  TokenVerifiers(const std::vector<Member>& servers, Tally& tally) {
    std::map<std::vector<std::string>, size_t> at;
    for (const Member& server : servers) {
      const Fact* keys = server.component->Find("service-account-key-file");
      if (keys == nullptr || keys->state != Fact::State::kKnown) {
        if (keys != nullptr && keys->state == Fact::State::kUnknown)
          tally.Unknown(fmt::format("{}: {}", server.Name(), keys->why), keys->how);
        continue;
      }
      const auto [found, fresh] = at.try_emplace(keys->items, known.size());
      if (fresh) known.push_back({keys, {}});
      known[found->second].second.push_back(server);
    }
  }
};

void JudgeTokenKey(const Member& signer, const Fact& key, const TokenVerifiers& servers,
                   std::set<const ComponentFacts*>& good, Tally& tally) {
  if (key.state == Fact::State::kAbsent || (key.state == Fact::State::kKnown && key.items.empty()))
    return;
  if (key.state == Fact::State::kUnknown) {
    tally.Unknown(fmt::format("{}: {}", signer.Name(), key.why), key.how);
    return;
  }
  for (const auto& [keys, members] : servers.known) {
    Evidence evidence = EvidenceOf(signer, key);
    evidence.value += fmt::format(" (public key SHA-256 {}…)", key.items.front().substr(0, 16));
    if (std::ranges::find(keys->items, key.items.front()) != keys->items.end()) {
      tally.Good(std::move(evidence));
      for (const Member& server : members) {
        if (good.insert(server.component).second)
          tally.Good(EvidenceOf(server, *server.component->Find("service-account-key-file")));
      }
      continue;
    }
    const Member& server = members.front();
    const Fact& own = *server.component->Find("service-account-key-file");
    const std::string what =
        fmt::format("tokens that {} signs with {} are not verified by {} of {}{}", signer.Name(),
                    key.setting, own.setting, server.Name(),
                    members.size() == 1 ? "" : fmt::format(" and {} more", members.size() - 1));
    tally.Bad(std::move(evidence), what);
    tally.Bad(EvidenceOf(server, own), what);
  }
}

constexpr std::pair<ComponentKind, const char*> kSigners[] = {
    {ComponentKind::kControllerManager, "service-account-private-key-file"},
    {ComponentKind::kApiServer, "service-account-signing-key-file"}};

Outcome TokensAreVerified(const Rule&, const Cluster& cluster) {
  Tally tally;
  bool signers = false;
  for (const auto& [kind, topic] : kSigners) {
    for (const Member& signer : cluster.Of(kind)) {
      const Fact* key = signer.component->Find(topic);
      signers |= key != nullptr && key->state == Fact::State::kKnown && !key->items.empty();
    }
  }
  Tally nobody;
  const TokenVerifiers servers(cluster.Of(ComponentKind::kApiServer), signers ? tally : nobody);
  std::set<const ComponentFacts*> good;
  for (const auto& [kind, topic] : kSigners) {
    for (const Member& signer : cluster.Of(kind)) {
      if (const Fact* key = signer.component->Find(topic))
        JudgeTokenKey(signer, *key, servers, good, tally);
    }
  }
  return UnlessHidden(cluster, {ComponentKind::kApiServer, ComponentKind::kControllerManager},
                      std::move(tally).Done("nobody here signs service account tokens"));
}

constexpr Rule Trust(const char* id, const char* title, const char* row,
                     Outcome (*check)(const Rule&, const Cluster&), const char* why,
                     const char* link = kPki) {
  return {.id = id,
          .title = title,
          .row = row,
          .severity = Severity::kHigh,
          .target = Target::kCluster,
          .expected = "each certificate leads to a CA that the other side trusts",
          .remedy = "give {where} a certificate or a CA bundle of the cluster's own CA",
          .why = why,
          .link = link,
          .check_whole = check};
}

constexpr Rule kRules[] = {
    Trust(
        "cluster-kubelets-and-apiservers", "API servers and kubelets trust each other's CA", "2a",
        KubeletsAndServers,
        "Where the CAs do not match, one side verifies nothing, or somebody else's certificates."),
    Trust("cluster-clients-know-apiservers",
          "Kubelets, controllers and schedulers trust the API servers' CA and theirs them", "2a",
          ClientsKnowServers,
          "A client that trusts another CA talks to whoever holds that CA's key."),
    Trust("cluster-signing-ca-trusted",
          "What the controller managers sign is taken by every API server", "2b", SignerIsTrusted,
          "Certificates of another CA are refused when the present ones end."),
    Trust("cluster-tokens-verified",
          "Service account tokens are signed with a key that every API server verifies", "4",
          TokensAreVerified,
          "A key that only some API servers know was not rotated to its end, or is not the "
          "cluster's.",
          kTokens),
    Trust("cluster-etcd-and-apiservers", "API servers and etcd trust each other's CA", "5a",
          EtcdAndServers,
          "Whoever holds a key of the CA that etcd trusts reads and writes every Secret.", kEtcd),
    Trust("cluster-etcd-peers-trusted", "The members of etcd trust each other's CA", "5b", Peers,
          "A member that trusts another CA lets in whoever holds that CA's key.", kEtcd),
};

}  // namespace

std::span<const Rule> TrustRules() { return kRules; }

}  // namespace seawall::rules::whole
