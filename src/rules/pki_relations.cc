// Recipe row 2a: certificates, keys and CAs with each other: what belongs together does, and what
// should be apart is.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "rules/file_checks.h"
#include "rules/machine_rules.h"
#include "rules/pki_inventory.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using x509::Certificate;

struct PairOf {
  ComponentKind kind;
  const char* certificate;
  const char* key;
};

constexpr PairOf kPairs[] = {
    {ComponentKind::kApiServer, "tls-cert-file", "tls-private-key-file"},
    {ComponentKind::kApiServer, "etcd-certfile", "etcd-keyfile"},
    {ComponentKind::kApiServer, "kubelet-client-certificate", "kubelet-client-key"},
    {ComponentKind::kApiServer, "proxy-client-cert-file", "proxy-client-key-file"},
    {ComponentKind::kControllerManager, "tls-cert-file", "tls-private-key-file"},
    {ComponentKind::kControllerManager, "cluster-signing-cert-file", "cluster-signing-key-file"},
    {ComponentKind::kScheduler, "tls-cert-file", "tls-private-key-file"},
    {ComponentKind::kKubelet, "tlsCertFile", "tlsPrivateKeyFile"},
    {ComponentKind::kEtcd, "cert-file", "key-file"},
    {ComponentKind::kEtcd, "client-cert-file", "client-key-file"},
    {ComponentKind::kEtcd, "peer-cert-file", "peer-key-file"},
    {ComponentKind::kEtcd, "peer-client-cert-file", "peer-client-key-file"},
};

/// A kubeconfig that cannot be read hides a certificate and its key.
void AddKubeconfigGaps(const Inventory& inventory, Tally& tally) {
  for (const FileGap& gap : inventory.kubeconfig_gaps) tally.Unknown(gap.why, gap.how);
}

void JudgePair(const HeldCertificates& held, const x509::KeyInfo& key, const std::string& key_path,
               Tally& tally) {
  Evidence evidence = CertificateEvidence(held, held.leaf(), "key", key_path);
  if (key.encrypted) {
    tally.Unknown(fmt::format("{} is encrypted with a passphrase", key_path),
                  "decrypt it and compare the public keys");
  } else if (key.public_key_sha256 == held.leaf().public_key_sha256) {
    tally.Good(std::move(evidence));
  } else {
    tally.Bad(std::move(evidence),
              fmt::format("{} is not the key of {}", key_path, Describe(held, held.leaf())));
  }
}

void JudgeKubeconfigPairs(const cluster::Node& node, const Inventory& inventory, Tally& tally) {
  for (const HeldKubeconfig& held : inventory.kubeconfigs) {
    for (const cluster::kinds::KubeconfigUser& user : held.view->users) {
      if (!user.certificates.empty() && user.key) {
        HeldCertificates data{
            held.component, "client-certificate-data", user.certificate_data_place,
            true,           FileUse::kCertificate,     &user.certificates};
        if (data.place.file.empty()) data.place.file = held.path;
        JudgePair(data, *user.key, "client-key-data", tally);
      } else if (user.has_key_data && !user.key) {
        tally.Unknown(fmt::format("the client-key-data of {} cannot be read as a key", held.path),
                      "decode it with \"base64 -d | openssl pkey -noout\"");
      } else if (!user.client_certificate.value.empty() && !user.client_key.value.empty()) {
        auto path = [&](const std::string& written) { return held.HostPath(written).value_or(""); };
        const auto& certificates = node.Certificates(path(user.client_certificate.value));
        const auto& key = node.Key(path(user.client_key.value));
        if (!key) {
          FileGap gap = GapOf("client-key", key.error());
          tally.Unknown(gap.why, gap.how);
        }
        if (!certificates || !key) continue;
        HeldCertificates file{held.component, "client-certificate",  {},
                              false,          FileUse::kCertificate, &*certificates};
        file.place.file = path(user.client_certificate.value);
        JudgePair(file, *key, path(user.client_key.value), tally);
      }
    }
  }
}

Outcome PairsMatch(const Rule&, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  Tally tally;
  for (const FileGap& gap : inventory->certificate_gaps) tally.Unknown(gap.why, gap.how);
  for (const FileGap& gap : inventory->key_gaps) tally.Unknown(gap.why, gap.how);
  AddKubeconfigGaps(*inventory, tally);
  for (const Component& component : context.node.components) {
    for (const PairOf& pair : kPairs) {
      if (pair.kind != component.kind) continue;
      const HeldCertificates* held = inventory->Of(component, pair.certificate);
      const HeldKey* key = inventory->KeyOf(component, pair.key);
      if (held != nullptr && key != nullptr) JudgePair(*held, *key->key, key->path, tally);
    }
  }
  JudgeKubeconfigPairs(context.node, *inventory, tally);
  return std::move(tally).Done("no component of this node names a certificate and its key");
}

/// A certificate and the CA file that somebody else verifies it with.
void JudgeChain(const HeldCertificates* leaf, const HeldCertificates* anchors, Tally& tally) {
  if (leaf == nullptr || anchors == nullptr) return;
  Evidence evidence = CertificateEvidence(*leaf, leaf->leaf(), "issuer", leaf->leaf().issuer);
  if (ChainsTo(*leaf->certificates, *anchors->certificates)) {
    tally.Good(std::move(evidence));
    return;
  }
  tally.Bad(std::move(evidence),
            fmt::format("{} is not signed by the CA in {} ({})", Describe(*leaf, leaf->leaf()),
                        anchors->place.file, NameOf(anchors->component, anchors->setting)));
}

/// Whether this API server talks to this etcd: by the loopback, or by an address that etcd listens
/// on or tells others.
bool UsesEtcd(const Component& apiserver, const Component& etcd) {
  std::string urls =
      etcd.Get("advertise-client-urls").text + "," + etcd.Get("listen-client-urls").text;
  for (const cluster::Item& server : apiserver.Get("etcd-servers").items) {
    if (server.text.empty()) continue;
    if (server.text.find("//127.0.0.1:") != std::string::npos ||
        server.text.find("//localhost:") != std::string::npos ||
        server.text.find("//[::1]:") != std::string::npos ||
        urls.find(server.text) != std::string::npos) {
      return true;
    }
  }
  return false;
}

/// Kubeconfigs that belong to this cluster for certain: those of its components.
void JudgeKubeconfigChains(const Inventory& inventory, const Component& apiserver, Tally& tally) {
  const HeldCertificates* client_ca = inventory.Of(apiserver, "client-ca-file");
  const HeldCertificates* serving = inventory.Of(apiserver, "tls-cert-file");
  for (const HeldCertificates& held : inventory.certificates) {
    bool certificate =
        held.setting == "client-certificate-data" || held.setting == "client-certificate";
    bool authority =
        held.setting == "certificate-authority-data" || held.setting == "certificate-authority";
    bool own = held.component != nullptr && held.component->kind != ComponentKind::kApiServer;
    if (certificate && own) JudgeChain(&held, client_ca, tally);
    if (authority && own) JudgeChain(serving, &held, tally);
  }
}

Outcome ChainsHold(const Rule&, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  Tally tally;
  for (const FileGap& gap : inventory->certificate_gaps) tally.Unknown(gap.why, gap.how);
  AddKubeconfigGaps(*inventory, tally);
  for (const Component* etcd : node.Of(ComponentKind::kEtcd)) {
    JudgeChain(inventory->Of(*etcd, "peer-cert-file"), inventory->Of(*etcd, "peer-trusted-ca-file"),
               tally);
  }
  for (const Component* apiserver : node.Of(ComponentKind::kApiServer)) {
    JudgeChain(inventory->Of(*apiserver, "proxy-client-cert-file"),
               inventory->Of(*apiserver, "requestheader-client-ca-file"), tally);
    for (const Component* etcd : node.Of(ComponentKind::kEtcd)) {
      if (!UsesEtcd(*apiserver, *etcd)) continue;
      JudgeChain(inventory->Of(*etcd, "cert-file"), inventory->Of(*apiserver, "etcd-cafile"),
                 tally);
      JudgeChain(inventory->Of(*apiserver, "etcd-certfile"),
                 inventory->Of(*etcd, "trusted-ca-file"), tally);
    }
    for (const Component* kubelet : node.Of(ComponentKind::kKubelet)) {
      JudgeChain(inventory->Of(*apiserver, "kubelet-client-certificate"),
                 inventory->Of(*kubelet, "authentication.x509.clientCAFile"), tally);
      JudgeChain(inventory->Of(*kubelet, "tlsCertFile"),
                 inventory->Of(*apiserver, "kubelet-certificate-authority"), tally);
    }
    JudgeKubeconfigChains(*inventory, *apiserver, tally);
  }
  return std::move(tally).Done(
      "this node does not show any certificate together with the CA that it is verified with");
}

constexpr std::string_view kServing[] = {"tls-cert-file", "tlsCertFile", "cert-file",
                                         "peer-cert-file"};

Outcome ServingUsable(const Rule&, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  Tally tally;
  AddGapsOf(*inventory, kServing, tally);
  for (const HeldCertificates& held : inventory->certificates) {
    bool kubelet = held.place.file.ends_with("/kubelet-server-current.pem");
    if (!kubelet && (held.component == nullptr ||
                     std::ranges::find(kServing, held.setting) == std::end(kServing)))
      continue;
    const Certificate& leaf = held.leaf();
    size_t names = leaf.dns_names.size() + leaf.ip_addresses.size();
    Evidence evidence =
        CertificateEvidence(held, leaf, "names", fmt::format("{} names and addresses", names));
    if (names == 0) {
      tally.Bad(std::move(evidence),
                fmt::format("{} has no subject alternative name", Describe(held, leaf)));
    } else if (!leaf.server_auth) {
      tally.Bad(std::move(evidence),
                fmt::format("{} is not for servers (extended key usage)", Describe(held, leaf)));
    } else {
      tally.Good(std::move(evidence));
    }
  }
  return std::move(tally).Done("no component of this node names a serving certificate");
}

Outcome ClientsUsable(const Rule&, const Context& context) {
  static constexpr std::string_view kClients[] = {
      "etcd-certfile",      "kubelet-client-certificate", "proxy-client-cert-file",
      "client-certificate", "client-certificate-data",    "peer-client-cert-file"};
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  Tally tally;
  AddGapsOf(*inventory, kClients, tally);
  static constexpr std::string_view kPeer[] = {"peer-cert-file"};
  AddGapsOf(*inventory, kPeer, tally);
  AddKubeconfigGaps(*inventory, tally);
  for (const HeldCertificates& held : inventory->certificates) {
    bool client = std::ranges::find(kClients, held.setting) != std::end(kClients) ||
                  held.place.file.ends_with("/kubelet-client-current.pem");
    // A member calls the others with its peer certificate, unless it has another one for that.
    bool peer = held.setting == "peer-cert-file" && held.component != nullptr &&
                held.component->Get("peer-client-cert-file").text.empty();
    if (!client && !peer) continue;
    const Certificate& leaf = held.leaf();
    Evidence evidence = CertificateEvidence(held, leaf, "client authentication",
                                            leaf.client_auth ? "true" : "false");
    if (leaf.client_auth) {
      tally.Good(std::move(evidence));
    } else {
      tally.Bad(std::move(evidence),
                fmt::format("{} is not for clients (extended key usage)", Describe(held, leaf)));
    }
  }
  return std::move(tally).Done("no component of this node names a client certificate");
}

Outcome NoSystemMasters(const Rule&, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  Tally tally;
  for (const FileGap& gap : inventory->certificate_gaps) tally.Unknown(gap.why, gap.how);
  AddKubeconfigGaps(*inventory, tally);
  std::set<std::string> seen;
  auto judge = [&](const HeldCertificates& held) {
    if (held.use == FileUse::kCa || !seen.insert(held.place.file).second) return;
    const Certificate& leaf = held.leaf();
    Evidence evidence =
        CertificateEvidence(held, leaf, "organizations", Join(leaf.organizations, ", "));
    if (std::ranges::find(leaf.organizations, "system:masters") == leaf.organizations.end()) {
      tally.Good(std::move(evidence));
    } else {
      tally.Bad(std::move(evidence),
                fmt::format("{} is of the group system:masters", Describe(held, leaf)));
    }
  };
  for (const HeldCertificates& held : inventory->certificates) judge(held);
  // One that lies there and is named by nobody opens the cluster just the same.
  for (const UsedFile& file : inventory->files.files) {
    const auto& read = context.node.Certificates(file.path);
    if (file.use != FileUse::kCertificate || file.component != nullptr || !read) continue;
    HeldCertificates held{nullptr, "", {}, false, file.use, &*read};
    held.place.file = file.path;
    judge(held);
  }
  return std::move(tally).Done("there is no client certificate on this node");
}

/// The keys of CAs that lie on the node: those whose certificate is here too, or that are called
/// so.
Outcome CaKeysWhereTheySign(const Rule&, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  std::set<std::string> authorities;
  for (const HeldCertificates& held : inventory->certificates) {
    for (const Certificate& certificate : *held.certificates) {
      if (certificate.is_ca) authorities.insert(certificate.public_key_sha256);
    }
  }
  bool signs = !node.Of(ComponentKind::kControllerManager).empty();
  Tally tally;
  for (const FileGap& gap : inventory->key_gaps) tally.Unknown(gap.why, gap.how);
  if (!signs && node.MayHide(ComponentKind::kControllerManager) != nullptr) {
    tally.Unknown("whether a controller manager signs on this node is not known",
                  "run as root on the node");
  }
  for (const HeldKey& held : inventory->keys) {
    std::string name = held.path.substr(held.path.rfind('/') + 1);
    bool authority = authorities.contains(held.key->public_key_sha256) || name == "ca.key" ||
                     name == "ca-key.pem";
    if (!authority || !held.key->private_key) continue;
    Evidence evidence = StatEvidence("CA key", name, held.path);
    if (signs) {
      tally.Good(std::move(evidence));
    } else {
      tally.Bad(std::move(evidence),
                fmt::format("{} is a CA's private key, and nothing on this node signs with it",
                            held.path));
    }
  }
  return std::move(tally).Done("there is no CA's private key on this node");
}

Outcome KeysNotShared(const Rule&, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  Tally tally;
  for (const FileGap& gap : inventory->certificate_gaps) tally.Unknown(gap.why, gap.how);
  AddKubeconfigGaps(*inventory, tally);
  std::map<std::string, const HeldCertificates*> first;
  for (const HeldCertificates& held : inventory->certificates) {
    if (held.use == FileUse::kCa) continue;
    const Certificate& leaf = held.leaf();
    Evidence evidence = CertificateEvidence(held, leaf, "subject", leaf.subject);
    auto [at, added] = first.try_emplace(leaf.public_key_sha256, &held);
    const Certificate& other = at->second->leaf();
    if (added || other.subject == leaf.subject) {
      tally.Good(std::move(evidence));
    } else {
      tally.Bad(std::move(evidence),
                fmt::format("{} and {} have one private key", Describe(*at->second, other),
                            Describe(held, leaf)));
    }
  }
  return std::move(tally).Done("there is no certificate on this node");
}

constexpr const char* kPki = "https://kubernetes.io/docs/setup/best-practices/certificates/";

constexpr Rule kRules[] = {
    {.id = "certificate-keys-match",
     .title = "Every certificate is named together with its own private key",
     .row = "2a",
     .severity = Severity::kHigh,
     .check = PairsMatch,
     .expected = "the same public key in both",
     .remedy = "put the key that {where} was issued for beside it",
     .why = "The component does not start, or the connection fails, with a key of another "
            "certificate.",
     .link = kPki},
    {.id = "certificates-signed-by-configured-ca",
     .title = "Certificates are signed by the CA that the other side verifies them with",
     .row = "2a",
     .severity = Severity::kHigh,
     .check = ChainsHold,
     .expected = "a chain to the configured CA",
     .remedy = "issue {where} anew from the CA that the other side is given, or give the other "
               "side both CAs",
     .why = "The connection fails, and the usual way out is to switch verification off.",
     .link = kPki},
    {.id = "serving-certificates-usable",
     .title = "Serving certificates are for servers and name the hosts that they serve",
     .row = "2a",
     .severity = Severity::kHigh,
     .check = ServingUsable,
     .expected = "subject alternative names, and the usage serverAuth",
     .remedy =
         "issue {where} anew with subject alternative names and extended key usage serverAuth",
     .why = "Clients only look at subject alternative names: without one nobody can verify the "
            "server.",
     .link = kPki},
    {.id = "client-certificates-usable",
     .title = "Client certificates are for clients",
     .row = "2a",
     .severity = Severity::kHigh,
     .check = ClientsUsable,
     .expected = "the usage clientAuth",
     .remedy = "issue {where} anew with extended key usage clientAuth",
     .why = "Servers refuse a certificate that is not for clients.",
     .link = kPki},
    {.id = "no-system-masters-certificates",
     .title = "No certificate on the node is of the group system:masters",
     .row = "3b",
     .severity = Severity::kMedium,
     .check = NoSystemMasters,
     .expected = "no O=system:masters",
     .remedy = "move {where} off the node into a safe place, and use certificates of a group that "
               "RBAC binds",
     .why = "The group passes by RBAC altogether, so that its rights cannot be taken away and its "
            "certificates not be revoked.",
     .link = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"},
    {.id = "ca-keys-only-where-they-sign",
     .title = "CA keys lie only on nodes that sign with them",
     .row = "2a",
     .severity = Severity::kCritical,
     .check = CaKeysWhereTheySign,
     .expected = "no CA key on other nodes",
     .remedy = "shred -u {where}, after a copy lies in a safe place",
     .why = "Whoever reads a CA's key can issue any identity of the cluster.",
     .link = kPki},
    {.id = "private-keys-not-shared",
     .title = "Every certificate has a private key of its own",
     .row = "2a",
     .severity = Severity::kMedium,
     .check = KeysNotShared,
     .expected = "one key for each certificate",
     .remedy = "issue {where} anew with a fresh key",
     .why = "One stolen key then opens everything that shares it.",
     .link = kPki},
};

}  // namespace

std::span<const Rule> PkiRules() { return kRules; }

}  // namespace seawall::rules
