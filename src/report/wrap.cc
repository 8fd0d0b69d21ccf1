#include "report/wrap.h"

#include <algorithm>

#include "base/text.h"

namespace seawall::report {
namespace {

void WrapLine(std::string_view line, size_t width, size_t indent, std::string& out) {
  size_t used = 0;
  while (true) {
    size_t begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) break;
    line.remove_prefix(begin);
    size_t end = std::min(line.find(' '), line.size());
    std::string_view word = line.substr(0, end);
    size_t columns = Columns(word);
    if (used > 0 && indent + used + 1 + columns > width) {
      out += '\n';
      used = 0;
    }
    if (used == 0) {
      out.append(indent, ' ');
    } else {
      out += ' ';
      ++used;
    }
    out += word;
    used += columns;
    line.remove_prefix(end);
  }
  out += '\n';
}

}  // namespace

size_t Columns(std::string_view text) { return CountCharacters(text); }

std::string Wrap(std::string_view text, size_t width, size_t indent) {
  std::string out;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    // A line that begins with spaces is laid out by its author.
    if (line.starts_with("  ") || line.empty()) {
      if (!line.empty()) out.append(indent, ' ').append(line);
      out += '\n';
    } else {
      WrapLine(line, width, indent, out);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace seawall::report
