// A scanner of JSON in place, for those who look at few fields of large objects. Private to this
// room.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/text.h"

namespace seawall::auditlog {

/// Every function returns false, or nothing, when the text is damaged: then the scan is over.
class Scanner {
 public:
  Scanner(char* begin, char* end) : at_(begin), end_(end) {}

  bool ok() const { return ok_; }
  /// Only white space is left.
  bool AtEnd() {
    Space();
    return at_ == end_;
  }
  char Peek() {
    Space();
    return at_ < end_ ? *at_ : '\0';
  }
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  bool Fail() {
    ok_ = false;
    return false;
  }

  /// A string, decoded where it stands.
  std::string_view String() {
    if (!Take('"')) return Fail(), std::string_view{};
    char* const begin = at_;
    char* out = nullptr;  // behind what was decoded, once something had to be
    while (true) {
      char* const stop = FindStop(at_);
      if (stop == end_) return Fail(), std::string_view{};
      if (out) {
        const auto length = static_cast<size_t>(stop - at_);
        std::memmove(out, at_, length);
        out += length;
      }
      at_ = stop + 1;
      if (*stop == '"') {
        return {begin, static_cast<size_t>((out ? out : stop) - begin)};
      }
      if (static_cast<unsigned char>(*stop) < 0x20) return Fail(), std::string_view{};
      if (!out) out = stop;
      if (!Escape(out)) return Fail(), std::string_view{};
    }
  }

  /// Passes over any value.
  bool Skip() {
    const char first = Peek();
    if (first == '"') return SkipString();
    if (first == '{' || first == '[') return SkipNested();
    return SkipWord();
  }

  /// Calls `field` with each key of an object; it takes the value. False: damaged.
  template <typename F>
  bool Object(const F& field) {
    if (!Take('{')) return Fail();
    if (Take('}')) return true;
    while (true) {
      const std::string_view key = String();
      if (!ok_ || !Take(':')) return Fail();
      field(key);
      if (!ok_) return false;
      if (Take(',')) continue;
      return Take('}') || Fail();
    }
  }
  template <typename F>
  bool Array(const F& item) {
    if (!Take('[')) return Fail();
    if (Take(']')) return true;
    while (true) {
      item();
      if (!ok_) return false;
      if (Take(',')) continue;
      return Take(']') || Fail();
    }
  }
  /// A string; null and anything else is passed over and gives "".
  std::string_view Text() {
    if (Peek() == '"') return String();
    Skip();
    return {};
  }
  int Number() {
    Space();
    int value = 0;
    const char* const begin = at_;
    while (at_ < end_ && *at_ >= '0' && *at_ <= '9' && at_ - begin < 9)
      value = value * 10 + (*at_++ - '0');
    if (at_ == begin) Skip();
    return value;
  }
  /// A number that is not negative; 0 for anything else.
  uint64_t Unsigned() {
    Space();
    uint64_t value = 0;
    const char* const begin = at_;
    while (at_ < end_ && *at_ >= '0' && *at_ <= '9' && at_ - begin < 19)
      value = value * 10 + static_cast<uint64_t>(*at_++ - '0');
    if (at_ == begin) Skip();
    return value;
  }
  bool Bool() { return Skip() && at_[-1] == 'e' && at_[-2] == 'u'; }

 private:
  void Space() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }

  /// The next quote, backslash or control character.
  char* FindStop(char* p) const {
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1F);
    for (; p + 16 <= end_; p += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
      const __m128i hit =
          _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                       _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
      const int mask = _mm_movemask_epi8(hit);
      if (mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
    }
#endif
    while (p < end_ && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20) ++p;
    return p;
  }

  bool SkipString() {
    ++at_;
    while (true) {
      char* const stop = FindStop(at_);
      if (stop == end_ || static_cast<unsigned char>(*stop) < 0x20) return Fail();
      if (*stop == '"') {
        at_ = stop + 1;
        return true;
      }
      if (end_ - stop < 2) return Fail();
      at_ = stop + 2;
    }
  }

  /// The next quote or bracket.
  char* FindBracket(char* p) const {
#if defined(__SSE2__)
    // '{' '[' and '}' ']' differ in one bit each.
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i bit = _mm_set1_epi8(0x20);
    const __m128i open = _mm_set1_epi8('{');
    const __m128i close = _mm_set1_epi8('}');
    for (; p + 16 <= end_; p += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
      const __m128i folded = _mm_or_si128(bytes, bit);
      const __m128i hit =
          _mm_or_si128(_mm_cmpeq_epi8(bytes, quote),
                       _mm_or_si128(_mm_cmpeq_epi8(folded, open), _mm_cmpeq_epi8(folded, close)));
      const int mask = _mm_movemask_epi8(hit);
      if (mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
    }
#endif
    while (p < end_ && *p != '"' && *p != '{' && *p != '}' && *p != '[' && *p != ']') ++p;
    return p;
  }

  bool SkipNested() {
    size_t depth = 0;
    while (true) {
      char* const stop = FindBracket(at_);
      if (stop == end_) return Fail();
      at_ = stop;
      if (*stop == '"') {
        if (!SkipString()) return false;
        continue;
      }
      ++at_;
      if (*stop == '{' || *stop == '[') {
        ++depth;
      } else if (--depth == 0) {
        return true;
      }
    }
  }

  bool SkipWord() {
    const char* const begin = at_;
    while (at_ < end_ && std::strchr("+-.0123456789eEtrufalsn", *at_) != nullptr && *at_ != '\0')
      ++at_;
    return at_ > begin || Fail();
  }

  static int Hex4(const char* p) {
    int value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = p[i];
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return -1;
      value = value << 4 | digit;
    }
    return value;
  }

  /// at_ stands behind the backslash; what is decoded is never longer than what it was.
  bool Escape(char*& out) {
    if (at_ >= end_) return false;
    const char c = *at_++;
    const char* const kinds = "\"\\/bfnrt";
    const char* const values = "\"\\/\b\f\n\r\t";
    if (c != '\0') {
      if (const char* kind = std::strchr(kinds, c)) {
        *out++ = values[kind - kinds];
        return true;
      }
    }
    if (c != 'u' || end_ - at_ < 4) return false;
    int code = Hex4(at_);
    if (code < 0) return false;
    at_ += 4;
    if (code >= 0xD800 && code < 0xDC00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
      const int low = Hex4(at_ + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at_ += 6;
      }
    }
    if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;
    std::string text;
    AppendUtf8(text, static_cast<char32_t>(code));
    std::memcpy(out, text.data(), text.size());
    out += text.size();
    return true;
  }

  char* at_;
  char* const end_;
  bool ok_ = true;
};

}  // namespace seawall::auditlog
