#include "cluster/kinds/url.h"

#include "base/text.h"

namespace seawall::cluster::kinds {
namespace {

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool GoodEscapes(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || !IsHex(text[i + 1]) || !IsHex(text[i + 2])) return false;
  }
  return true;
}

bool GoodHost(std::string_view host) {
  for (const char c : host) {
    if (c == ' ' || c == '<' || c == '>' || c == '"' || c == '\\' || c == '^' || c == '`') {
      return false;
    }
  }
  const size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || host.ends_with(']')) return true;
  for (const char c : host.substr(colon + 1)) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

}  // namespace

Url SplitUrl(std::string_view text) {
  Url url;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return url;
  }
  if (const size_t hash = text.find('#'); hash != std::string_view::npos) {
    url.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  const size_t colon = text.find(':');
  const size_t slash = text.find('/');
  if (colon == 0) return url;
  if (colon != std::string_view::npos && colon < slash) {
    url.scheme = Lower(text.substr(0, colon));
    for (const char c : url.scheme) {
      const bool good =
          (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
      if (!good) return url;
    }
    text.remove_prefix(colon + 1);
  }
  if (const size_t mark = text.find('?'); mark != std::string_view::npos) {
    url.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const size_t end = text.find('/');
    std::string_view host = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end);
    if (const size_t at = host.rfind('@'); at != std::string_view::npos) {
      url.has_user = true;
      host.remove_prefix(at + 1);
    }
    if (!GoodHost(host)) return url;
    url.host = host;
  }
  url.path = text;
  url.valid = GoodEscapes(text) && GoodEscapes(url.fragment);
  return url;
}

}  // namespace seawall::cluster::kinds
