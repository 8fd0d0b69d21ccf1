#include "yaml/positions.h"

#include <algorithm>

namespace seawall::yaml {
namespace {

constexpr size_t kBlock = 256;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool BeginsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

Positions::Positions(std::string_view text) {
  marks_.reserve(text.size() / kBlock + 1);
  Mark now;
  for (size_t at = 0; at < text.size(); ++at) {
    if (at % kBlock == 0) marks_.push_back(now);
    const char c = text[at];
    if (static_cast<unsigned char>(c) >= 0x80) ascii_ = false;
    if (BeginsCharacter(c)) ++now.characters;
    if (c == '\n') {
      ++now.line;
      now.line_begin = static_cast<uint32_t>(at + 1);
    }
  }
  if (text.size() % kBlock == 0) marks_.push_back(now);
}

size_t Positions::CharactersBefore(std::string_view text, size_t offset) const {
  if (ascii_) return offset;
  const size_t block = offset / kBlock;
  return marks_[block].characters +
         std::ranges::count_if(text.substr(block * kBlock, offset % kBlock), BeginsCharacter);
}

LineColumn Positions::Locate(std::string_view text, size_t offset) const {
  if (marks_.empty()) return {};
  offset = std::min(offset, text.size());
  const size_t block = offset / kBlock;
  uint32_t line = marks_[block].line;
  size_t begin = marks_[block].line_begin;
  for (size_t at = block * kBlock; at < offset; ++at) {
    if (text[at] != '\n') continue;
    ++line;
    begin = at + 1;
  }
  size_t column = CharactersBefore(text, offset) - CharactersBefore(text, begin);
  if (begin == 0 && offset > 0 && text.starts_with(kByteOrderMark)) --column;
  return {line + 1, static_cast<uint32_t>(column + 1)};
}

size_t Positions::ByteOf(std::string_view text, size_t character) const {
  if (ascii_) return std::min(character, text.size());
  const auto behind = std::ranges::upper_bound(marks_, character, {}, &Mark::characters);
  if (behind == marks_.begin()) return 0;
  const auto mark = behind - 1;
  size_t left = character - mark->characters;
  // A block may begin inside a character, which has been counted with the block before.
  size_t at = static_cast<size_t>(mark - marks_.begin()) * kBlock;
  while (at < text.size() && (!BeginsCharacter(text[at]) || left > 0)) {
    if (BeginsCharacter(text[at])) --left;
    ++at;
  }
  return at;
}

}  // namespace seawall::yaml
