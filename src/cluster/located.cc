#include "cluster/located.h"

#include <algorithm>

#include "base/text.h"

namespace seawall::cluster {
namespace {

constexpr size_t kBetweenMarks = 4096;

/// Where a character begins, about `distance` bytes behind `from`, where one begins, too.
size_t CharacterNear(std::string_view bytes, size_t from, size_t distance) {
  for (size_t at = from + distance; at > from; --at) {
    if (static_cast<unsigned char>(bytes[at]) < 0x80) return at;
  }
  size_t at = from;
  while (at < from + distance) at += DecodeUtf8(bytes, at).length;
  return at;
}

}  // namespace

TextFile::TextFile(std::string path, std::string bytes)
    : path_(std::move(path)), bytes_(std::move(bytes)) {
  lines_.push_back(0);
  for (size_t at = bytes_.find('\n'); at != std::string::npos; at = bytes_.find('\n', at + 1))
    lines_.push_back(at + 1);
  marks_.emplace_back();
  while (bytes_.size() - marks_.back().offset > kBetweenMarks) {
    const size_t at = CharacterNear(bytes_, marks_.back().offset, kBetweenMarks);
    marks_.push_back({at, Characters(at)});
  }
}

size_t TextFile::Characters(size_t at) const {
  const auto mark = std::prev(
      std::upper_bound(marks_.begin(), marks_.end(), at,
                       [](size_t offset, const Mark& other) { return offset < other.offset; }));
  return mark->characters +
         CountCharacters(std::string_view(bytes_).substr(mark->offset, at - mark->offset));
}

Place TextFile::At(size_t begin, size_t end) const {
  begin = std::min(begin, bytes_.size());
  end = std::clamp(end, begin, bytes_.size());
  const auto line = std::prev(std::upper_bound(lines_.begin(), lines_.end(), begin));
  Place place;
  place.file = path_;
  place.line = static_cast<uint32_t>(line - lines_.begin()) + 1;
  place.column = static_cast<uint32_t>(Characters(begin) - Characters(*line)) + 1;
  place.bytes = {begin, end};
  return place;
}

size_t OffsetIn(const Argument& argument, size_t at) {
  if (argument.raw.empty())
    return std::min(argument.place.bytes.begin + at, argument.place.bytes.end);
  if (at < argument.raw.size()) return argument.raw[at];
  return argument.raw.back() + size_t{1};
}

Argument ToArgument(Located text, const std::string& file, size_t begin, const Locate& locate) {
  Argument argument;
  argument.text = std::move(text.text);
  if (text.raw.empty()) {
    argument.place = locate(file, begin, begin);
    return argument;
  }
  const auto [low, high] = std::minmax_element(text.raw.begin(), text.raw.end());
  argument.place = locate(file, *low, *high + size_t{1});
  bool consecutive = true;
  for (size_t i = 1; consecutive && i < text.raw.size(); ++i)
    consecutive = text.raw[i] == text.raw[i - 1] + 1;
  if (!consecutive) argument.raw = std::move(text.raw);
  return argument;
}

}  // namespace seawall::cluster
