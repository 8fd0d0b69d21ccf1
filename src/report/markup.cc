#include "report/markup.h"

#include "base/sha256.h"
#include "base/text.h"

namespace seawall::report {
namespace {

std::string Escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        // U+FFFE and U+FFFF are no characters of XML.
        if (text.substr(i).starts_with("\xEF\xBF\xBE") ||
            text.substr(i).starts_with("\xEF\xBF\xBF")) {
          out += "\xEF\xBF\xBD";
          i += 2;
        } else {
          out += text[i];
        }
    }
  }
  return out;
}

}  // namespace

std::string Markup(std::string_view text) { return Escape(Printable(text)); }
std::string MarkupLines(std::string_view text) { return Escape(PrintableLines(text)); }

std::string DigestForPolicy(std::string_view text) {
  const std::array<uint8_t, 32> bytes = Sha256(text);
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? bytes[i + k] : 0u);
    for (size_t k = 0; k < 4; ++k)
      out += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

}  // namespace seawall::report
