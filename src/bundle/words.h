// What is known of single words: which names mean secrets, which values cannot be one. Private to
// this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/place.h"

namespace seawall::bundle {

/// A word of Kubernetes', etcd's or the shell's own language: no secret, wherever it stands.
bool IsKnownWord(std::string_view word);

/// A key of the configuration files that an audit reads.
bool IsKnownKey(std::string_view key);

/// A name whose value is a secret: "token", "clientSecret", "DB_PASSWORD", "client-key-data".
bool NamesSecret(std::string_view name);

struct FlagKind {
  bool known = false;
  bool takes_no_value = false;  ///< a boolean
  bool secret = false;
  bool discovery = false;  ///< a URL whose path is a secret
};
/// By its name without dashes before it.
FlagKind KindOfFlag(std::string_view name);

/// A run of characters that nobody would choose: a key, a token, a digest in base64.
bool LooksRandom(std::string_view run);

/// A value that cannot be a secret by its form: a path, a number of at most five digits, a boolean,
/// a duration, a quantity, an address, a reference to a variable, a known word; and lists of them.
bool IsPlain(std::string_view value);

/// Secrets within a text that is not one itself: what stands before the @ of a URL and in its
/// query, tokens by their form, what follows "password=" or "Bearer ".
std::vector<Span> SecretsWithin(std::string_view text);

}  // namespace seawall::bundle
