#include "cluster/unit_file.h"

#include <cctype>
#include <optional>

#include "base/text.h"

namespace seawall::cluster {
namespace {

constexpr size_t kMaxDirectives = 20000;
constexpr size_t kMaxWords = 20000;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

Located TrimLocated(const Located& value) {
  size_t from = 0;
  size_t to = value.text.size();
  while (from < to && IsBlank(value.text[from])) ++from;
  while (to > from && IsBlank(value.text[to - 1])) --to;
  return value.Part(from, to);
}

class LineReader {
 public:
  explicit LineReader(const std::shared_ptr<const TextFile>& file)
      : file_(file), bytes_(file->bytes()) {}

  std::vector<Directive> Read(bool* whole) {
    if (bytes_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (at_ < bytes_.size() && directives_.size() < kMaxDirectives) {
      const size_t end = bytes_.find('\n', at_);
      Line(at_, end == std::string_view::npos ? bytes_.size() : end);
      at_ = end == std::string_view::npos ? bytes_.size() : end + 1;
    }
    Flush();
    if (whole != nullptr && at_ < bytes_.size()) *whole = false;
    return std::move(directives_);
  }

 private:
  void Line(size_t from, size_t to) {
    if (to > from && bytes_[to - 1] == '\r') --to;
    size_t first = from;
    while (first < to && IsBlank(bytes_[first])) ++first;
    const bool comment = first < to && (bytes_[first] == '#' || bytes_[first] == ';');
    if (comment) return;  // also between continued lines
    const bool continues = to > from && bytes_[to - 1] == '\\' && !EscapedEnd(from, to);
    const size_t content_end = continues ? to - 1 : to;
    for (size_t i = from; i < content_end; ++i) logical_.Add(bytes_[i], i);
    if (!started_) {
      started_ = true;
      start_ = first;
    }
    if (continues)
      logical_.Add(' ', content_end);
    else
      Flush();
  }

  /// An even number of backslashes at the end is no continuation.
  bool EscapedEnd(size_t from, size_t to) const {
    size_t count = 0;
    while (to > from && bytes_[to - 1] == '\\') {
      ++count;
      --to;
    }
    return count % 2 == 0;
  }

  void Flush() {
    if (!started_) return;
    started_ = false;
    const Located line = TrimLocated(logical_);
    logical_ = Located();
    if (line.text.empty()) return;
    if (line.text.front() == '[') {
      section_ =
          line.text.back() == ']' ? line.text.substr(1, line.text.size() - 2) : std::string();
      return;
    }
    const size_t equals = line.text.find('=');
    if (equals == std::string::npos) return;
    Directive directive;
    directive.section = section_;
    directive.key = std::string(Trim(std::string_view(line.text).substr(0, equals)));
    directive.value = TrimLocated(line.Part(equals + 1, line.text.size()));
    directive.begin =
        directive.value.raw.empty() ? line.raw[equals] + size_t{1} : directive.value.raw.front();
    directive.file = file_;
    directives_.push_back(std::move(directive));
  }

  std::shared_ptr<const TextFile> file_;
  std::string_view bytes_;
  size_t at_ = 0;
  std::string section_;
  Located logical_;
  bool started_ = false;
  size_t start_ = 0;
  std::vector<Directive> directives_;
};

/// Splits one value; C escapes as basic/escape.c knows them, unknown ones are kept with their
/// backslash.
class Splitter {
 public:
  Splitter(const Located& value, bool c_escapes)
      : value_(value), text_(value.text), c_escapes_(c_escapes) {}

  std::vector<UnitWord> Split(bool* complete, bool* whole) {
    while (words_.size() < kMaxWords) {
      while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
      if (at_ >= text_.size()) break;
      if (!Word()) {
        *complete = false;
        return {};
      }
    }
    *complete = true;
    if (whole != nullptr && at_ < text_.size()) *whole = false;
    return std::move(words_);
  }

 private:
  bool Word() {
    UnitWord word;
    word.begin = value_.raw[at_];
    char quote = '\0';
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote == '\0' && IsBlank(c)) break;
      if (c == '\\' && at_ + 1 < text_.size()) {
        word.quoted = true;
        Escape(word);
      } else if (quote == '\0' && (c == '"' || c == '\'')) {
        quote = c;
        word.quoted = true;
      } else if (c == quote) {
        quote = '\0';
      } else {
        word.text.Add(c, value_.raw[at_]);
      }
    }
    if (quote != '\0' && c_escapes_) return false;
    words_.push_back(std::move(word));
    return true;
  }

  void Escape(UnitWord& word) {
    static constexpr std::pair<char, char> kSimple[] = {
        {'a', '\a'}, {'b', '\b'},  {'f', '\f'}, {'n', '\n'},  {'r', '\r'}, {'t', '\t'},
        {'v', '\v'}, {'\\', '\\'}, {'"', '"'},  {'\'', '\''}, {'s', ' '}};
    const size_t offset = value_.raw[at_];
    const char c = text_[at_ + 1];
    if (!c_escapes_) {
      word.text.Add(c, value_.raw[++at_]);
      return;
    }
    for (const auto& [letter, meaning] : kSimple) {
      if (c != letter) continue;
      word.text.Add(meaning, offset);
      ++at_;
      return;
    }
    const int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : c >= '0' && c <= '7' ? 3 : 0;
    const std::optional<uint32_t> code =
        digits == 0 ? std::nullopt : Number(digits == 3 ? at_ + 1 : at_ + 2, digits);
    if (!code) {
      word.text.Add('\\', offset);
      return;
    }
    if (c == 'u' || c == 'U') {
      std::string encoded;
      AppendUtf8(encoded, *code);
      for (const char byte : encoded) word.text.Add(byte, offset);
    } else {
      word.text.Add(static_cast<char>(*code), offset);
    }
    at_ += static_cast<size_t>(digits == 3 ? 3 : digits + 1);
  }

  std::optional<uint32_t> Number(size_t from, int digits) const {
    if (from + static_cast<size_t>(digits) > text_.size()) return std::nullopt;
    uint32_t number = 0;
    for (int i = 0; i < digits; ++i) {
      const char c = text_[from + static_cast<size_t>(i)];
      const bool octal = digits == 3;
      const int digit = c >= '0' && c <= (octal ? '7' : '9') ? c - '0'
                        : !octal && std::isxdigit(static_cast<unsigned char>(c)) != 0
                            ? (c | 0x20) - 'a' + 10
                            : -1;
      if (digit < 0) return std::nullopt;
      number = number * (octal ? 8 : 16) + static_cast<uint32_t>(digit);
    }
    if (number == 0 || (digits == 3 && number > 255)) return std::nullopt;
    return number;
  }

  const Located& value_;
  std::string_view text_;
  const bool c_escapes_;
  size_t at_ = 0;
  std::vector<UnitWord> words_;
};

}  // namespace

std::vector<Directive> ReadUnitFile(const std::shared_ptr<const TextFile>& file, bool* whole) {
  return LineReader(file).Read(whole);
}

std::vector<UnitWord> SplitUnitWords(const Located& value, bool* complete, bool* whole) {
  return Splitter(value, true).Split(complete, whole);
}

std::vector<UnitWord> SplitVariableWords(const Located& value, bool* whole) {
  bool complete = true;
  return Splitter(value, false).Split(&complete, whole);
}

}  // namespace seawall::cluster
