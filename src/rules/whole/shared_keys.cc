// Keys that lie where they must not: one key on several nodes, and keys of CAs and of tokens on
// nodes that sign nothing.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "rules/whole/cluster.h"

namespace seawall::rules::whole {
namespace {

using cluster::ComponentKind;

constexpr const char* kPki = "https://kubernetes.io/docs/setup/best-practices/certificates/";

/// Certificates that are one node's own.
struct Own {
  ComponentKind kind;
  const char* chain;
  const char* what;
};
constexpr Own kOwn[] = {
    {ComponentKind::kApiServer, "tls-cert-file", "the API server's certificate"},
    {ComponentKind::kEtcd, "cert-file", "etcd's certificate"},
    {ComponentKind::kEtcd, "peer-cert-file", "etcd's peer certificate"},
    {ComponentKind::kKubelet, "serving", "the kubelet's serving certificate"},
    {ComponentKind::kKubelet, "client", "the kubelet's client certificate"},
};

struct Use {
  Member member;
  const Chain* chain;
  const char* what;
};

Outcome KeysAreOwn(const Rule&, const Cluster& cluster) {
  constexpr size_t kMostShown = 8;
  std::map<std::string, std::vector<Use>> uses_of;
  Tally tally;
  for (const Own& own : kOwn) {
    for (const Member& member : cluster.Of(own.kind)) {
      const Chain* chain = member.component->FindChain(own.chain);
      if (chain == nullptr || chain->state == Chain::State::kNone) continue;
      if (chain->state == Chain::State::kUnknown || chain->certificates.empty()) {
        tally.Unknown(fmt::format("{}: {}", member.Name(), chain->why), chain->how);
        continue;
      }
      uses_of[chain->certificates.front()->public_key_sha256].push_back({member, chain, own.what});
    }
  }
  for (const auto& [key, uses] : uses_of) {
    std::vector<std::string> nodes;
    for (const Use& use : uses) {
      if (std::ranges::find(nodes, use.member.node->name) == nodes.end())
        nodes.push_back(use.member.node->name);
    }
    const std::string what =
        fmt::format("{} has the same key on {}", uses.front().what, Names(nodes));
    for (size_t i = 0; i < uses.size() && i < kMostShown; ++i) {
      Evidence evidence = EvidenceOf(uses[i].member, *uses[i].chain,
                                     fmt::format("public key SHA-256 {}…", key.substr(0, 16)));
      if (nodes.size() > 1) {
        tally.Bad(std::move(evidence), what);
      } else {
        tally.Good(std::move(evidence));
      }
    }
  }
  return std::move(tally).Done("no certificate of a single node was found");
}

/// Public keys of the cluster's CAs and of what signs its tokens, with what they are.
std::map<std::string, std::string> SigningKeys(const Cluster& cluster) {
  std::map<std::string, std::string> keys;
  for (const NodeFacts& node : cluster.nodes()) {
    for (const ComponentFacts& component : node.components) {
      for (const auto& [topic, chain] : component.chains.all()) {
        for (const CertificatePtr& certificate : chain->certificates) {
          if (certificate->is_ca)
            keys.emplace(certificate->public_key_sha256,
                         "the key of CA " + PrintableShort(certificate->subject, 80));
        }
      }
      const Fact* tokens = component.Find("service-account-key-file");
      if (tokens == nullptr) continue;
      for (const std::string& key : tokens->items)
        keys.emplace(key, "the key of service account tokens");
    }
  }
  return keys;
}

Outcome SigningKeysStay(const Rule&, const Cluster& cluster) {
  const auto signing = SigningKeys(cluster);
  Tally tally;
  for (const NodeFacts& node : cluster.nodes()) {
    if (node.Signs()) continue;
    bool found = false;
    for (const KeyFile& key : node.keys) {
      const auto what = signing.find(key.public_key_sha256);
      if (what == signing.end()) continue;
      found = true;
      Evidence evidence{"private key", what->second, "file", {key.path, 0, 0, {}}, {}, node.name};
      tally.Bad(std::move(evidence),
                fmt::format("{} lies on {}, which signs nothing", what->second, node.name));
    }
    for (const FileGap& gap : node.key_gaps)
      tally.Unknown(fmt::format("{}: {}", node.name, gap.why), gap.how);
    if (!found)
      tally.Good({"private keys",
                  fmt::format("{} keys, none of a CA or of tokens", node.keys.size()),
                  "file",
                  {},
                  {},
                  node.name});
  }
  if (tally.empty()) {
    return UnlessHidden(cluster, {ComponentKind::kKubelet},
                        NotApplicable("every node that was given signs something"));
  }
  if (signing.empty() && !tally.failed())
    return Unknown("no CA and no key of tokens is known to look for",
                   "give the control plane's nodes, too (--root NAME=DIR)");
  return UnlessHidden(cluster, {ComponentKind::kKubelet}, std::move(tally).Done(""));
}

constexpr Rule kRules[] = {
    {.id = "cluster-keys-not-shared",
     .title = "No two nodes have the same private key",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .expected = "a key of its own for each node's serving, client and peer certificates",
     .remedy = "issue {where} anew with a fresh key, made on that node",
     .why = "Whoever breaks into one of the nodes can stand for the others.",
     .link = kPki,
     .check_whole = KeysAreOwn},
    {.id = "cluster-signing-keys-stay",
     .title = "Keys of CAs and of tokens lie on control plane nodes only",
     .row = "2a",
     .severity = Severity::kCritical,
     .target = Target::kCluster,
     .expected = "no private key of a CA or of service account tokens on a worker",
     .remedy = "shred -u {where}; then replace that key, for the node may have been broken into",
     .why = "With such a key any identity of the cluster can be issued.",
     .link = kPki,
     .check_whole = SigningKeysStay},
};

}  // namespace

std::span<const Rule> SharedKeyRules() { return kRules; }

}  // namespace seawall::rules::whole
