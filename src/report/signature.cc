#include "report/signature.h"

#include <fmt/format.h>

#include <map>

#include "base/base64.h"
#include "base/text.h"

namespace seawall::report {
namespace {

constexpr const char* kAttempt = "read the signature";
constexpr const char* kTodo = "name the .sig file that --sign wrote, whole and unchanged";

std::unexpected<Error> Wrong(const std::string& name, size_t line, std::string why) {
  return Fail(ErrorCode::kMalformed, kAttempt, fmt::format("{}:{}:1", name, line), std::move(why),
              kTodo);
}

}  // namespace

Result<std::string> SignatureText(const x509::SigningKey& key, std::string_view signed_bytes) {
  auto signature = key.Sign(signed_bytes);
  if (!signature) return std::unexpected(signature.error());
  return fmt::format(
      "seawall-signature: 1\nalgorithm: ed25519\nkey: {}\nsha256: {}\nsignature: {}\n", key.id(),
      x509::DigestOfBytes(signed_bytes), EncodeBase64(*signature));
}

Result<DetachedSignature> ReadSignature(const std::string& name, std::string_view text) {
  constexpr const char* kKeys[] = {"seawall-signature", "algorithm", "key", "sha256", "signature"};
  std::map<std::string_view, std::string_view> values;
  size_t line = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view own = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line >= std::size(kKeys)) return Wrong(name, line + 1, "a line too many");
    const std::string key = fmt::format("{}: ", kKeys[line]);
    if (!own.starts_with(key))
      return Wrong(name, line + 1, fmt::format("this line does not begin with '{}'", key));
    values[kKeys[line++]] = own.substr(key.size());
  }
  if (line < std::size(kKeys))
    return Wrong(name, line + 1, fmt::format("it ends before '{}'", kKeys[line]));
  if (values["seawall-signature"] != "1" || values["algorithm"] != "ed25519") {
    return Fail(ErrorCode::kUnsupported, kAttempt, name,
                fmt::format("it is of version '{}' and algorithm '{}'",
                            PrintableShort(values["seawall-signature"], 20),
                            PrintableShort(values["algorithm"], 20)),
                "this seawall reads version 1, ed25519");
  }
  DetachedSignature signature{std::string(values["key"]), std::string(values["sha256"]),
                              DecodeBase64(values["signature"]).value_or("")};
  // Base64 has several ways to write the last byte: only one of them is ours.
  if (signature.bytes.size() != 64 || EncodeBase64(signature.bytes) != values["signature"])
    return Wrong(name, 5, "the signature is no base64 of 64 bytes");
  return signature;
}

}  // namespace seawall::report
