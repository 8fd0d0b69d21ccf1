// A cursor over DER, so that a certificate's parts can be read one by one: OpenSSL 3's own d2i_X509
// takes 200 µs, nearly all of it for looking up who decodes the public key. Private to this room.
#pragma once

#include <openssl/asn1.h>

#include <string_view>

namespace seawall::x509 {

struct DerElement {
  int tag = -1;
  int tag_class = V_ASN1_UNIVERSAL;
  std::string_view content;
  std::string_view whole;  ///< with tag and length

  bool Is(int wanted) const { return tag_class == V_ASN1_UNIVERSAL && tag == wanted; }
  bool IsContext(int number) const { return tag_class == V_ASN1_CONTEXT_SPECIFIC && tag == number; }
};

class DerReader {
 public:
  explicit DerReader(std::string_view bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }
  /// The next element; false at the end, for lengths beyond it and for BER's indefinite ones.
  bool Next(DerElement& element);
  /// The next element if it is of this universal type.
  bool Next(int tag, DerElement& element);
  /// The element that Next would give.
  bool Peek(DerElement& element) const { return DerReader(rest_).Next(element); }

 private:
  std::string_view rest_;
};

/// d2i for a whole element: nullptr when it is not exactly one.
template <auto Decode>
auto DecodeWhole(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return Decode(nullptr, &at, static_cast<long>(der.size()));
}

}  // namespace seawall::x509
