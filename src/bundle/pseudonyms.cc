#include "bundle/pseudonyms.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/text.h"
#include "bundle/loose_base64.h"
#include "bundle/words.h"
#include "x509/certificate.h"
#include "x509/digest.h"

namespace seawall::bundle {
namespace {

constexpr std::string_view kLetters = "bcdfghjkmpqrstvwxz";
constexpr std::string_view kDigits = "123456789";

std::string From(std::string_view alphabet, std::string bytes) {
  for (char& c : bytes) c = alphabet[static_cast<unsigned char>(c) % alphabet.size()];
  return bytes;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0'; }

}  // namespace

Pseudonyms::~Pseudonyms() {
  x509::Wipe(key_);
  by_beginning_.clear();
  while (!noted_.empty()) {
    auto node = noted_.extract(noted_.begin());
    x509::Wipe(node.value());
  }
}

std::string Pseudonyms::Bytes(std::string_view secret, size_t length) const {
  std::string out;
  std::string message = "secret";
  message += '\0';
  message += secret;
  const std::string seed = x509::HmacOf(key_, message);
  x509::Wipe(message);
  for (uint32_t block = 0; out.size() < length; ++block)
    out += x509::HmacOf(seed, fmt::format("{}", block));
  out.resize(length);
  return out;
}

std::string Pseudonyms::Letters(std::string_view secret, size_t length) const {
  return From(kLetters, Bytes(secret, length));
}

std::string Pseudonyms::Digits(std::string_view secret, size_t length) const {
  return From(kDigits, Bytes(secret, length));
}

void Pseudonyms::Replace(std::string& text, size_t from, size_t to, bool known) {
  to = std::min(to, text.size());
  if (from >= to) return;
  const std::string secret = text.substr(from, to - from);
  const bool number = std::ranges::all_of(secret, [](char c) { return c >= '0' && c <= '9'; });
  const std::string other = number ? Digits(secret, secret.size()) : Letters(secret, secret.size());
  for (size_t i = 0; i < secret.size(); ++i) {
    if (!IsBlank(secret[i])) text[from + i] = other[i];
  }
  ++replaced_;
  if (known) Note(secret);
}

void Pseudonyms::Note(std::string_view secret) {
  const auto add = [this](std::string form) {
    if (form.size() < kShortest || IsKnownWord(form)) return;
    const auto [at, fresh] = noted_.insert(std::move(form));
    if (fresh) by_beginning_[at->substr(0, kShortest)].push_back(&*at);
  };
  add(std::string(secret));
  if (secret.size() >= kShortest) {
    std::string encoded = EncodeBase64(secret);
    while (encoded.ends_with('=')) encoded.pop_back();
    encoded.pop_back();  // depends on what follows
    add(std::move(encoded));
  }
  if (auto decoded = DecodeLoosely(secret)) add(std::move(*decoded));
}

std::string Pseudonyms::ReplaceNoted(std::string text) const {
  if (noted_.empty() || text.size() < kShortest) return text;
  std::string beginning;
  for (size_t i = 0; i + kShortest <= text.size(); ++i) {
    beginning.assign(text, i, kShortest);
    const auto found = by_beginning_.find(beginning);
    if (found == by_beginning_.end()) continue;
    const std::string* longest = nullptr;
    for (const std::string* secret : found->second) {
      if (text.compare(i, secret->size(), *secret) != 0) continue;
      if (longest == nullptr || secret->size() > longest->size()) longest = secret;
    }
    if (longest == nullptr) continue;
    text.replace(i, longest->size(), Letters(*longest, longest->size()));
    i += longest->size() - 1;
  }
  return text;
}

std::string Pseudonyms::KeyId() const {
  return Hex(x509::HmacOf(key_, "seawall bundle key").substr(0, 8));
}

}  // namespace seawall::bundle
