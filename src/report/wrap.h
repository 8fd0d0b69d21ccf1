// Text wrapped for people.
#pragma once

#include <string>
#include <string_view>

namespace seawall::report {

/// Columns that `text` takes on a terminal, one for each code point (seawall prints no wide
/// characters of its own).
size_t Columns(std::string_view text);

/// `text` in lines of at most `width` columns, every line begun with `indent` spaces; line breaks
/// in `text` stay. Words longer than a line are not broken, so that a path can be copied.
std::string Wrap(std::string_view text, size_t width, size_t indent);

}  // namespace seawall::report
