// What two API servers must have alike.
#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"
#include "cluster/admission.h"
#include "cluster/authentication.h"
#include "cluster/authorization.h"
#include "cluster/kinds/load.h"
#include "rules/checks.h"
#include "rules/whole/facts.h"

namespace seawall::rules::whole {
namespace {

using cluster::Component;
using cluster::Node;
namespace kinds = cluster::kinds;

std::string Digest(std::string_view text) {
  const auto digest = Sha256(text);
  return Hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

/// A digest that is worth nothing outside of this process: secrets are compared by it.
std::string SaltedDigest(std::string_view text) {
  static const std::string salt = [] {
    std::string bytes(32, '\0');
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      bytes.assign(32, 's');  // what is made with it is never shown
    return bytes;
  }();
  return Digest(salt + Digest(salt + std::string(text)));
}

/// What a document says, however it is written: without comments, order of keys, quotes.
void Canonical(const yaml::Value& value, std::string& out) {
  if (value.is_mapping()) {
    std::map<std::string, std::string> fields;
    for (const yaml::Value::Pair& pair : value.Pairs()) {
      std::string inner;
      Canonical(pair.value, inner);
      fields[pair.key.KeyText()] = std::move(inner);
    }
    out += '{';
    for (const auto& [key, inner] : fields) out += fmt::format("{}:{}{}", key.size(), key, inner);
    out += '}';
  } else if (value.is_sequence()) {
    out += '[';
    for (const yaml::Value& item : value.Items()) Canonical(item, out);
    out += ']';
  } else if (value.is_null()) {
    out += '~';
  } else {
    out += fmt::format("{}:{}", value.text().size(), value.text());
  }
}

enum class Holds : uint8_t { kNoSecret, kSecrets };

/// What the file behind a setting says.
Fact FileFact(const Node& node, const Component& server, std::string_view name, Holds holds) {
  const kinds::LocatedFile file = kinds::Locate(node, server, name);
  const std::string shown = NameOf(server, file.setting);
  if (file.state == kinds::LoadState::kNotSet) {
    Fact none = SettingFact(server, name);
    none.value = "no file";
    return none;
  }
  if (file.state != kinds::LoadState::kLoaded) return UnknownFact(shown, file.why, file.how);
  std::string text;
  for (size_t i = 0; i < file.stream->documents(); ++i) Canonical(file.stream->root(i), text);
  Fact fact;
  fact.state = Fact::State::kKnown;
  fact.setting = shown;
  fact.origin = "file";
  fact.place.file = file.host_path;
  fact.same = SaltedDigest(text);
  fact.value = file.path;
  if (holds == Holds::kNoSecret)
    fact.value += fmt::format(" (content {}…)", Digest(text).substr(0, 12));
  return fact;
}

std::string ProviderText(const kinds::EncryptionProvider& provider) {
  std::vector<std::string> names;
  for (const kinds::EncryptionKey& key : provider.keys) names.push_back(key.name.value);
  if (provider.type == kinds::ProviderType::kKms)
    names.push_back(fmt::format("{} {}", provider.kms.name.value, provider.kms.api_version.value));
  return names.empty() ? ToString(provider.type)
                       : fmt::format("{}({})", ToString(provider.type), Join(names, ","));
}

/// Resources with their providers and keys in order; keys by name, their bytes only in the digest.
Fact EncryptionFact(const Node& node, const Component& server) {
  constexpr const char* kFlag = "encryption-provider-config";
  Fact whole = FileFact(node, server, kFlag, Holds::kSecrets);
  const auto loaded = kinds::LoadEncryption(node, server);
  if (loaded.state == kinds::LoadState::kNotSet) {
    whole.value = "no encryption";
    return whole;
  }
  if (!loaded.view) return UnknownFact(whole.setting, loaded.why, loaded.how);
  std::vector<std::string> entries;
  for (const kinds::EncryptionResources& entry : loaded->resources) {
    std::vector<std::string> resources;
    std::vector<std::string> providers;
    for (const auto& resource : entry.resources) resources.push_back(resource.value);
    for (const auto& provider : entry.providers) providers.push_back(ProviderText(provider));
    entries.push_back(Join(resources, ",") + ": " + Join(providers, " then "));
  }
  whole.value = PrintableShort(Join(entries, "; "), 400);
  return whole;
}

Fact AuthorizationFact(const Node& node, const Component& server) {
  const auto chain = cluster::EffectiveAuthorization(node, server);
  const std::string shown = NameOf(server, chain.setting);
  if (!chain.known) return UnknownFact(shown, chain.why, chain.how);
  Fact fact;
  fact.state = Fact::State::kKnown;
  fact.setting = shown;
  fact.origin = ToString(chain.setting.origin.kind);
  fact.place = chain.setting.origin.place;
  for (const auto& authorizer : chain.authorizers) fact.items.push_back(authorizer.type);
  fact.value = Join(fact.items, ",");
  fact.same = fact.value;
  return fact;
}

Fact AdmissionFact(const Component& server) {
  const auto plugins = cluster::AdmissionPlugins(server);
  constexpr const char* kSetting = "--enable-admission-plugins";
  if (plugins.empty()) {
    return UnknownFact(kSetting, "which plugins run is not known without kube-apiserver's version",
                       "say it with --component-version kube-apiserver=VERSION");
  }
  Fact fact = SettingFact(server, "enable-admission-plugins", Order::kDoesNotMatter);
  fact.state = Fact::State::kKnown;
  fact.items.clear();
  // What is switched off makes the difference, too.
  if (const cluster::Setting off = server.Get("disable-admission-plugins");
      off.known() && !off.items.empty()) {
    fact.value += fmt::format("{}without {}", fact.value.empty() ? "" : ", ", off.text);
  }
  for (const auto& [name, use] : plugins) {
    if (use.state == cluster::PluginState::kUnknown)
      return UnknownFact(kSetting, use.setting.why, use.setting.how);
    if (use.state == cluster::PluginState::kOn) fact.items.push_back(name);
  }
  fact.same = Join(fact.items, ",");
  return fact;
}

Fact AnonymousFact(const Node& node, const Component& server) {
  const auto anonymous = cluster::EffectiveAnonymous(node, server);
  const std::string shown = NameOf(server, anonymous.setting);
  using State = cluster::AnonymousAccess::State;
  if (anonymous.state == State::kUnknown) return UnknownFact(shown, anonymous.why, anonymous.how);
  Fact fact;
  fact.state = Fact::State::kKnown;
  fact.setting = shown;
  fact.origin = ToString(anonymous.setting.origin.kind);
  fact.place = anonymous.setting.origin.place;
  for (const auto& path : anonymous.paths) fact.items.push_back(path.text);
  std::ranges::sort(fact.items);
  fact.value = anonymous.state == State::kOff  ? "off"
               : anonymous.state == State::kOn ? "on"
                                               : "on for " + Join(fact.items, ", ");
  fact.same = fact.value;
  return fact;
}

/// Adds the public half of each key in a file; the reason why not, or "".
std::string AddPublicKeys(const Node& node, const std::string& path,
                          std::vector<std::string>& keys) {
  const auto& first = node.Key(path);
  if (!first) return first.error().ToString();
  if (first->public_key_sha256.empty()) return path + " is protected with a passphrase";
  keys.push_back(first->public_key_sha256);
  // --service-account-key-file may hold several, of which Key() tells one.
  constexpr std::string_view kBegin = "-----BEGIN ";
  auto bytes = node.files->Read(path);
  if (!bytes) return bytes.error().ToString();
  for (size_t at = bytes->find(kBegin); at != std::string::npos;) {
    const size_t next = bytes->find(kBegin, at + kBegin.size());
    const auto block = std::string_view(*bytes).substr(at, next - at);
    if (const auto key = x509::ReadKey(block, path); key && !key->public_key_sha256.empty())
      keys.push_back(key->public_key_sha256);
    at = next;
  }
  x509::Wipe(*bytes);
  return "";
}

/// Which public keys verify service account tokens.
Fact TokenKeysFact(const Node& node, const Component& server) {
  Fact fact = SettingFact(server, "service-account-key-file");
  if (fact.state != Fact::State::kKnown) return fact;
  std::vector<std::string> keys;
  for (const std::string& path : fact.items) {
    const auto host = server.HostPath(path);
    if (!host)
      return UnknownFact(fact.setting, path + " is no file of the node",
                         "look inside the container");
    if (std::string why = AddPublicKeys(node, *host, keys); !why.empty())
      return UnknownFact(fact.setting, std::move(why), "compare the public keys on the nodes");
  }
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());
  std::vector<std::string> shown;
  for (const std::string& key : keys) shown.push_back(key.substr(0, 16) + "…");
  fact.value = keys.empty() ? "no keys" : "public keys SHA-256 " + Join(shown, ", ");
  fact.same = Join(keys, ",");
  fact.items = std::move(keys);
  return fact;
}

/// Whether there is one at all; where it lies is each node's own matter.
Fact WhetherSet(const Component& server, std::string_view setting) {
  Fact fact = SettingFact(server, setting);
  if (fact.state == Fact::State::kKnown) fact.same = fact.value.empty() ? "unset" : "set";
  if (fact.state == Fact::State::kKnown && fact.value.empty()) fact.value = "not set";
  return fact;
}

}  // namespace

void AddApiServerFacts(const Node& node, const Component& server, const std::string& secrets_key,
                       ComponentFacts& facts) {
  auto& all = facts.facts;
  for (const std::string_view setting :
       {"tls-min-version", "enable-bootstrap-token-auth", "oidc-issuer-url", "oidc-client-id",
        "oidc-username-claim", "oidc-username-prefix", "oidc-groups-claim", "oidc-groups-prefix",
        "service-account-issuer", "service-account-lookup", "requestheader-username-headers",
        "requestheader-group-headers"})
    all.Set(setting, SettingFact(server, setting));
  for (const std::string_view setting : {"tls-cipher-suites", "requestheader-allowed-names",
                                         "api-audiences", "etcd-servers", "etcd-servers-overrides"})
    all.Set(setting, SettingFact(server, setting, Order::kDoesNotMatter));
  for (const std::string_view setting :
       {"token-auth-file", "authentication-token-webhook-config-file", "audit-log-path",
        "audit-webhook-config-file"})
    all.Set(setting, WhetherSet(server, setting));
  for (const std::string_view setting : {"audit-policy-file", "authorization-config",
                                         "authentication-config", "admission-control-config-file"})
    all.Set(setting, FileFact(node, server, setting, Holds::kNoSecret));
  for (const std::string_view setting : {"client-ca-file", "requestheader-client-ca-file",
                                         "kubelet-certificate-authority", "etcd-cafile"})
    all.Set(setting, FactOf(*facts.chains.Find(setting)));
  Fact encryption = EncryptionFact(node, server);
  encryption.secrets_key = secrets_key;
  all.Set("encryption", std::move(encryption));
  all.Set("authorization", AuthorizationFact(node, server));
  all.Set("admission", AdmissionFact(server));
  all.Set("anonymous", AnonymousFact(node, server));
  all.Set("service-account-key-file", TokenKeysFact(node, server));
}

}  // namespace seawall::rules::whole
