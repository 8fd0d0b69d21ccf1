#include "cluster/kinds/toml.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace seawall::cluster::kinds {
namespace {

constexpr int kDeepest = 64;
constexpr size_t kMostValues = 100000;

class TomlReader {
 public:
  TomlReader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {
    if (bytes_.starts_with("\xEF\xBB\xBF")) at_ = line_begin_ = 3;
  }

  Result<std::vector<TomlValue>> Read() {
    while (ok_) {
      SkipBlank(true);
      if (at_ >= bytes_.size()) break;
      if (Peek() == '[') {
        ReadTable();
      } else {
        ReadPair(table_);
      }
      if (ok_) EndOfLine();
    }
    if (ok_) return std::move(out_);
    return Fail(code_, "read a container runtime's configuration",
                fmt::format("{}:{}:{}", file_, line_, at_ - line_begin_ + 1), why_);
  }

 private:
  using Path = std::vector<std::string>;

  char Peek(size_t ahead = 0) const {
    return at_ + ahead < bytes_.size() ? bytes_[at_ + ahead] : '\0';
  }
  void Refuse(const char* why, ErrorCode code = ErrorCode::kMalformed) {
    if (!ok_) return;
    ok_ = false;
    why_ = why;
    code_ = code;
  }
  void Next() {
    if (Peek() == '\n') {
      ++line_;
      line_begin_ = at_ + 1;
    }
    ++at_;
  }
  void SkipBlank(bool lines) {
    while (at_ < bytes_.size()) {
      const char c = Peek();
      if (c == '#') {
        while (at_ < bytes_.size() && Peek() != '\n') ++at_;
      } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
        Next();
      } else {
        return;
      }
    }
  }
  void EndOfLine() {
    SkipBlank(false);
    if (Peek() == '\r') ++at_;
    if (at_ < bytes_.size() && Peek() != '\n') Refuse("more than one statement on a line");
  }

  void ReadTable() {
    const bool array = Peek(1) == '[';
    at_ += array ? 2 : 1;
    table_ = ReadKey();
    if (!ok_) return;
    if (Peek() != ']' || (array && Peek(1) != ']')) return Refuse("a table's name does not end");
    at_ += array ? 2 : 1;
  }

  Path ReadKey() {
    Path path;
    while (ok_) {
      SkipBlank(false);
      if (Peek() == '"' || Peek() == '\'') {
        path.push_back(ReadString());
      } else {
        const size_t begin = at_;
        while (IsBare(Peek())) ++at_;
        if (begin == at_) Refuse("a key was expected");
        path.emplace_back(bytes_.substr(begin, at_ - begin));
      }
      SkipBlank(false);
      if (Peek() != '.') break;
      if (path.size() >= kDeepest) Refuse("nested too deeply", ErrorCode::kLimit);
      ++at_;
    }
    return path;
  }
  static bool IsBare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  }

  void ReadPair(const Path& table) {
    Path path = table;
    const Path key = ReadKey();
    path.insert(path.end(), key.begin(), key.end());
    if (!ok_) return;
    if (Peek() != '=') return Refuse("'=' was expected");
    ++at_;
    SkipBlank(false);
    TomlValue value;
    value.place = {file_, line_, static_cast<uint32_t>(Column()), {at_, at_}};
    const bool table_inside = Peek() == '{';
    if (depth_ >= kDeepest) return Refuse("nested too deeply", ErrorCode::kLimit);
    ++depth_;
    if (table_inside) {
      ReadInlineTable(path);
    } else {
      ReadValue(value.values);
    }
    --depth_;
    if (!ok_ || table_inside) return;
    value.place.bytes.end = at_;
    value.path = std::move(path);
    if (out_.size() >= kMostValues) return Refuse("too many values", ErrorCode::kLimit);
    out_.push_back(std::move(value));
  }

  size_t Column() const {
    return CountCharacters(bytes_.substr(line_begin_, at_ - line_begin_)) + 1;
  }

  void ReadInlineTable(const Path& path) {
    ++at_;
    while (ok_) {
      SkipBlank(true);
      if (Peek() == '}') {
        ++at_;
        return;
      }
      ReadPair(path);
      SkipBlank(true);
      if (Peek() == ',') {
        ++at_;
      } else if (Peek() != '}') {
        Refuse("an inline table does not end");
      }
    }
  }

  void ReadValue(std::vector<std::string>& values) {
    if (Peek() == '"' || Peek() == '\'') {
      values.push_back(ReadString());
    } else if (Peek() == '[') {
      ReadArray(values);
    } else {
      const size_t begin = at_;
      while (at_ < bytes_.size() &&
             std::string_view(",]}#\r\n \t").find(Peek()) == std::string_view::npos) {
        ++at_;
      }
      if (begin == at_) return Refuse("a value was expected");
      values.emplace_back(bytes_.substr(begin, at_ - begin));
    }
  }

  void ReadArray(std::vector<std::string>& values) {
    if (depth_ >= kDeepest) return Refuse("nested too deeply", ErrorCode::kLimit);
    ++depth_;
    ++at_;
    while (ok_) {
      SkipBlank(true);
      if (Peek() == ']') break;
      if (Peek() == '{') {
        ReadInlineTable({"[]"});
      } else {
        ReadValue(values);
      }
      if (values.size() > kMostValues) Refuse("too many values", ErrorCode::kLimit);
      SkipBlank(true);
      if (Peek() == ',') {
        ++at_;
      } else if (Peek() != ']') {
        Refuse("a list does not end");
      }
    }
    ++at_;
    --depth_;
  }

  std::string ReadString() {
    const char quote = Peek();
    const bool many = Peek(1) == quote && Peek(2) == quote;
    for (int i = 0; i < (many ? 3 : 1); ++i) ++at_;
    if (many && Peek() == '\n') Next();
    std::string text;
    while (at_ < bytes_.size()) {
      const char c = Peek();
      if (c == quote && (!many || (Peek(1) == quote && Peek(2) == quote))) {
        at_ += many ? 3 : 1;
        return text;
      }
      if (c == '\n' && !many) break;
      if (c == '\\' && quote == '"') {
        ReadEscape(text);
      } else {
        text += c;
        Next();
      }
    }
    Refuse("a string does not end");
    return text;
  }

  void ReadEscape(std::string& text) {
    static constexpr std::string_view kFrom = "btnfr\"\\e";
    static constexpr std::string_view kTo = "\b\t\n\f\r\"\\\x1b";
    const char c = Peek(1);
    at_ += 2;
    if (c == 'u' || c == 'U') {
      char32_t code = 0;
      for (int i = 0; i < (c == 'u' ? 4 : 8); ++i, ++at_) {
        const char lower = static_cast<char>(Peek() >= 'A' && Peek() <= 'F' ? Peek() + 32 : Peek());
        const size_t digit = std::string_view("0123456789abcdef").find(lower);
        if (at_ >= bytes_.size() || digit == std::string_view::npos) {
          return Refuse("a bad escape in a string");
        }
        code = code << 4 | static_cast<char32_t>(digit);
      }
      if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
        return Refuse("a bad escape in a string");
      }
      AppendUtf8(text, code);
    } else if (const size_t known = kFrom.find(c); known != std::string_view::npos) {
      text += kTo[known];
    } else if (c == '\n' || c == '\r' || c == ' ') {
      --at_;
      SkipBlank(true);
    } else {
      Refuse("a bad escape in a string");
    }
  }

  std::string_view bytes_;
  std::string file_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  size_t line_begin_ = 0;
  int depth_ = 0;
  bool ok_ = true;
  const char* why_ = "";
  ErrorCode code_ = ErrorCode::kMalformed;
  Path table_;
  std::vector<TomlValue> out_;
};

}  // namespace

const std::string& TomlValue::text() const {
  static const std::string kEmpty;
  return values.empty() ? kEmpty : values.front();
}

Result<std::vector<TomlValue>> ReadToml(std::string_view bytes, const std::string& file) {
  if (FindInvalidUtf8(bytes) != std::string_view::npos ||
      bytes.find('\0') != std::string_view::npos) {
    return Fail(ErrorCode::kMalformed, "read a container runtime's configuration", file,
                "it is not text");
  }
  return TomlReader(bytes, file).Read();
}

const TomlValue* Find(const std::vector<TomlValue>& values,
                      std::initializer_list<std::string_view> path) {
  const TomlValue* found = nullptr;
  for (const TomlValue& v : values) {
    if (std::equal(v.path.begin(), v.path.end(), path.begin(), path.end())) found = &v;
  }
  return found;
}

}  // namespace seawall::cluster::kinds
