#include "rules/origins.h"

#include <cctype>
#include <string>
#include <vector>

#include "base/text.h"

namespace seawall::rules {
namespace {

/// The alternatives at the top: "a|b" is two, "(a|b)c" is one.
std::vector<std::string> Alternatives(std::string_view expression) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool in_class = false;
  for (size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\' && i + 1 < expression.size()) {
      parts.back() += expression.substr(i++, 2);
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    if (!in_class && c == '(') ++depth;
    if (!in_class && c == ')') --depth;
    if (!in_class && depth <= 0 && c == '|') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// The characters that an alternative demands: without operators, classes, escapes of classes and
/// flags.
std::string Literals(std::string_view text) {
  std::string literals;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      if (++i < text.size() && std::ispunct(static_cast<unsigned char>(text[i])) != 0)
        literals += text[i];
    } else if (c == '[') {
      while (i < text.size() && text[i] != ']') ++i;
    } else if (c == '{') {
      while (i < text.size() && text[i] != '}') ++i;
    } else if (c == '(' && i + 1 < text.size() && text[i + 1] == '?') {
      while (i < text.size() && text[i] != ')' && text[i] != ':') ++i;
    } else if (std::string_view("^$.*+?()|]}").find(c) == std::string_view::npos) {
      literals += c;
    }
  }
  return literals;
}

bool NamesNoHost(std::string_view alternative) {
  std::string rest = Lower(Literals(alternative));
  // "https?" has left "https"; the host stands after the slashes, where there are any.
  const size_t slashes = rest.find("//");
  if (slashes != std::string::npos) rest.erase(0, slashes + 2);
  for (const std::string_view scheme : {"https", "http", "null"}) {
    if (rest == scheme || rest == std::string(scheme) + ":") return scheme != "null";
  }
  const std::string_view host = std::string_view(rest).substr(0, rest.find(':'));
  for (const char c : host) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) return false;
  }
  return true;
}

}  // namespace

bool MatchesEveryOrigin(std::string_view expression) {
  for (const std::string& alternative : Alternatives(Trim(expression))) {
    if (NamesNoHost(alternative)) return true;
  }
  return false;
}

}  // namespace seawall::rules
