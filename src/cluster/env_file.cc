#include "cluster/env_file.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace seawall::cluster {
namespace {

constexpr size_t kMaxAssignments = 10000;

bool IsNewline(char c) { return c == '\n' || c == '\r'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || IsNewline(c); }

bool IsValidName(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) return false;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
  }
  return true;
}

bool IsUtf8(std::string_view text) { return FindInvalidUtf8(text) >= text.size(); }

/// Whether a person may have written it: no NUL and none of the controls that no editor makes.
bool IsText(std::string_view bytes) {
  return std::ranges::none_of(bytes, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && !IsBlank(c) && c != '\f' && c != '\v' &&
           c != '\x1b';
  });
}

/// The states of systemd's own parser (basic/env-file.c), which this follows.
enum class State {
  kBeforeKey,
  kKey,
  kBeforeValue,
  kValue,
  kValueEscape,
  kSingleQuoted,
  kDoubleQuoted,
  kDoubleQuotedEscape,
  kComment,
  kCommentEscape,
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::vector<EnvAssignment> Read(bool* whole) {
    for (; at_ < bytes_.size() && found_.size() < kMaxAssignments; ++at_) Step(bytes_[at_]);
    if (state_ != State::kBeforeKey && state_ != State::kKey && state_ != State::kComment &&
        state_ != State::kCommentEscape) {
      Finish();
    }
    if (whole != nullptr && (at_ < bytes_.size() || !utf8_ || !IsText(bytes_))) *whole = false;
    return std::move(found_);
  }

 private:
  void Step(char c) {
    switch (state_) {
      case State::kBeforeKey:
        if (c == '#' || c == ';') {
          state_ = State::kComment;
        } else if (!IsBlank(c)) {
          StartKey(c);
        }
        break;
      case State::kKey:
        if (IsNewline(c)) {
          state_ = State::kBeforeKey;
        } else if (c == '=') {
          state_ = State::kBeforeValue;
          current_.value = Located();
          current_.begin = at_ + 1;
          keep_ = 0;
        } else {
          current_.name += c;
        }
        break;
      case State::kBeforeValue:
      case State::kValue:
        InValue(c);
        break;
      case State::kValueEscape:
        state_ = State::kValue;
        if (!IsNewline(c)) Keep(c);
        break;
      case State::kSingleQuoted:
        if (c == '\'') {
          state_ = State::kBeforeValue;
        } else {
          Keep(c);
        }
        break;
      case State::kDoubleQuoted:
        if (c == '"') {
          state_ = State::kBeforeValue;
        } else if (c == '\\') {
          state_ = State::kDoubleQuotedEscape;
        } else {
          Keep(c);
        }
        break;
      case State::kDoubleQuotedEscape:
        state_ = State::kDoubleQuoted;
        if (std::string_view("\"\\`$").find(c) != std::string_view::npos) {
          Keep(c);
        } else if (c != '\n') {
          current_.value.Add('\\', at_ - 1);
          Keep(c);
        }
        break;
      case State::kComment:
        if (c == '\\') {
          state_ = State::kCommentEscape;
        } else if (IsNewline(c)) {
          state_ = State::kBeforeKey;
        }
        break;
      case State::kCommentEscape:
        state_ = State::kComment;
        break;
    }
  }

  void StartKey(char c) {
    current_ = EnvAssignment();
    current_.name += c;
    state_ = State::kKey;
  }

  void InValue(char c) {
    const bool before = state_ == State::kBeforeValue;
    if (IsNewline(c)) {
      Finish();
      state_ = State::kBeforeKey;
    } else if (before && c == '\'') {
      state_ = State::kSingleQuoted;
    } else if (before && c == '"') {
      state_ = State::kDoubleQuoted;
    } else if (c == '\\') {
      state_ = State::kValueEscape;
    } else if (!before || !IsBlank(c)) {
      state_ = State::kValue;
      current_.value.Add(c, at_);
      if (!IsBlank(c)) keep_ = current_.value.text.size();
    }
  }

  void Keep(char c) {
    current_.value.Add(c, at_);
    keep_ = current_.value.text.size();
  }

  void Finish() {
    while (!current_.name.empty() && IsBlank(current_.name.back())) current_.name.pop_back();
    current_.value.text.resize(keep_);  // white space after an unquoted value does not count
    current_.value.raw.resize(keep_);
    utf8_ = utf8_ && IsUtf8(current_.name) && IsUtf8(current_.value.text);
    if (IsValidName(current_.name)) found_.push_back(std::move(current_));
    current_ = EnvAssignment();
  }

  std::string_view bytes_;
  size_t at_ = 0;
  State state_ = State::kBeforeKey;
  EnvAssignment current_;
  bool utf8_ = true;  ///< of names and values; comments may be anything
  size_t keep_ = 0;   ///< bytes of the value up to the last that certainly counts
  std::vector<EnvAssignment> found_;
};

}  // namespace

std::vector<EnvAssignment> ReadEnvFile(std::string_view bytes, bool* whole) {
  return Reader(bytes).Read(whole);
}

}  // namespace seawall::cluster
