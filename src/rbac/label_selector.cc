#include "rbac/label_selector.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "base/text.h"

namespace seawall::rbac {
namespace {

bool IsPlain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
}
bool EndsPlain(std::string_view text) {
  const auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  return !text.empty() && plain(text.front()) && plain(text.back());
}

/// Its parser, with its ways: `in` may be a key or a value, "()" holds the value "".
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  /// False where it is refused; `certain` is false where it is not known whether.
  bool Run(std::vector<SelectorTerm>& terms) {
    while (true) {
      const std::string_view next = Look();
      if (next.empty()) return terms.empty() || !after_comma_;
      if (!IsWord(next) && next != "!") return false;
      if (!Term(terms)) return false;
      const std::string_view end = Take();
      if (end.empty()) return true;
      if (end != ",") return false;
      after_comma_ = true;
    }
  }
  bool certain = true;

 private:
  static bool IsSign(char c) { return std::string_view("=!(),><").contains(c); }
  static bool IsSpace(char c) { return std::string_view(" \t\r\n").contains(c); }
  static bool IsWord(std::string_view token) { return !token.empty() && !IsSign(token[0]); }

  /// The next token; "" at the end.
  std::string_view Look() const {
    size_t at = at_;
    return TokenAt(at);
  }
  std::string_view Take() { return TokenAt(at_); }
  std::string_view TokenAt(size_t& at) const {
    while (at < text_.size() && IsSpace(text_[at])) ++at;
    const size_t begin = at;
    if (at == text_.size()) return {};
    if (IsSign(text_[at])) {
      const std::string_view two = text_.substr(at, 2);
      at += two == "==" || two == "!=" ? 2 : 1;
    } else {
      while (at < text_.size() && !IsSpace(text_[at]) && !IsSign(text_[at])) ++at;
    }
    return text_.substr(begin, at - begin);
  }

  bool Term(std::vector<SelectorTerm>& terms) {
    std::string_view key = Take();
    const bool absent = key == "!";
    if (absent) key = Take();
    if (!IsWord(key)) return false;
    certain &= IsLabelKey(key) && keys_.insert(key).second;
    const std::string_view next = Look();
    if (absent || next.empty() || next == ",") {
      terms.push_back({std::string(key), absent ? "DoesNotExist" : "Exists", {}});
      return true;
    }
    const std::string_view op = Take();
    std::set<std::string_view> values;
    const bool set = op == "in" || op == "notin";
    if (op == ">" || op == "<") certain = false;
    if (!set && op != "=" && op != "==" && op != "!=") return false;
    if (!(set ? Values(values) : OneValue(values))) return false;
    certain &= std::ranges::all_of(values, IsLabelValue);
    const bool negated = op == "notin" || op == "!=";
    terms.push_back({std::string(key), negated ? "NotIn" : "In", {values.begin(), values.end()}});
    return true;
  }

  bool OneValue(std::set<std::string_view>& values) {
    const std::string_view next = Look();
    const bool none = next.empty() || next == ",";
    values.insert(none ? std::string_view() : Take());
    return none || IsWord(next);
  }

  bool Values(std::set<std::string_view>& values) {
    if (Take() != "(") return false;
    if (Look() == ")") {
      Take();
      values.insert("");
      return true;
    }
    while (true) {
      const std::string_view token = Take();
      if (IsWord(token)) {
        values.insert(token);
        const std::string_view next = Look();
        if (next != "," && next != ")") return false;
        if (next == ")") break;
      } else if (token == ",") {
        if (values.empty()) values.insert("");
        const std::string_view next = Look();
        if (next == ")" || next == ",") values.insert("");
        if (next == ")") break;
      } else {
        return false;
      }
    }
    return Take() == ")";
  }

  const std::string_view text_;
  size_t at_ = 0;
  bool after_comma_ = false;
  std::set<std::string_view> keys_;
};

}  // namespace

/// A key that is one for certain: a name, or lower-case DNS labels, a slash and a name.
bool IsLabelKey(std::string_view key) {
  const size_t slash = key.find('/');
  const std::string_view name = slash == std::string_view::npos ? key : key.substr(slash + 1);
  if (name.size() > 63 || !IsPlain(name) || !EndsPlain(name)) return false;
  if (slash == std::string_view::npos) return true;
  const std::string_view prefix = key.substr(0, slash);
  if (prefix.size() > 63 || prefix.find('_') != std::string_view::npos) return false;
  for (const std::string_view label : Split(prefix, '.')) {
    if (!IsPlain(label) || !EndsPlain(label) || Lower(label) != label) return false;
  }
  return true;
}
bool IsLabelValue(std::string_view value) {
  return value.empty() || (value.size() <= 63 && IsPlain(value) && EndsPlain(value));
}

std::optional<std::vector<SelectorTerm>> ParseLabels(std::string_view raw) {
  if (raw.contains('\0')) return std::nullopt;
  std::vector<SelectorTerm> terms;
  Parser parser(raw);
  const bool taken = parser.Run(terms);
  if (!parser.certain) return std::nullopt;
  if (!taken) return std::vector<SelectorTerm>();
  std::ranges::sort(terms, {}, &SelectorTerm::key);
  return terms;
}

}  // namespace seawall::rbac
