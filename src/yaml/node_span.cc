#include "yaml/node_span.h"

#include <algorithm>

namespace seawall::yaml {
namespace {

/// Bytes of the line break at `at` as YAML 1.1 and libyaml have it; 0: none is there.
size_t BreakAt(std::string_view bytes, size_t at) {
  if (bytes[at] == '\r' || bytes[at] == '\n') return 1;
  for (const std::string_view line_break : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    if (bytes.substr(at).starts_with(line_break)) return line_break.size();
  }
  return 0;
}

size_t SkipBlanksAndComments(std::string_view bytes, size_t at, size_t end) {
  while (at < end) {
    if (bytes[at] == ' ' || bytes[at] == '\t') {
      ++at;
    } else if (const size_t line_break = BreakAt(bytes, at)) {
      at += line_break;
    } else if (bytes[at] == '#') {
      while (at < end && BreakAt(bytes, at) == 0) ++at;
    } else {
      break;
    }
  }
  return std::min(at, end);
}

// Where a tag or an anchor ends.
size_t EndOfWord(std::string_view bytes, size_t at) {
  while (at < bytes.size() &&
         std::string_view(" \t,[]{}").find(bytes[at]) == std::string_view::npos &&
         BreakAt(bytes, at) == 0)
    ++at;
  return at;
}

// The last line of [begin, end), its line break not included.
Span LastLine(std::string_view bytes, size_t begin, size_t end) {
  const size_t feed = end == 0 ? std::string_view::npos : bytes.rfind('\n', end - 1);
  Span line{feed == std::string_view::npos || feed < begin ? begin : feed + 1, end};
  if (line.end > line.begin && bytes[line.end - 1] == '\r') --line.end;
  return line;
}

// Leading spaces of the first line that is not blank.
size_t Indentation(std::string_view bytes, size_t at, size_t end) {
  size_t begin = at;
  for (; at < end && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r'); ++at) {
    if (bytes[at] == '\n') begin = at + 1;
  }
  return at - begin;
}

}  // namespace

size_t SkipProperties(std::string_view bytes, Span node, Properties properties) {
  size_t at = node.begin;
  while (at < node.end) {
    bool& expected = bytes[at] == '&' ? properties.anchor : properties.tag;
    if ((bytes[at] != '&' && bytes[at] != '!') || !expected) break;
    expected = false;
    const bool verbatim = bytes.substr(at).starts_with("!<");
    const size_t stop = verbatim ? bytes.find('>', at) : EndOfWord(bytes, at);
    if (stop >= bytes.size()) return node.end;
    at = SkipBlanksAndComments(bytes, verbatim ? stop + 1 : stop, node.end);
  }
  return std::min(at, node.end);
}

size_t PlaceOfEmpty(std::string_view bytes, size_t last_end, size_t begin, bool mapping_value) {
  if (!mapping_value) return begin;
  const size_t colon = SkipBlanksAndComments(bytes, last_end, bytes.size());
  return colon < bytes.size() && bytes[colon] == ':' ? colon + 1 : std::min(begin, last_end);
}

size_t EndOfBlockScalar(std::string_view bytes, Span block) {
  size_t header = std::min(bytes.find_first_not_of("|>+-0123456789", block.begin), bytes.size());
  const bool keep =
      bytes.substr(block.begin, header - block.begin).find('+') != std::string_view::npos;
  const size_t first_feed = bytes.find('\n', block.begin);
  if (first_feed >= block.end) return std::min(header, block.end);
  const size_t body = first_feed + 1;
  size_t end = block.end;
  // What libyaml has read of the line behind the block is that line's indentation.
  const bool partial = end < bytes.size() && bytes[end] != '\n' && bytes[end] != '\r';
  if (partial && bytes[end - 1] == ' ') end = LastLine(bytes, body, end).begin;
  if (end > body && bytes[end - 1] == '\n') --end;
  if (end > body && bytes[end - 1] == '\r') --end;
  if (keep) return end;
  const size_t indentation = Indentation(bytes, body, end);
  while (end > body) {
    const Span line = LastLine(bytes, body, end);
    const std::string_view text = bytes.substr(line.begin, line.end - line.begin);
    const bool blank =
        text.size() <= indentation && text.find_first_not_of(' ') == std::string_view::npos;
    if (!blank) return line.end;
    if (line.begin == body) break;
    end = line.begin - 1;
  }
  return header;
}

}  // namespace seawall::yaml
