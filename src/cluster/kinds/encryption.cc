#include "cluster/kinds/encryption.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <map>
#include <set>

#include "base/base64.h"
#include "cluster/kinds/decode.h"
#include "cluster/kinds/encryption_check.h"
#include "x509/certificate.h"

namespace seawall::cluster::kinds {
namespace {

constexpr Field kKeyFields[] = {{"name", FieldType::kString}, {"secret", FieldType::kString}};
constexpr Shape kKey{kKeyFields};
constexpr Field kKeysFields[] = {{"keys", FieldType::kObject, true, &kKey}};
constexpr Shape kKeys{kKeysFields};
constexpr Shape kNothing{};
constexpr Field kKmsFields[] = {{"apiVersion", FieldType::kString},
                                {"name", FieldType::kString},
                                {"cachesize", FieldType::kInt32},
                                {"endpoint", FieldType::kString},
                                {"timeout", FieldType::kDurationPointer}};
constexpr Shape kKms{kKmsFields};
constexpr Field kProviderFields[] = {{"aesgcm", FieldType::kObject, false, &kKeys},
                                     {"aescbc", FieldType::kObject, false, &kKeys},
                                     {"secretbox", FieldType::kObject, false, &kKeys},
                                     {"identity", FieldType::kObject, false, &kNothing},
                                     {"kms", FieldType::kObject, false, &kKms}};
constexpr Shape kProvider{kProviderFields};
constexpr Field kEntryFields[] = {{"resources", FieldType::kString, true},
                                  {"providers", FieldType::kObject, true, &kProvider}};
constexpr Shape kEntry{kEntryFields};
constexpr Field kRootFields[] = {{"resources", FieldType::kObject, true, &kEntry}};
constexpr Shape kRoot{kRootFields};

constexpr KnownVersion kVersions[] = {{"apiserver.config.k8s.io/v1", 13}};

/// Keys that upstream's documentation and source comments print as examples.
constexpr std::string_view kPublished[] = {
    "secret is secure", "this is password", "abcdefghijklmnopqrstuvwxyz123456",
    "secret is secure, or is it?\n", "secret is secure, I think"};

/// Gives equal keys equal numbers. Holds keys while one file is read and wipes them.
class Secrets {
 public:
  Secrets() = default;
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;
  ~Secrets() {
    while (!ids_.empty()) {
      auto node = ids_.extract(ids_.begin());
      x509::Wipe(node.key());
    }
  }
  size_t IdOf(std::string&& secret) {
    const auto [it, fresh] = ids_.try_emplace(std::move(secret), ids_.size() + 1);
    if (!fresh) x509::Wipe(secret);
    return it->second;
  }

 private:
  std::map<std::string, size_t> ids_;
};

EncryptionKey ReadKey(const yaml::Value& value, Secrets& secrets) {
  EncryptionKey key;
  key.name = Text(value, "name");
  const yaml::Value text = value["secret"];
  key.secret_place = text.exists() ? text.place() : value.place();
  if (!text.is_scalar() || text.text().empty()) return key;
  std::optional<std::string> secret = DecodeBase64(text.text());
  if (!secret) return key;
  key.decodable = true;
  key.length = secret->size();
  std::bitset<256> seen;
  key.printable = !secret->empty();
  for (const char c : *secret) {
    seen.set(static_cast<unsigned char>(c));
    const bool blank = c == '\n' || c == '\t' || c == '\r';
    if (!blank && (c < 0x20 || c == 0x7F)) key.printable = false;
  }
  key.distinct_bytes = seen.count();
  key.published = IsPublishedKey(*secret);
  key.secret_id = secrets.IdOf(std::move(*secret));
  return key;
}

EncryptionProvider ReadProvider(const yaml::Value& value, Secrets& secrets) {
  static constexpr struct {
    const char* field;
    ProviderType type;
  } kTypes[] = {
      // upstream's order: what counts when more than one is given, until it refuses the file
      {"kms", ProviderType::kKms},
      {"aesgcm", ProviderType::kAesGcm},
      {"aescbc", ProviderType::kAesCbc},
      {"secretbox", ProviderType::kSecretbox},
      {"identity", ProviderType::kIdentity}};
  EncryptionProvider provider;
  provider.place = value.place();
  for (const auto& t : kTypes) {
    const yaml::Value section = value[t.field];
    if (!section.exists() || section.is_null()) continue;
    provider.type = t.type;
    for (const yaml::Value& key : section["keys"].Items()) {
      provider.keys.push_back(ReadKey(key, secrets));
    }
    if (t.type == ProviderType::kKms) {
      auto& kms = provider.kms;
      kms.api_version = Text(section, "apiVersion", "v1");
      if (kms.api_version->empty()) kms.api_version.value = "v1";
      kms.name = Text(section, "name");
      kms.endpoint = Text(section, "endpoint");
      kms.timeout = Text(section, "timeout", "3s");
      kms.cache_size = Number(section, "cachesize", *kms.api_version == "v1" ? 1000 : 0);
    }
    break;
  }
  return provider;
}

}  // namespace

bool IsPublishedKey(std::string_view key) {
  return std::ranges::find(kPublished, key) != std::end(kPublished);
}

const char* ToString(ProviderType type) {
  switch (type) {
    case ProviderType::kNone:
      return "none";
    case ProviderType::kIdentity:
      return "identity";
    case ProviderType::kAesCbc:
      return "aescbc";
    case ProviderType::kAesGcm:
      return "aesgcm";
    case ProviderType::kSecretbox:
      return "secretbox";
    case ProviderType::kKms:
      return "kms";
  }
  return "none";
}

bool EncryptionResources::Covers(std::string_view resource) const {
  const GroupResource wanted = ParseGroupResource(resource);
  for (const auto& r : resources) {
    const GroupResource here = ParseGroupResource(*r);
    if (here == wanted ||
        (here.resource == "*" && (here.group == "*" || here.group == wanted.group))) {
      return true;
    }
  }
  return false;
}

const EncryptionProvider* EncryptionConfiguration::WriterOf(std::string_view resource) const {
  for (const EncryptionResources& entry : resources) {
    if (!entry.Covers(resource)) continue;
    return entry.providers.empty() ? nullptr : &entry.providers.front();
  }
  return nullptr;
}

Result<EncryptionConfiguration> ReadEncryption(const yaml::Stream& stream, const Reader& reader) {
  EncryptionConfiguration view;
  Decoder d(view, reader, Strictness::kStrict);
  const yaml::Value root = stream.root();
  if (auto header = d.Header(root, "EncryptionConfiguration", kVersions); !header) {
    return std::unexpected(std::move(header.error()));
  }
  d.Duplicates(root);
  d.Check(root, kRoot);
  Secrets secrets;
  size_t index = 0;
  for (const yaml::Value& item : root["resources"].Items()) {
    EncryptionResources entry;
    entry.place = item.place();
    entry.resources = Texts(item, "resources");
    const std::string path = FieldPath(At("resources", index++), "providers");
    for (const yaml::Value& provider : item["providers"].Items()) {
      CheckOneProvider(d, At(path, entry.providers.size()), provider);
      entry.providers.push_back(ReadProvider(provider, secrets));
    }
    view.resources.push_back(std::move(entry));
  }
  CheckEncryption(d, view);
  return view;
}

}  // namespace seawall::cluster::kinds
