#include "probe/http_response.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace seawall::probe {
namespace {

constexpr size_t kMostHead = 64 << 10;
constexpr size_t kMostBody = 256 << 10;  // more is not worth a connection kept
constexpr size_t kBodyBegin = 512;

std::optional<size_t> ParseSize(std::string_view text, int base) {
  size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

size_t HttpResponse::Take(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && (state_ == State::kHead || state_ == State::kBody)) {
    const std::string_view rest = bytes.substr(used);
    const bool line = state_ == State::kHead || (chunked_ && !length_);
    used += line ? TakeLine(rest) : TakeBody(rest);
  }
  return used;
}

size_t HttpResponse::TakeLine(std::string_view bytes) {
  const size_t end = bytes.find('\n');
  const size_t used = end == std::string_view::npos ? bytes.size() : end + 1;
  head_bytes_ += used;
  line_ += bytes.substr(0, used);
  // Whatever is no HTTP at all is told by its first bytes.
  constexpr std::string_view kBegin = "HTTP/1.";
  if (!status_ && line_.substr(0, kBegin.size()) != kBegin.substr(0, line_.size()))
    state_ = State::kBroken;
  if (head_bytes_ > kMostHead) state_ = State::kBroken;
  if (state_ == State::kBroken || end == std::string_view::npos) return used;
  std::string_view line = line_;
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  Line(line);
  line_.clear();
  return used;
}

void HttpResponse::Line(std::string_view line) {
  if (state_ == State::kBody) return ChunkLine(line);
  if (!status_) return StatusLine(line);
  if (line.empty()) return EndOfHead();
  Field(line);
}

void HttpResponse::StatusLine(std::string_view line) {
  // HTTP/1.1 200 OK
  const auto number =
      line.size() >= 12 && line[8] == ' ' ? ParseInt(line.substr(9, 3)) : std::nullopt;
  if (!number || *number < 100 || *number > 999) {
    state_ = State::kBroken;
    return;
  }
  keep_alive_ = line[7] != '0';
  status_ = static_cast<int>(*number);
}

void HttpResponse::Field(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon), value = Trim(line.substr(colon + 1));
  if (EqualsIgnoringCase(name, "content-length")) length_ = ParseSize(value, 10);
  if (EqualsIgnoringCase(name, "transfer-encoding")) chunked_ = true;
  if (EqualsIgnoringCase(name, "connection") && EqualsIgnoringCase(value, "close"))
    keep_alive_ = false;
  if (EqualsIgnoringCase(name, "location")) location_ = PrintableShort(value, 200);
  if (EqualsIgnoringCase(name, "access-control-allow-origin"))
    allow_origin_ = PrintableShort(value, 200);
}

void HttpResponse::EndOfHead() {
  if (*status_ < 200 && *status_ != 101) {  // more is to come
    *this = HttpResponse();
    return;
  }
  if (chunked_) length_.reset();
  const bool empty = *status_ == 204 || *status_ == 304 || (!chunked_ && length_ == 0U);
  if (!chunked_ && !length_) keep_alive_ = false;
  state_ = empty ? State::kDone : State::kBody;
}

void HttpResponse::ChunkLine(std::string_view line) {
  if (trailer_) {
    if (line.empty()) state_ = State::kDone;
    return;
  }
  if (after_chunk_) {
    after_chunk_ = false;
    return;
  }
  length_ = ParseSize(Trim(line.substr(0, line.find(';'))), 16);
  if (!length_) {
    keep_alive_ = false;
    state_ = State::kDone;
  } else if (*length_ == 0) {
    trailer_ = true;
    length_.reset();
  }
}

size_t HttpResponse::TakeBody(std::string_view bytes) {
  const size_t used = length_ ? std::min(*length_, bytes.size()) : bytes.size();
  const size_t kept = std::min(used, kBodyBegin - std::min(kBodyBegin, body_begin_.size()));
  body_begin_ += bytes.substr(0, kept);
  body_bytes_ += used;
  if (length_) *length_ -= used;
  if (body_bytes_ > kMostBody) {
    keep_alive_ = false;
    state_ = State::kDone;
  } else if (length_ == 0U) {
    if (!chunked_) state_ = State::kDone;
    after_chunk_ = chunked_;
    length_.reset();
  }
  return used;
}

void HttpResponse::Close() {
  keep_alive_ = false;
  if (state_ == State::kBody) state_ = State::kDone;
  if (state_ == State::kHead && !status_) state_ = State::kBroken;
}

}  // namespace seawall::probe
