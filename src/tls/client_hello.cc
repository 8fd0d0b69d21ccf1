#include "tls/client_hello.h"

#include <string_view>

namespace seawall::tls {
namespace {

enum Extension : uint16_t {
  kServerName = 0,
  kSupportedGroups = 10,
  kPointFormats = 11,
  kSignatureAlgorithms = 13,
  kProtocols = 16,
  kSupportedVersions = 43,
  kPskModes = 45,
  kKeyShare = 51,
  kRenegotiationInfo = 0xFF01,
};

// Every scheme that a server may have a key for: it is not to refuse a suite for want of one.
constexpr uint16_t kSignatures[] = {0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806,
                                    0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601, 0x081A, 0x081B,
                                    0x081C, 0x0904, 0x0905, 0x0906, 0x0303, 0x0301, 0x0302, 0x0402,
                                    0x0502, 0x0602, 0x0203, 0x0201, 0x0202, 0x0101};

void Put8(std::string& out, size_t value) { out.push_back(static_cast<char>(value & 0xFF)); }
void Put16(std::string& out, size_t value) {
  Put8(out, value >> 8);
  Put8(out, value);
}
void Put24(std::string& out, size_t value) {
  Put8(out, value >> 16);
  Put16(out, value);
}

void PutExtension(std::string& out, Extension type, std::string_view body) {
  Put16(out, type);
  Put16(out, body.size());
  out += body;
}

template <typename Range>
std::string List16(const Range& values) {
  std::string list;
  Put16(list, std::size(values) * 2);
  for (const uint16_t value : values) Put16(list, value);
  return list;
}

/// RFC 6066: a name with a letter; never an address.
bool IsDnsName(std::string_view name) {
  if (name.empty() || name.size() > 255 || name.find(':') != std::string_view::npos) return false;
  return name.find_first_not_of("0123456789.") != std::string_view::npos;
}

std::string ServerName(std::string_view name) {
  std::string body;
  Put16(body, name.size() + 3);
  Put8(body, 0);
  Put16(body, name.size());
  body += name;
  return body;
}

std::string Extensions(const HelloRequest& request) {
  using namespace std::string_view_literals;
  const bool tls13 = request.version == Version::kTls13;
  std::string out;
  if (IsDnsName(request.server_name))
    PutExtension(out, kServerName, ServerName(request.server_name));
  if (!request.groups.empty()) PutExtension(out, kSupportedGroups, List16(request.groups));
  if (request.version >= Version::kTls12)
    PutExtension(out, kSignatureAlgorithms, List16(kSignatures));
  if (request.protocols) PutExtension(out, kProtocols, "\x00\x0C\x02h2\x08http/1.1"sv);
  if (tls13) {
    PutExtension(out, kSupportedVersions, "\x02\x03\x04"sv);
    PutExtension(out, kPskModes, "\x01\x01"sv);
    PutExtension(out, kKeyShare, "\x00\x00"sv);
  } else {
    PutExtension(out, kPointFormats, "\x01\x00"sv);
    PutExtension(out, kRenegotiationInfo, "\x00"sv);
  }
  return out;
}

}  // namespace

std::string WriteClientHello(const HelloRequest& request) {
  const bool tls13 = request.version == Version::kTls13;
  std::string body;
  Put16(body, tls13 ? 0x0303 : static_cast<uint16_t>(request.version));
  body.append(request.random.begin(), request.random.end());
  // TLS 1.3 through middleboxes wants a session id (RFC 8446, appendix D.4).
  Put8(body, tls13 ? request.random.size() : 0);
  if (tls13) body.append(request.random.rbegin(), request.random.rend());
  body += List16(request.suites);
  if (request.compression && !tls13) {
    body += std::string_view("\x02\x01\x00", 3);
  } else {
    body += std::string_view("\x01\x00", 2);
  }
  if (request.version != Version::kSsl3) {
    const std::string extensions = Extensions(request);
    Put16(body, extensions.size());
    body += extensions;
  }
  std::string record = "\x16\x03";
  Put8(record, request.version == Version::kSsl3 ? 0 : 1);
  Put16(record, body.size() + 4);
  Put8(record, 1);
  Put24(record, body.size());
  return record + body;
}

}  // namespace seawall::tls
