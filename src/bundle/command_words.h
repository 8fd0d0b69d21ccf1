// Command lines, scripts and lists of variables without their secrets. Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "bundle/pseudonyms.h"
#include "bundle/words.h"

namespace seawall::bundle {

/// Replaces, within a range of a text, every word that is not known to be harmless: values of
/// secret flags and variables, values of flags that nobody knows, words that are no words. The
/// text keeps its length, its white space, its quotes and its names.
class CommandWords {
 public:
  CommandWords(std::string& text, Pseudonyms& pseudonyms) : text_(text), pseudonyms_(pseudonyms) {}

  /// Words between white space, NULs, quotes and the shell's operators.
  void Run(size_t from, size_t to);
  /// A value under a name: of a variable, of a key.
  void Variable(std::string_view name, size_t from, size_t to);
  void FlagValue(const FlagKind& flag, size_t from, size_t to);
  /// A value that is kept but for the secrets within it.
  void Keep(size_t from, size_t to);
  /// Kept when it cannot be a secret.
  void KeepPlain(size_t from, size_t to);
  void Replace(size_t from, size_t to, bool known);

 private:
  size_t Quoted(size_t at, size_t to);
  void Word(size_t from, size_t to);
  void FlagWord(size_t from, size_t to);
  bool Assignment(size_t from, size_t to);

  std::string& text_;
  Pseudonyms& pseudonyms_;
  FlagKind pending_;  ///< the flag before, which takes the next word
  bool has_pending_ = false;
};

}  // namespace seawall::bundle
