// EncryptionConfiguration: --encryption-provider-config of kube-apiserver. Key bytes are looked at
// and wiped.
#pragma once

#include "cluster/kinds/view.h"
#include "yaml/document.h"

namespace seawall::cluster::kinds {

struct EncryptionKey {
  Placed<std::string> name;
  Place secret_place;
  size_t length = 0;  ///< bytes after base64; 0 when it could not be decoded
  bool decodable = false;
  size_t secret_id =
      0;  ///< keys of one file with equal bytes have equal numbers (1, 2, …); 0 when not decodable
  size_t distinct_bytes = 0;  ///< how many different byte values it has: 1 for "aaaa…"
  bool printable = false;  ///< all printable ASCII: typed by a person or made from text, not random
  bool published = false;  ///< a key that upstream's documentation prints as an example
};

/// Whether upstream's documentation or source prints these bytes as an example.
bool IsPublishedKey(std::string_view key);

enum class ProviderType : uint8_t { kNone, kIdentity, kAesCbc, kAesGcm, kSecretbox, kKms };
const char* ToString(
    ProviderType type);  ///< "identity", "aescbc", "aesgcm", "secretbox", "kms", "none"

struct EncryptionProvider {
  ProviderType type = ProviderType::kNone;
  std::vector<EncryptionKey> keys;  ///< aescbc, aesgcm, secretbox; the first one writes
  struct Kms {
    Placed<std::string> api_version;  ///< "v1" when not written
    Placed<std::string> name, endpoint;
    Placed<std::string> timeout;  ///< "3s" when not written
    Placed<int64_t> cache_size;   ///< 1000 when not written (v1 only)
  } kms;
  Place place;
};

struct EncryptionResources {
  std::vector<Placed<std::string>> resources;  ///< "secrets", "*.", "*.apps", "*.*"
  std::vector<EncryptionProvider> providers;   ///< the first one writes
  Place place;

  /// Whether this entry speaks of `resource` ("secrets", "deployments.apps"), wildcards included.
  bool Covers(std::string_view resource) const;
};

struct EncryptionConfiguration : View {
  std::vector<EncryptionResources> resources;

  /// The provider that writes `resource`: the first of the first entry that covers it; nullptr: it
  /// is stored as it is.
  const EncryptionProvider* WriterOf(std::string_view resource) const;
};

Result<EncryptionConfiguration> ReadEncryption(const yaml::Stream& stream,
                                               const Reader& reader = {});

}  // namespace seawall::cluster::kinds
