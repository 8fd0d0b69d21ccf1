// Text for XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace seawall::report {

/// Text from outside as character data or a quoted attribute of XML and HTML: markup is escaped,
/// what hides or reorders text (control characters, bidi) is written out, and what XML 1.0 cannot
/// hold is replaced.
std::string Markup(std::string_view text);
/// The same for text of several lines: line feeds stay.
std::string MarkupLines(std::string_view text);

/// The SHA-256 of a style or script as a Content-Security-Policy names it.
std::string DigestForPolicy(std::string_view text);

}  // namespace seawall::report
