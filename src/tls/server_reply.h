// What a server answers to a ClientHello, read piece by piece as it comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tls/suites.h"

namespace seawall::tls {

struct Reply {
  enum class Kind : uint8_t {
    kNothing,     ///< not a byte, or not yet enough of them
    kHello,       ///< a ServerHello
    kHelloRetry,  ///< TLS 1.3: the server wants the same hello with a key of `group`
    kAlert,
    kHttp,       ///< text that begins as an HTTP response does
    kNotTls,     ///< bytes that are neither TLS nor HTTP
    kMalformed,  ///< TLS records, but not what may stand in them
  };
  Kind kind = Kind::kNothing;
  Version version = Version::kSsl3;  ///< of a hello: what the server chose
  uint16_t suite = 0;                ///< of a hello
  bool compression = false;          ///< of a hello: the server compresses
  /// Of a HelloRetryRequest or ServerHello of TLS 1.3, or of the ServerKeyExchange of an older one.
  std::optional<uint16_t> group;
  int dh_bits = 0;       ///< of the prime in the ServerKeyExchange of a DHE suite
  std::string protocol;  ///< of a hello: the server's choice by ALPN
  uint8_t alert = 0;     ///< of an alert: its description
  /// Of a hello of TLS 1.2 or older, when the whole flight was wanted: the chain in DER as it was
  /// sent (at most 20 certificates, 48 KiB), and whether the server asked for one of the client's.
  std::vector<std::string> chain;
  bool asks_certificate = false;
  bool whole_flight = false;  ///< it was read to its end: nothing more would have been asked
  std::string why;            ///< of kMalformed: what is wrong
};
/// One line for a proof: "ServerHello TLSv1.2 TLS_RSA_…", "alert handshake_failure".
std::string Describe(const Reply& reply);

/// Reads until it knows enough. At most 64 KiB are kept, and after 1 MiB it stops, whatever comes.
/// Not thread-safe.
class ReplyReader {
 public:
  /// `key_exchange`: read on after a ServerHello of TLS 1.2 or older until the group of its key
  /// exchange is known; `whole_flight`: to the end of what the server sends of its own accord.
  explicit ReplyReader(bool key_exchange, bool whole_flight = false)
      : key_exchange_(key_exchange || whole_flight), whole_flight_(whole_flight) {}

  /// Takes what arrived; true while more is wanted.
  bool Take(std::string_view bytes);
  /// What is known so far; final after Take gave false or the connection ended.
  const Reply& reply() const { return reply_; }
  /// Something of it arrived, though not enough to say what it is.
  bool begun() const { return total_ > 0; }

 private:
  bool TakeRecord(uint8_t type, std::string_view content);
  bool TakeMessages();
  bool TakeMessage(uint8_t type, std::string_view body);
  bool TakeHello(std::string_view body);
  bool TakeExtensions(std::string_view extensions, bool retry);
  void TakeKeyExchange(std::string_view body);
  void TakeCertificates(std::string_view body);
  bool Malformed(std::string why);
  bool NotTls();

  bool key_exchange_;
  bool whole_flight_;
  Reply reply_;
  std::string pending_;   ///< a record that is not complete yet
  std::string messages_;  ///< handshake messages that are not complete yet
  size_t skip_ = 0;       ///< bytes of a message that nobody wants
  size_t total_ = 0;
};

}  // namespace seawall::tls
