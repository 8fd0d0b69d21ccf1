#include "rules/whole/facts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rules/checks.h"

namespace seawall::rules::whole {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::Node;
using cluster::Setting;
using cluster::SettingState;

constexpr size_t kMostNames = 16;  ///< of a node; hostile certificates may hold any number

Chain NoChain(std::string setting, std::string why, std::string how) {
  Chain chain;
  chain.setting = std::move(setting);
  chain.why = std::move(why);
  chain.how = std::move(how);
  return chain;
}

Chain HostChain(const Node& node, std::string setting, const std::string& path) {
  const auto& read = node.Certificates(path);
  if (!read) {
    FileGap gap = GapOf(setting, read.error());
    return NoChain(std::move(setting), std::move(gap.why), std::move(gap.how));
  }
  Chain chain;
  chain.state = Chain::State::kKnown;
  chain.setting = std::move(setting);
  chain.place.file = path;
  for (const x509::Certificate& certificate : *read)
    chain.certificates.push_back(std::make_shared<const x509::Certificate>(certificate));
  return chain;
}

Chain DataChain(std::string setting, const Place& place, const std::string& file,
                const std::vector<x509::Certificate>& list) {
  if (list.empty()) {
    return NoChain(std::move(setting), file + " holds no certificate there that can be read",
                   "decode it with \"base64 -d | openssl x509 -noout -text\"");
  }
  Chain chain;
  chain.state = Chain::State::kKnown;
  chain.setting = std::move(setting);
  chain.place = place;
  if (chain.place.file.empty()) chain.place.file = file;
  chain.in_kubeconfig = true;
  for (const x509::Certificate& certificate : list)
    chain.certificates.push_back(std::make_shared<const x509::Certificate>(certificate));
  return chain;
}

/// What a component shows to the API server, and what it verifies it with.
void AddKubeconfigChains(const Node& node, const Component& component, const Inventory& inventory,
                         ComponentFacts& facts) {
  Chain none;
  none.state = Chain::State::kNone;
  const Setting named = component.Get("kubeconfig");
  const bool nothing = named.nothing_by_default || named.state == SettingState::kAbsent ||
                       (named.known() && named.text.empty());
  if (nothing) {  // a kubelet that runs etcd and knows no API server
    facts.chains.Set("client", none);
    facts.chains.Set("client-ca", none);
    return;
  }
  const HeldKubeconfig* held = inventory.KubeconfigOf(component, "kubeconfig");
  if (held == nullptr) {
    const Chain gap = NoChain("kubeconfig", "its kubeconfig could not be read",
                              "run seawall as root, and see what it says of that file");
    facts.chains.Set("client", gap);
    facts.chains.Set("client-ca", gap);
    return;
  }
  const auto path = [&](const std::string& written) { return held->HostPath(written); };
  if (const auto* user = held->view->CurrentUser()) {
    if (user->has_certificate_data) {
      facts.chains.Set("client", DataChain("client-certificate-data", user->certificate_data_place,
                                           held->path, user->certificates));
    } else if (const auto host = path(user->client_certificate.value);
               host && !user->client_certificate.value.empty()) {
      facts.chains.Set("client", HostChain(node, "client-certificate", *host));
    } else {
      facts.chains.Set("client", none);
    }
  }
  if (const auto* server = held->view->CurrentCluster()) {
    if (server->has_ca_data) {
      facts.chains.Set("client-ca", DataChain("certificate-authority-data", server->ca_data_place,
                                              held->path, server->ca));
    } else if (const auto host = path(server->certificate_authority.value);
               host && !server->certificate_authority.value.empty()) {
      facts.chains.Set("client-ca", HostChain(node, "certificate-authority", *host));
    } else {
      facts.chains.Set("client-ca", none);
    }
  }
}

/// What the kubelet serves with: a file of its configuration, one that the cluster signed, or one
/// that it made for itself.
Chain KubeletServing(const Node& node, const Component& kubelet) {
  Chain named = SettingChain(node, kubelet, "tlsCertFile");
  if (named.state != Chain::State::kNone) return named;
  const Setting folder = kubelet.Get("cert-dir");
  const Setting signed_by_cluster = kubelet.Get("serverTLSBootstrap");
  if (!folder.known() || !signed_by_cluster.known()) {
    const Setting& doubt = folder.known() ? signed_by_cluster : folder;
    return NoChain("cert-dir", NameOf(kubelet, doubt) + " is not known: " + doubt.why, doubt.how);
  }
  const std::string base = folder.text.empty() ? "/var/lib/kubelet/pki" : folder.text;
  const bool bootstrap = signed_by_cluster.text == "true";
  return HostChain(node, bootstrap ? "serverTLSBootstrap" : "cert-dir",
                   base + (bootstrap ? "/kubelet-server-current.pem" : "/kubelet.crt"));
}

void AddChains(const Node& node, const Component& component, const Inventory& inventory,
               ComponentFacts& facts) {
  const auto add = [&](std::initializer_list<std::string_view> settings) {
    for (const std::string_view setting : settings)
      facts.chains.Set(setting, SettingChain(node, component, setting));
  };
  switch (component.kind) {
    case ComponentKind::kApiServer:
      add({"tls-cert-file", "client-ca-file", "kubelet-client-certificate",
           "kubelet-certificate-authority", "etcd-certfile", "etcd-cafile",
           "requestheader-client-ca-file"});
      break;
    case ComponentKind::kEtcd:
      add({"cert-file", "trusted-ca-file", "peer-cert-file", "peer-trusted-ca-file"});
      break;
    case ComponentKind::kControllerManager:
      add({"cluster-signing-cert-file", "root-ca-file"});
      AddKubeconfigChains(node, component, inventory, facts);
      break;
    case ComponentKind::kScheduler:
      AddKubeconfigChains(node, component, inventory, facts);
      break;
    case ComponentKind::kKubelet:
      add({"authentication.x509.clientCAFile"});
      facts.chains.Set("serving", KubeletServing(node, component));
      AddKubeconfigChains(node, component, inventory, facts);
      break;
    case ComponentKind::kProxy:
      break;
  }
}

void AddSettings(const Component& component, ComponentFacts& facts) {
  const auto add = [&](std::initializer_list<std::string_view> settings, Order order) {
    for (const std::string_view setting : settings)
      facts.facts.Set(setting, SettingFact(component, setting, order));
  };
  if (component.kind != ComponentKind::kEtcd) return;
  add({"name", "initial-cluster-token", "initial-cluster-state", "client-cert-auth",
       "peer-client-cert-auth", "auto-tls", "peer-auto-tls", "tls-min-version"},
      Order::kMatters);
  add({"initial-cluster", "initial-advertise-peer-urls", "advertise-client-urls",
       "listen-client-urls", "cipher-suites"},
      Order::kDoesNotMatter);
}

/// The public half of the key that signs service account tokens.
void AddTokenKeys(const Node& node, const Component& component, ComponentFacts& facts) {
  const char* topic = component.kind == ComponentKind::kApiServer
                          ? "service-account-signing-key-file"
                          : "service-account-private-key-file";
  Fact fact = SettingFact(component, topic);
  if (fact.state == Fact::State::kKnown && !fact.value.empty()) {
    const auto host = component.HostPath(fact.value);
    if (!host) {
      fact = UnknownFact(fact.setting, fact.value + " is no file of the node",
                         "look inside the container");
    } else if (const auto& key = node.Key(*host); !key || key->public_key_sha256.empty()) {
      fact = UnknownFact(
          fact.setting, key ? *host + " is protected with a passphrase" : key.error().ToString(),
          "compare its public half with --service-account-key-file on the node, as root");
    } else {
      fact.items = {key->public_key_sha256};
    }
  } else if (fact.state == Fact::State::kKnown) {
    fact.items.clear();
  }
  facts.facts.Set(topic, std::move(fact));
}

void AddNames(const Component& component, const ComponentFacts& facts, NodeFacts& node) {
  const auto add = [&](std::string_view name) {
    if (!name.empty() && node.also_called.size() < kMostNames) node.also_called.insert(Lower(name));
  };
  if (component.kind != ComponentKind::kKubelet) return;
  const Setting override = component.Get("hostname-override");
  if (override.known()) add(override.text);
  const Chain* client = facts.FindChain("client");
  if (client == nullptr || client->certificates.empty()) return;
  constexpr std::string_view kNodeUser = "system:node:";
  const std::string& name = client->certificates.front()->common_name;
  if (name.starts_with(kNodeUser)) add(std::string_view(name).substr(kNodeUser.size()));
}

void AddKeys(const Inventory& inventory, NodeFacts& facts) {
  std::set<std::string_view> seen;
  for (const HeldKey& held : inventory.keys) {
    if (!held.key->public_key_sha256.empty() && held.key->private_key &&
        seen.insert(held.path).second)
      facts.keys.push_back({held.key->public_key_sha256, held.path});
  }
  facts.key_gaps = inventory.key_gaps;
}

}  // namespace

Fact UnknownFact(std::string setting, std::string why, std::string how) {
  Fact fact;
  fact.setting = std::move(setting);
  fact.why = std::move(why);
  fact.how = std::move(how);
  return fact;
}

Fact SettingFact(const Component& component, std::string_view name, Order order) {
  const Setting setting = component.Get(name);
  const std::string shown = NameOf(component, setting);
  if (setting.state == SettingState::kUnknown && !setting.nothing_by_default)
    return UnknownFact(shown, fmt::format("{} is not known: {}", shown, setting.why), setting.how);
  Fact fact;
  fact.setting = shown;
  if (setting.state == SettingState::kAbsent) {
    fact.state = Fact::State::kAbsent;
    return fact;
  }
  fact.state = Fact::State::kKnown;
  fact.value = setting.text;
  fact.origin = ToString(setting.origin.kind);
  fact.place = setting.origin.place;
  for (const cluster::Item& item : setting.items) {
    // etcd's own flag for the list of members is text, which it splits itself: types.NewURLsMap.
    const bool members = name == "initial-cluster";
    if (!members) fact.items.push_back(item.text);
    for (const std::string_view member :
         members ? Split(item.text, ',') : std::vector<std::string_view>{})
      fact.items.emplace_back(Trim(member));
  }
  fact.same = setting.text;
  if (order == Order::kDoesNotMatter) {
    std::vector<std::string> sorted = fact.items;
    std::ranges::sort(sorted);
    fact.same = Join(sorted, ",");
  }
  return fact;
}

Chain SettingChain(const Node& node, const Component& component, std::string_view name) {
  const Setting setting = component.Get(name);
  const std::string shown = NameOf(component, setting);
  if (setting.state == SettingState::kAbsent || setting.nothing_by_default ||
      (setting.known() && setting.text.empty())) {
    Chain chain;
    chain.state = Chain::State::kNone;
    chain.setting = shown;
    chain.place = setting.origin.place;
    return chain;
  }
  if (!setting.known())
    return NoChain(shown, fmt::format("{} is not known: {}", shown, setting.why), setting.how);
  const auto host = component.HostPath(setting.text);
  if (!host) {
    return NoChain(
        shown,
        fmt::format("{} of {} is no file of the node", PrintableShort(setting.text, 150), shown),
        "look inside the container");
  }
  return HostChain(node, shown, *host);
}

Fact FactOf(const Chain& chain) {
  if (chain.state == Chain::State::kUnknown)
    return UnknownFact(chain.setting, chain.why, chain.how);
  Fact fact;
  fact.state = Fact::State::kKnown;
  fact.setting = chain.setting;
  fact.place = chain.place;
  fact.origin = "file";
  constexpr size_t kMostShown = 4;
  std::vector<std::string> prints;
  std::vector<std::string> shown;
  for (const CertificatePtr& certificate : chain.certificates) {
    prints.push_back(certificate->fingerprint_sha256);
    if (shown.size() < kMostShown) {
      shown.push_back(fmt::format("{} (SHA-256 {}…)", PrintableShort(certificate->subject, 80),
                                  certificate->fingerprint_sha256.substr(0, 16)));
    }
  }
  std::ranges::sort(prints);
  const auto repeated = std::ranges::unique(prints);
  prints.erase(repeated.begin(), repeated.end());
  if (chain.certificates.size() > kMostShown)
    shown.push_back(fmt::format("{} more", chain.certificates.size() - kMostShown));
  if (chain.state == Chain::State::kNone) {
    fact.origin = chain.place.file.empty() ? "default" : "flag";
    shown = {"not set"};
  }
  fact.value = Join(shown, ", ");
  fact.same = Join(prints, ",");
  fact.items = std::move(prints);
  return fact;
}

NodeFacts FactsOf(const Node& node, const Inventory& inventory, const std::string& secrets_key) {
  NodeFacts facts;
  facts.name = node.name;
  facts.by_api = node.by_api;
  facts.also_called.insert(Lower(node.name));
  if (node.files) {
    if (const std::string host = cluster::HostNameOf(*node.files); !host.empty())
      facts.also_called.insert(Lower(host));
  }
  for (const Component& component : node.components) {
    ComponentFacts own{
        component.kind, component.instance, component.version, component.where, {}, {}};
    AddChains(node, component, inventory, own);
    AddSettings(component, own);
    if (component.kind == ComponentKind::kApiServer)
      AddApiServerFacts(node, component, secrets_key, own);
    if (component.kind == ComponentKind::kApiServer ||
        component.kind == ComponentKind::kControllerManager)
      AddTokenKeys(node, component, own);
    AddNames(component, own, facts);
    facts.components.push_back(std::move(own));
  }
  if (!facts.Signs()) AddKeys(inventory, facts);
  for (const ComponentKind kind : cluster::kAllComponents) {
    if (const cluster::BlindSpot* spot = node.MayHide(kind))
      facts.may_hide.emplace(kind, spot->error);
  }
  return facts;
}

}  // namespace seawall::rules::whole
