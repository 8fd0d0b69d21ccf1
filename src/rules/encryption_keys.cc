// Recipe row 6b, the keys of the encryption configuration: their length, their randomness, their
// names and their age.
#include <fmt/format.h>

#include <map>
#include <set>

#include "base/text.h"
#include "rules/control_plane_rules.h"
#include "rules/encryption_file.h"

namespace seawall::rules {
namespace {

using cluster::kinds::EncryptionKey;
using cluster::kinds::EncryptionProvider;
using cluster::kinds::ProviderType;

constexpr const char* kEncrypting =
    "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/";

/// "key1", never its bytes.
Evidence EvidenceOfKey(const EncryptionKey& key) {
  return EvidenceIn("keys.name", key.name.value, key.secret_place);
}

constexpr const char* kNoLocalKeys = "the file holds no keys";

Outcome KeysAreLong(const Rule&, const Context& context) {
  return ForProviders(context, kNoLocalKeys, [](const EncryptionProvider& provider, Tally& tally) {
    for (const EncryptionKey& key : provider.keys) {
      const std::string name = PrintableShort(key.name.value, 60);
      if (!key.decodable) {
        tally.Unknown(fmt::format("the key \"{}\" is no base64", name), "mend it");
      } else if (key.length != 32) {
        tally.Bad(EvidenceOfKey(key), fmt::format("the key \"{}\" has {} bytes", name, key.length));
      } else {
        tally.Good(EvidenceOfKey(key));
      }
    }
  });
}

Outcome KeysAreRandom(const Rule&, const Context& context) {
  constexpr size_t kFewestDifferentBytes =
      10;  // 16 random bytes have fewer once in a billion times
  return ForProviders(context, kNoLocalKeys, [](const EncryptionProvider& provider, Tally& tally) {
    for (const EncryptionKey& key : provider.keys) {
      const std::string name = PrintableShort(key.name.value, 60);
      if (!key.decodable) {
        tally.Unknown(fmt::format("the key \"{}\" is no base64", name), "mend it");
      } else if (key.published) {
        tally.Bad(EvidenceOfKey(key),
                  fmt::format("the key \"{}\" is an example from the documentation", name));
      } else if (key.printable) {
        tally.Bad(EvidenceOfKey(key), fmt::format("the key \"{}\" is text, not random", name));
      } else if (key.distinct_bytes < kFewestDifferentBytes) {
        tally.Bad(EvidenceOfKey(key),
                  fmt::format("the key \"{}\" repeats a few bytes, and is not random", name));
      } else {
        tally.Good(EvidenceOfKey(key));
      }
    }
  });
}

/// The same secret is fine under the same name and provider in another entry; elsewhere it pretends
/// to be another key.
Outcome KeysDiffer(const Rule&, const Context& context) {
  std::map<size_t, std::pair<ProviderType, std::string>> seen;
  return ForProviders(context, kNoLocalKeys, [&](const EncryptionProvider& provider, Tally& tally) {
    std::set<size_t> here;
    for (const EncryptionKey& key : provider.keys) {
      if (key.secret_id == 0) continue;
      const std::string name = PrintableShort(key.name.value, 60);
      const auto [it, fresh] = seen.try_emplace(key.secret_id, provider.type, key.name.value);
      const bool same_place =
          it->second.first == provider.type && it->second.second == key.name.value;
      if (!here.insert(key.secret_id).second || (!fresh && !same_place)) {
        tally.Bad(EvidenceOfKey(key), fmt::format("the key \"{}\" is \"{}\" again", name,
                                                  PrintableShort(it->second.second, 60)));
      } else {
        tally.Good(EvidenceOfKey(key));
      }
    }
  });
}

Outcome KeyNamesDiffer(const Rule&, const Context& context) {
  return ForProviders(context, kNoLocalKeys, [](const EncryptionProvider& provider, Tally& tally) {
    std::set<std::string_view> names;
    for (const EncryptionKey& key : provider.keys) {
      if (names.insert(key.name.value).second) {
        tally.Good(EvidenceOfKey(key));
      } else {
        tally.Bad(EvidenceOfKey(key),
                  fmt::format("two keys are called \"{}\"", PrintableShort(key.name.value, 60)));
      }
    }
  });
}

Outcome KeysAreChanged(const Rule&, const Context& context) {
  const EncryptionFile asked = LoadEncryptionFile(context, Verdict::kNotApplicable);
  if (asked.end) return *asked.end;
  return Unknown("how long the key that writes has been in use is not written anywhere",
                 "look in your records when it was made, and rotate it once a year and whenever "
                 "somebody who knew it leaves",
                 {EvidenceOf(asked.loaded.setting)});
}

constexpr Rule kRules[] = {
    {.id = "encryption-key-length",
     .title = "Encryption keys have 32 bytes",
     .row = "6b",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = KeysAreLong,
     .setting = "encryption-provider-config",
     .expected = "32 bytes (head -c 32 /dev/urandom | base64)",
     .remedy = "add a key of 32 random bytes, rotate to it, and take the short one away at {where}",
     .why = "Shorter keys are within reach of later computers, while backups live on.",
     .link = kEncrypting},
    {.id = "encryption-keys-random",
     .title = "Encryption keys are random",
     .row = "6b",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = KeysAreRandom,
     .setting = "encryption-provider-config",
     .expected = "keys from /dev/urandom, not text and not examples",
     .remedy = "add a key of head -c 32 /dev/urandom | base64, rotate to it, and take the weak one "
               "away at {where}",
     .why = "Keys that can be guessed or looked up protect nothing.",
     .link = kEncrypting},
    {.id = "encryption-keys-differ",
     .title = "No encryption key stands there twice under other names",
     .row = "6b",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = KeysDiffer,
     .setting = "encryption-provider-config",
     .expected = "different bytes for each name and provider",
     .remedy = "put a new random key in the place of the repeated one at {where}",
     .why = "A rotation from a key to itself looks done and changes nothing.",
     .link = kEncrypting},
    {.id = "encryption-key-names-differ",
     .title = "No two encryption keys of a provider have the same name",
     .row = "6b",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = KeyNamesDiffer,
     .setting = "encryption-provider-config",
     .expected = "a name for each key",
     .remedy = "give the newer key a name of its own at {where}",
     .why = "What is stored names its key: with two of one name nobody knows which of them is "
            "still needed.",
     .link = kEncrypting},
    {.id = "encryption-keys-rotated",
     .title = "Encryption keys are changed from time to time",
     .row = "6b",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .manual = true,
     .check = KeysAreChanged,
     .setting = "encryption-provider-config",
     .expected = "a key is in use for a year at most",
     .remedy = "add a new key second, restart all API servers, move it first, restart again, "
               "rewrite everything, and take the old one away at {where}",
     .why = "An old key is known to everybody who ever had a backup.",
     .link = kEncrypting},
};

}  // namespace

std::span<const Rule> EncryptionKeyRules() { return kRules; }

}  // namespace seawall::rules
