// Regular expressions that a policy may use: matched in time linear in the text, whatever the
// expression. Literals, . [abc] [^a-z] ( ) | * + ? and \ before a character that means something.
// An expression is matched against the whole text.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seawall::rules {

/// Immutable once compiled.
class Pattern {
 public:
  static constexpr size_t kMostBytes = 1024;

  /// "" when it was compiled, else what is wrong with it.
  static std::string Compile(std::string_view expression, Pattern& out);
  bool Matches(std::string_view text) const;

 private:
  friend class PatternCompiler;
  using Set = std::bitset<256>;
  struct Step {
    enum class Kind : uint8_t { kSet, kSplit, kMatch } kind = Kind::kMatch;
    uint32_t set = 0;              ///< index into sets_
    uint32_t next = 0, other = 0;  ///< where it goes on
  };
  void Follow(uint32_t step, std::vector<uint32_t>& list, std::vector<bool>& there) const;

  std::vector<Step> steps_;
  std::vector<Set> sets_;
  uint32_t start_ = 0;
};

}  // namespace seawall::rules
