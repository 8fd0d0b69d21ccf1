// Lines and their ends, for the editors. Private to this room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harden/change.h"
#include "harden/edit_yaml.h"

namespace seawall::harden {

/// Beginning of the line that holds `at`.
inline size_t LineBegin(std::string_view text, size_t at) {
  const size_t feed = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return feed == std::string_view::npos ? 0 : feed + 1;
}

/// The same without the byte order mark, which is no column of YAML's.
inline size_t ColumnsBegin(std::string_view text, size_t at) {
  const size_t begin = LineBegin(text, at);
  return begin == 0 && at >= 3 && text.starts_with("\xEF\xBB\xBF") ? 3 : begin;
}

/// The byte behind the line feed of the line that holds `at`; the text's end in its last line.
inline size_t LineEnd(std::string_view text, size_t at) {
  const size_t feed = text.find('\n', at);
  return feed == std::string_view::npos ? text.size() : feed + 1;
}

/// The line end that the file uses at `at` (or before it), "\n" when it has none.
inline std::string_view LineFeedAt(std::string_view text, size_t at) {
  size_t feed = text.find('\n', at);
  if (feed == std::string_view::npos) feed = text.rfind('\n');
  const bool crlf = feed != std::string_view::npos && feed > 0 && text[feed - 1] == '\r';
  return crlf ? "\r\n" : "\n";
}

inline bool IsBlankText(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// Whether nothing but blanks and a comment stands from `at` to the line's end.
bool OnlyCommentBehind(std::string_view text, size_t at);

/// Splices that are not verified yet.
Result<Edit> BlockSplice(const yaml::Stream& stream, const YamlEdit& edit);
Result<Edit> FlowSplice(const yaml::Stream& stream, const YamlEdit& edit);
std::unexpected<Error> Refuse(const yaml::Stream& stream, size_t at, std::string why);

}  // namespace seawall::harden
