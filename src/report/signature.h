// A detached signature of a report, as a file: docs/formats/signature.md.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "x509/ed25519.h"

namespace seawall::report {

struct DetachedSignature {
  std::string key;     ///< SigningKey::id of who signed
  std::string digest;  ///< SHA-256 of the file, for people
  std::string bytes;   ///< 64 of them
};

/// The text of the file that goes beside what was signed.
Result<std::string> SignatureText(const x509::SigningKey& key, std::string_view signed_bytes);
/// Errors: kMalformed with its place; kUnsupported for another version or algorithm.
Result<DetachedSignature> ReadSignature(const std::string& name, std::string_view text);

}  // namespace seawall::report
