#include "x509/hidden_key.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/base64.h"
#include "base/text.h"

namespace seawall::x509 {
namespace {

constexpr std::string_view kMark = "SWK1";  // DER begins otherwise
constexpr size_t kTypeBytes = 8;
constexpr size_t kDigestBytes = 32;
constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";
constexpr size_t kLongestLabel = 64;

/// Blocks that hold nothing secret.
constexpr std::string_view kPublic[] = {
    "CERTIFICATE",         "TRUSTED CERTIFICATE",     "X509 CERTIFICATE",
    "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", "X509 CRL",
    "PUBLIC KEY",          "RSA PUBLIC KEY",          "EC PARAMETERS",
    "DH PARAMETERS"};

int Nibble(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(Nibble(hex[i]) << 4 | Nibble(hex[i + 1]));
  return bytes;
}

/// What calls itself a certificate or a public key and is none may be anything, and so may a line
/// that somebody wrote between those of the block. `digits`: its body without white space.
bool MayStay(std::string_view label, std::string_view text, std::string_view digits) {
  if (std::ranges::find(kPublic, label) == std::end(kPublic)) return false;
  const auto body = DecodeBase64(digits);
  if (!body || body->empty()) return false;
  if (label == "CERTIFICATE") return ReadCertificates(text, "").has_value();
  if (!label.ends_with("PUBLIC KEY")) return true;
  const auto key = ReadKey(text, "");
  return key.has_value() && !key->private_key;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// An escaped line's end, as JSON and double-quoted YAML write it.
bool IsEscaped(std::string_view text, size_t i) {
  return text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'n' || text[i + 1] == 'r');
}

/// The places of what is neither white space nor an escaped line's end.
std::vector<size_t> Digits(std::string_view text, size_t from, size_t to) {
  std::vector<size_t> places;
  for (size_t i = from; i < to; ++i) {
    if (IsEscaped(text, i)) {
      ++i;
    } else if (!IsBlank(text[i])) {
      places.push_back(i);
    }
  }
  return places;
}

struct Block {
  std::string_view label;
  size_t begin = 0;  ///< of BEGIN
  size_t body = 0;   ///< behind the BEGIN line's dashes
  size_t stop = 0;   ///< of END's dashes, or where the block breaks off
  size_t end = 0;    ///< behind END's dashes
  bool complete = false;
};

std::optional<Block> NextBlock(std::string_view text, size_t from) {
  for (size_t at = text.find(kBegin, from); at != std::string_view::npos;
       at = text.find(kBegin, at + 1)) {
    const size_t label = at + kBegin.size();
    const std::string_view rest = text.substr(label, kLongestLabel + kDashes.size());
    const size_t length = rest.substr(0, rest.find('\n')).find(kDashes);
    if (length == std::string_view::npos) continue;
    Block block{text.substr(label, length), at, label + length + kDashes.size(), 0, 0, false};
    const std::string end = "-----END " + std::string(block.label) + "-----";
    const size_t next = std::min(text.find(kBegin, block.body), text.size());
    block.stop = text.substr(0, next).find(end, block.body);
    block.complete = block.stop != std::string_view::npos;
    if (!block.complete) block.stop = next;
    block.end = block.complete ? block.stop + end.size() : next;
    return block;
  }
  return std::nullopt;
}

void Blank(std::string& out, size_t from, size_t to) {
  for (const size_t i : Digits(out, from, to)) out[i] = '.';
}

/// The block as it stands in a file of its own.
std::string AsFile(std::string_view text, const Block& block, size_t body) {
  std::string pem = "-----BEGIN " + std::string(block.label) + "-----\n";
  size_t written = 0;
  for (const size_t i : Digits(text, body, block.stop)) {
    pem += text[i];
    if (++written % 64 == 0) pem += '\n';
  }
  return pem + (written % 64 == 0 ? "" : "\n") + "-----END " + std::string(block.label) + "-----\n";
}

/// Headers ("Proc-Type: 4,ENCRYPTED", "DEK-Info: …") stay, the initialization vector too; the body
/// begins behind them.
size_t BehindHeaders(std::string_view text, const Block& block) {
  size_t at = block.body;
  bool headers = false;
  while (at < block.stop) {
    const size_t end = std::min(text.find('\n', at), block.stop);
    const std::string_view line = Trim(text.substr(at, end - at));
    const bool header = line.starts_with("Proc-Type: ") || line.starts_with("DEK-Info: ");
    if (!line.empty() && !header) return headers ? at : block.body;
    headers = headers || header;
    at = end + 1;
  }
  return block.body;
}

void HideBody(std::string& out, const Block& block) {
  const size_t body = BehindHeaders(out, block);
  const std::vector<size_t> places = Digits(out, body, block.stop);
  std::string pem = AsFile(out, block, body);
  std::string digits;
  for (const size_t i : places) digits += out[i];
  const size_t padding = digits.ends_with("==") ? 2 : digits.ends_with('=') ? 1 : 0;
  const size_t length = digits.size() / 4 * 3 - std::min(padding, digits.size() / 4 * 3);
  const Result<KeyInfo> info =
      block.complete && body == block.body ? ReadKey(pem, "") : std::unexpected(Error{});
  const std::string replaced =
      info && digits.size() % 4 == 0 ? EncodeBase64(WriteHidden(*info, length)) : "";
  for (size_t i = 0; i < places.size(); ++i)
    out[places[i]] = i < replaced.size() ? replaced[i] : out[places[i]] == '=' ? '=' : 'A';
  Wipe(pem);
  Wipe(digits);
}

}  // namespace

std::string WriteHidden(const KeyInfo& info, size_t length) {
  std::string bytes(length, '\0');
  const std::string digest = FromHex(info.public_key_sha256);
  if (length < kHiddenKeyBytes || digest.size() != kDigestBytes ||
      info.key_type.size() > kTypeBytes || info.key_bits > 0xFFFF) {
    return bytes;
  }
  std::string out(kMark);
  out += info.key_type;
  out.resize(kMark.size() + kTypeBytes, '\0');
  out += static_cast<char>(info.key_bits >> 8);
  out += static_cast<char>(info.key_bits & 0xFF);
  out += digest;
  return bytes.replace(0, out.size(), out);
}

std::optional<KeyInfo> ReadHidden(std::string_view bytes) {
  if (bytes.size() < kHiddenKeyBytes || !bytes.starts_with(kMark)) return std::nullopt;
  const std::string_view type = bytes.substr(kMark.size(), kTypeBytes);
  const std::string_view rest = bytes.substr(kMark.size() + kTypeBytes);
  KeyInfo info;
  info.private_key = true;
  info.key_type = Printable(type.substr(0, type.find('\0')));
  info.key_bits = static_cast<unsigned char>(rest[0]) << 8 |
                  static_cast<int>(static_cast<unsigned char>(rest[1]));
  info.public_key_sha256 = Hex(rest.substr(2, kDigestBytes));
  return info;
}

std::string HideKeys(std::string_view text) {
  std::string out(text);
  size_t at = 0;
  while (const auto block = NextBlock(text, at)) {
    Blank(out, at, block->begin);
    std::string digits;
    for (const size_t i : Digits(text, block->body, block->stop)) digits += text[i];
    if (!block->complete || !MayStay(block->label, AsFile(text, *block, block->body), digits))
      HideBody(out, *block);
    Wipe(digits);
    at = block->end;
  }
  Blank(out, at, out.size());
  return out;
}

}  // namespace seawall::x509
