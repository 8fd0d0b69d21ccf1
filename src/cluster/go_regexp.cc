// The syntax of regexp/syntax (RE2), in one pass without building anything.
#include "cluster/go_regexp.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace seawall::cluster {
namespace {

/// Longer ones are not looked at: nobody writes them, and braces are searched for again and again.
constexpr size_t kLongest = 4096;
constexpr std::string_view kEscapes = "aftnrvdDsSwWbBAzCpPQExk01234567";

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<std::string> Run() {
    if (FindInvalidUtf8(text_) != text_.npos) return "it is not UTF-8";
    while (fault_ == nullptr && at_ < text_.size()) Step();
    if (fault_ == nullptr && depth_ > 0) fault_ = "a ( is not closed";
    return fault_ == nullptr ? std::nullopt : std::optional<std::string>(fault_);
  }

 private:
  char Now() const { return text_[at_]; }
  bool Ahead(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  void Atom(size_t length) {
    at_ += length;
    repeatable_ = true;
    repeated_ = false;
  }

  void Step() {
    switch (Now()) {
      case '(':
        return Open();
      case ')':
        if (depth_-- == 0) {
          fault_ = "a ) closes nothing";
          return;
        }
        return Atom(1);
      case '|':
        ++at_;
        repeatable_ = repeated_ = false;
        return;
      case '*':
      case '+':
      case '?':
        return Repeat(1);
      case '{':
        return Braces();
      case '[':
        return Class();
      case '\\':
        return Escape();
      default:
        return Atom(1);
    }
  }

  /// "(", "(?:", "(?i)", "(?P<name>", "(?<name>".
  void Open() {
    if (!Ahead("(?")) {
      ++depth_;
      ++at_;
    } else if (Ahead("(?P<") || (Ahead("(?<") && !Ahead("(?<=") && !Ahead("(?<!"))) {
      const size_t end = text_.find('>', at_);
      if (end == text_.npos) {
        fault_ = "the name of a group does not end";
        return;
      }
      ++depth_;
      at_ = end + 1;
    } else {
      size_t end = at_ + 2;
      while (end < text_.size() && std::string_view("imsU-").find(text_[end]) != text_.npos) ++end;
      if (end >= text_.size() || (text_[end] != ':' && text_[end] != ')') ||
          (text_[end] == ')' && end == at_ + 2)) {
        fault_ = "it has a (? that Go does not know (there is no looking ahead or behind)";
        return;
      }
      at_ = end + 1;
      // Flags alone are passed over: what stands before them can be repeated.
      if (text_[end] == ')') return;
      ++depth_;
    }
    repeatable_ = repeated_ = false;
  }

  void Repeat(size_t length) {
    if (!repeatable_) {
      fault_ = "there is nothing before a repetition to repeat";
      return;
    }
    if (repeated_) {
      fault_ = "a repetition is repeated";
      return;
    }
    at_ += length;
    if (at_ < text_.size() && Now() == '?') ++at_;  // as few as possible
    repeated_ = true;
  }

  /// "{2}", "{2,}", "{2,5}"; any other brace stands for itself.
  void Braces() {
    const size_t end = text_.find('}', at_);
    if (end == text_.npos) return Atom(1);
    const std::string_view inner = text_.substr(at_ + 1, end - at_ - 1);
    const size_t comma = inner.find(',');
    const std::string_view low = inner.substr(0, comma);
    const std::string_view high = comma == inner.npos ? low : inner.substr(comma + 1);
    const auto digits = [](std::string_view part) {
      return std::ranges::all_of(part, [](unsigned char c) { return std::isdigit(c) != 0; });
    };
    if (low.empty() || !digits(low) || !digits(high)) return Atom(1);
    const auto from = seawall::ParseInt(low);
    const auto to = high.empty() ? from : seawall::ParseInt(high);
    if (!from || !to || *from > 1000 || *to > 1000 || *from > *to) {
      fault_ = "the count of a repetition is not valid";
      return;
    }
    Repeat(end + 1 - at_);
  }

  void Class() {
    size_t at = at_ + 1;
    if (at < text_.size() && text_[at] == '^') ++at;
    bool first = true;
    for (; at < text_.size() && (first || text_[at] != ']'); first = false) {
      if (text_.substr(at).starts_with("[:")) {
        const size_t end = text_.find(":]", at + 2);
        at = end == text_.npos ? at + 1 : end + 2;
      } else {
        at += text_[at] == '\\' ? 2 : 1;
      }
    }
    if (at >= text_.size()) {
      fault_ = "a [ is not closed";
      return;
    }
    Atom(at + 1 - at_);
  }

  void Escape() {
    if (at_ + 1 >= text_.size()) {
      fault_ = "it ends with a \\";
      return;
    }
    const unsigned char next = static_cast<unsigned char>(text_[at_ + 1]);
    if (next == 'Q') {
      const size_t end = text_.find("\\E", at_ + 2);
      return Atom(end == text_.npos ? text_.size() - at_ : end + 2 - at_);
    }
    if (std::isalnum(next) != 0 && kEscapes.find(static_cast<char>(next)) == kEscapes.npos) {
      fault_ = "it has a \\ before a letter or digit that Go does not know there";
      return;
    }
    Atom(2);
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t depth_ = 0;
  bool repeatable_ = false;
  bool repeated_ = false;
  const char* fault_ = nullptr;
};

}  // namespace

std::optional<std::string> FindRegexpFault(std::string_view expression) {
  if (expression.size() > kLongest) return std::nullopt;
  return Scanner(expression).Run();
}

}  // namespace seawall::cluster
