// What stands in place of secrets: text of the same length made from an HMAC of them, so that equal
// secrets stay equal and nothing leads back. Private to this room.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace seawall::bundle {

class Pseudonyms {
 public:
  explicit Pseudonyms(std::string key) : key_(std::move(key)) {}
  ~Pseudonyms();
  Pseudonyms(const Pseudonyms&) = delete;
  Pseudonyms& operator=(const Pseudonyms&) = delete;

  /// `length` bytes that depend on the secret and the key only.
  std::string Bytes(std::string_view secret, size_t length) const;
  /// Lower-case letters that never make a word which YAML takes for a boolean or a null.
  std::string Letters(std::string_view secret, size_t length) const;
  /// Digits from 1 to 9.
  std::string Digits(std::string_view secret, size_t length) const;

  /// Replaces [from, to) of `text`, white space aside. `known`: the value is surely a secret, and
  /// must not stand anywhere else either (ReplaceNoted).
  void Replace(std::string& text, size_t from, size_t to, bool known);
  /// A secret that was found, in this form and in base64.
  void Note(std::string_view secret);
  /// The text with every noted secret replaced, wherever it stands.
  std::string ReplaceNoted(std::string text) const;

  uint64_t replaced() const { return replaced_; }
  /// One more was replaced by the caller.
  void Count() { ++replaced_; }
  /// Equal for equal keys; says nothing of the key.
  std::string KeyId() const;

 private:
  static constexpr size_t kShortest = 8;  ///< of a noted secret: shorter ones stand everywhere
  std::string key_;
  std::set<std::string> noted_;
  std::unordered_map<std::string, std::vector<const std::string*>> by_beginning_;
  uint64_t replaced_ = 0;
};

}  // namespace seawall::bundle
