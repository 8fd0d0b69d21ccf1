#include "tls/server_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace seawall::tls {
namespace {

constexpr size_t kMostBytes = 1 << 20;
constexpr size_t kMostKept = 48 << 10;
constexpr size_t kMostRecord = 16384 + 2048;

enum RecordType : uint8_t { kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kData = 23 };
enum MessageType : uint8_t {
  kServerHello = 2,
  kCertificate = 11,
  kServerKeyExchange = 12,
  kCertificateRequest = 13,
  kServerHelloDone = 14
};

constexpr size_t kMostCertificates = 20;

/// RFC 8446, section 4.1.3: the random of a ServerHello that is a HelloRetryRequest.
constexpr std::string_view kRetryRandom =
    "\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91"
    "\xC2\xA2\x11\x16\x7A\xBB\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C";

/// A cursor over big-endian fields; after the end everything reads as 0 and `ok` is false.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool empty() const { return rest_.empty(); }
  size_t Number(size_t bytes) {
    size_t value = 0;
    for (const char c : Bytes(bytes)) value = value << 8 | static_cast<uint8_t>(c);
    return value;
  }
  std::string_view Bytes(size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

bool ReplyReader::Malformed(std::string why) {
  reply_.kind = Reply::Kind::kMalformed;
  reply_.why = std::move(why);
  return false;
}

bool ReplyReader::NotTls() {
  constexpr std::string_view kHttp = "HTTP/";
  const size_t known = std::min(kHttp.size(), pending_.size());
  if (pending_.substr(0, known) == kHttp.substr(0, known)) {
    if (known < kHttp.size()) return true;
    reply_.kind = Reply::Kind::kHttp;
    return false;
  }
  reply_.kind = Reply::Kind::kNotTls;
  return false;
}

bool ReplyReader::Take(std::string_view bytes) {
  if (reply_.kind != Reply::Kind::kNothing && !key_exchange_) return false;
  total_ += bytes.size();
  if (total_ > kMostBytes) return Malformed("it sends without end");
  pending_ += bytes;
  size_t at = 0;
  while (pending_.size() - at >= 1) {
    const auto type = static_cast<uint8_t>(pending_[at]);
    const bool tls = type >= kChangeCipherSpec && type <= kData &&
                     (pending_.size() - at < 2 || pending_[at + 1] == 3);
    if (!tls) return at == 0 && total_ == pending_.size() ? NotTls() : Malformed("no TLS record");
    if (pending_.size() - at < 5) break;
    const size_t length =
        static_cast<uint8_t>(pending_[at + 3]) << 8 | static_cast<uint8_t>(pending_[at + 4]);
    if (length > kMostRecord) return Malformed("a record longer than TLS allows");
    if (pending_.size() - at - 5 < length) break;
    if (!TakeRecord(type, std::string_view(pending_).substr(at + 5, length))) return false;
    at += 5 + length;
  }
  pending_.erase(0, at);
  return true;
}

bool ReplyReader::TakeRecord(uint8_t type, std::string_view content) {
  switch (type) {
    case kAlert:
      if (content.size() != 2) return Malformed("an alert that is not two bytes long");
      // A warning may stand before the hello: unrecognized_name does.
      if (content[0] == 1 && content[1] != 0) return true;
      if (reply_.kind == Reply::Kind::kHello) return false;
      reply_.kind = Reply::Kind::kAlert;
      reply_.alert = static_cast<uint8_t>(content[1]);
      return false;
    case kHandshake: {
      const size_t skipped = std::min(skip_, content.size());
      skip_ -= skipped;
      messages_ += content.substr(skipped);
      return TakeMessages();
    }
    default:
      return Malformed("a record that has no place in the beginning of a handshake");
  }
}

bool ReplyReader::TakeMessages() {
  size_t at = 0;
  while (messages_.size() - at >= 4) {
    Fields header(std::string_view(messages_).substr(at, 4));
    const auto type = static_cast<uint8_t>(header.Number(1));
    const size_t length = header.Number(3);
    const size_t have = messages_.size() - at - 4;
    const bool wanted = type == kServerHello || type == kServerKeyExchange ||
                        (type == kCertificate && whole_flight_ && length <= kMostKept);
    if (!wanted && type != kServerHelloDone && have < length) {
      if (reply_.kind == Reply::Kind::kNothing) return Malformed("no ServerHello to begin with");
      reply_.asks_certificate |= type == kCertificateRequest;
      skip_ = length - have;
      at = messages_.size();
      break;
    }
    if (have < length) {
      if (length > kMostKept) return Malformed("a handshake message without measure");
      break;
    }
    if (!TakeMessage(type, std::string_view(messages_).substr(at + 4, length))) return false;
    at += 4 + length;
  }
  messages_.erase(0, at);
  return true;
}

bool ReplyReader::TakeMessage(uint8_t type, std::string_view body) {
  const bool greeted = reply_.kind == Reply::Kind::kHello;
  if (!greeted && type != kServerHello) return Malformed("no ServerHello to begin with");
  if (greeted && type == kServerHello) return Malformed("a second ServerHello");
  if (type == kServerHello) return TakeHello(body);
  if (type == kServerKeyExchange) {
    TakeKeyExchange(body);
    if (!whole_flight_) return false;
  }
  if (type == kCertificate && whole_flight_) TakeCertificates(body);
  if (type == kCertificateRequest) reply_.asks_certificate = true;
  reply_.whole_flight = type == kServerHelloDone;
  return !reply_.whole_flight;
}

bool ReplyReader::TakeHello(std::string_view body) {
  Fields fields(body);
  reply_.version = static_cast<Version>(fields.Number(2));
  const bool retry = fields.Bytes(32) == kRetryRandom;
  fields.Bytes(fields.Number(1));
  reply_.suite = static_cast<uint16_t>(fields.Number(2));
  reply_.compression = fields.Number(1) != 0;
  if (!fields.ok()) return Malformed("a ServerHello that ends too early");
  if (!fields.empty()) {
    const std::string_view extensions = fields.Bytes(fields.Number(2));
    if (!fields.ok() || !TakeExtensions(extensions, retry))
      return Malformed("a ServerHello with broken extensions");
  }
  reply_.kind = retry ? Reply::Kind::kHelloRetry : Reply::Kind::kHello;
  return key_exchange_ && !retry && reply_.version < Version::kTls13;
}

bool ReplyReader::TakeExtensions(std::string_view extensions, bool retry) {
  Fields fields(extensions);
  while (!fields.empty()) {
    const size_t type = fields.Number(2);
    Fields content(fields.Bytes(fields.Number(2)));
    if (!fields.ok()) return false;
    if (type == 43) reply_.version = static_cast<Version>(content.Number(2));
    if (type == 51) reply_.group = static_cast<uint16_t>(content.Number(2));
    if (type == 16) {
      content.Number(2);
      reply_.protocol = content.Bytes(content.Number(1));
    }
    if (!content.ok() || (type == 51 && retry && !content.empty())) return false;
  }
  return true;
}

void ReplyReader::TakeKeyExchange(std::string_view body) {
  constexpr size_t kNamedCurve = 3;
  Fields fields(body);
  if (IsDheSuite(reply_.suite)) {
    std::string_view prime = fields.Bytes(fields.Number(2));
    prime.remove_prefix(std::min(prime.find_first_not_of('\0'), prime.size()));
    if (!fields.ok() || prime.empty()) return;
    reply_.dh_bits = static_cast<int>((prime.size() - 1) * 8) +
                     std::bit_width(static_cast<uint8_t>(prime.front()));
    return;
  }
  if (!IsEcdheSuite(reply_.suite) || fields.Number(1) != kNamedCurve) return;
  const auto group = static_cast<uint16_t>(fields.Number(2));
  if (fields.ok()) reply_.group = group;
}

void ReplyReader::TakeCertificates(std::string_view body) {
  Fields fields(body);
  Fields list(fields.Bytes(fields.Number(3)));
  while (!list.empty() && reply_.chain.size() < kMostCertificates) {
    const std::string_view one = list.Bytes(list.Number(3));
    if (!list.ok()) return;
    reply_.chain.emplace_back(one);
  }
}

std::string Describe(const Reply& reply) {
  const std::string group = reply.group ? " " + GroupName(*reply.group) : "";
  switch (reply.kind) {
    case Reply::Kind::kNothing:
      return "nothing";
    case Reply::Kind::kHello:
      return fmt::format("ServerHello {} {}{}", ToString(reply.version), SuiteName(reply.suite),
                         group);
    case Reply::Kind::kHelloRetry:
      return fmt::format("HelloRetryRequest {} {}{}", ToString(reply.version),
                         SuiteName(reply.suite), group);
    case Reply::Kind::kAlert:
      return "alert " + AlertName(reply.alert);
    case Reply::Kind::kHttp:
      return "an HTTP response in plain text";
    case Reply::Kind::kNotTls:
      return "bytes that are not TLS";
    case Reply::Kind::kMalformed:
      return "malformed TLS: " + reply.why;
  }
  return "";
}

}  // namespace seawall::tls
