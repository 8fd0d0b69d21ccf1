// Value::PlaceOf: from bytes of a decoded scalar back to the bytes of the file.
#include <algorithm>

#include "base/text.h"
#include "yaml/document.h"

namespace seawall::yaml {
namespace {

/// Decodes a scalar once more and notes for every decoded byte which bytes of the file it came
/// from. `text` is compared with what libyaml decoded: where the two differ, the map is not used.
struct Decoded {
  std::string text;
  std::vector<Span> from;

  void Put(std::string_view characters, Span raw) {
    text += characters;
    from.insert(from.end(), characters.size(), raw);
  }
};

class Decoder {
 public:
  Decoder(std::string_view raw, size_t begin, Style style)
      : raw_(raw), begin_(begin), style_(style) {}

  Decoded Run() {
    const bool quoted = style_ != Style::kPlain;
    size_t at = quoted ? 1 : 0;
    const size_t end = raw_.size() - (quoted && raw_.size() > 1 ? 1 : 0);
    while (at < end) at = Step(at, end);
    return std::move(out_);
  }

 private:
  Span Raw(size_t begin, size_t end) const { return {begin_ + begin, begin_ + end}; }
  static bool IsBreak(char c) { return c == '\n' || c == '\r'; }
  static bool IsBlank(char c) { return c == ' ' || c == '\t'; }

  size_t Step(size_t at, size_t end) {
    const char c = raw_[at];
    if (style_ == Style::kDoubleQuoted && c == '\\' && at + 1 < end) return Escape(at, end);
    const bool pair = style_ == Style::kSingleQuoted && c == '\'' && at + 1 < end;
    if (pair || !(IsBlank(c) || IsBreak(c))) {
      const size_t length = pair ? 2 : 1;
      out_.Put(raw_.substr(at, 1), Raw(at, at + length));
      return at + length;
    }
    size_t next = at;
    while (next < end && IsBlank(raw_[next])) ++next;
    if (next < end && IsBreak(raw_[next])) return Fold(at, next, end);
    for (; at < next; ++at) out_.Put(raw_.substr(at, 1), Raw(at, at + 1));
    return next;
  }

  // Blanks around line breaks go; one break is a space, of more the first goes.
  size_t Fold(size_t begin, size_t at, size_t end) {
    const size_t breaks = SkipBreaks(at, end);
    const std::string folded = breaks == 1 ? " " : std::string(breaks - 1, '\n');
    out_.Put(folded, Raw(begin, at));
    return at;
  }

  size_t SkipBreaks(size_t& at, size_t end) const {
    size_t breaks = 0;
    for (; at < end && (IsBreak(raw_[at]) || IsBlank(raw_[at])); ++at) {
      const bool pair = raw_[at] == '\r' && at + 1 < end && raw_[at + 1] == '\n';
      if (IsBreak(raw_[at]) && !pair) ++breaks;
    }
    return breaks;
  }

  size_t Escape(size_t at, size_t end) {
    const char kind = raw_[at + 1];
    if (IsBreak(kind)) {
      size_t next = at + 1;
      const size_t breaks = SkipBreaks(next, end);
      if (breaks > 1) out_.Put(std::string(breaks - 1, '\n'), Raw(at, next));
      return next;
    }
    const size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    if (digits > 0) return EscapeCode(at, at + 2 + digits, end);
    static constexpr std::string_view kNames = "0abt\tnvfre \"/\\N_LP";
    static constexpr char32_t kCodes[] = {0,    7,   8,   9,   9,    10,   11,   12,     13,
                                          0x1B, ' ', '"', '/', '\\', 0x85, 0xA0, 0x2028, 0x2029};
    const size_t name = kNames.find(kind);
    std::string character;
    AppendUtf8(character, name == std::string_view::npos ? '?' : kCodes[name]);
    out_.Put(character, Raw(at, at + 2));
    return at + 2;
  }

  size_t EscapeCode(size_t at, size_t next, size_t end) {
    char32_t code = HexAt(at + 2, next, end);
    if (code >= 0xD800 && code <= 0xDBFF && next + 6 <= end &&
        raw_[next] == '\\') {  // JSON's surrogate pair
      const char32_t low = HexAt(next + 2, next + 6, end);
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      next += 6;
    }
    std::string character;
    if (code <= 0x10FFFF) AppendUtf8(character, code);
    out_.Put(character, Raw(at, std::min(next, end)));
    return next;
  }

  char32_t HexAt(size_t at, size_t stop, size_t end) const {
    char32_t code = 0;
    for (; at < std::min(stop, end); ++at) {
      const char c = static_cast<char>(raw_[at] | 0x20);
      code = code * 16 + static_cast<char32_t>(c >= 'a' ? c - 'a' + 10 : c - '0');
    }
    return code;
  }

  std::string_view raw_;
  size_t begin_;
  Style style_;
  Decoded out_;
};

/// A literal block's lines are the text's lines with spaces before them.
Decoded DecodeLiteral(std::string_view raw, size_t begin, std::string_view text) {
  Decoded out;
  size_t at = raw.find('\n');
  while (out.text.size() < text.size() && at < raw.size()) {
    const size_t line = at + 1;
    size_t feed = std::min(raw.find('\n', line), raw.size());
    const size_t end = feed > line && raw[feed - 1] == '\r' ? feed - 1 : feed;
    const std::string_view rest = text.substr(out.text.size());
    const std::string_view wanted = rest.substr(0, rest.find('\n'));
    const size_t from = end - std::min(end - line, wanted.size());
    for (size_t i = from; i < end; ++i) out.Put(raw.substr(i, 1), {begin + i, begin + i + 1});
    if (wanted.size() < rest.size())
      out.Put("\n", {begin + end, begin + std::min(feed + 1, raw.size())});
    at = feed;
  }
  // Line feeds that chomping added stand at the end.
  while (out.text.size() < text.size()) out.Put("\n", {begin + raw.size(), begin + raw.size()});
  return out;
}

}  // namespace

Place Value::PlaceOf(size_t from, size_t to) const {
  if (!is_scalar()) return place();
  const NodeId id = Resolved();
  const Node& scalar = stream_->node(id);
  Place whole = Value(stream_, id).place();
  const size_t size = scalar.value.size();
  if (scalar.style == Style::kFolded || from > to || to > size || size == 0) return whole;
  const std::string_view raw = std::string_view(stream_->bytes())
                                   .substr(scalar.span.begin, scalar.span.end - scalar.span.begin);
  Span span;
  if (scalar.style == Style::kPlain && raw == scalar.value) {
    span = {scalar.span.begin + from, scalar.span.begin + to};
  } else {
    const Decoded decoded = scalar.style == Style::kLiteral
                                ? DecodeLiteral(raw, scalar.span.begin, scalar.value)
                                : Decoder(raw, scalar.span.begin, scalar.style).Run();
    if (decoded.text != scalar.value) return whole;
    span.begin = from < size ? decoded.from[from].begin : decoded.from[size - 1].end;
    span.end = to > from ? decoded.from[to - 1].end : span.begin;
  }
  Place place = stream_->Locate(span.begin);
  place.bytes = span;
  return place;
}

}  // namespace seawall::yaml
