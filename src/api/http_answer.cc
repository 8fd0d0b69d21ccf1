#include "api/http_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "x509/certificate.h"

namespace seawall::api {
namespace {

constexpr size_t kMostHead = 64u << 10;
constexpr size_t kMostLine = 16u << 10;
constexpr int64_t kLatest = 1'000'000'000;  ///< seconds of a Retry-After: as good as never

}  // namespace

HttpAnswer::~HttpAnswer() { x509::Wipe(body_); }

void HttpAnswer::Break(std::string why) {
  state_ = State::kBroken;
  why_ = std::move(why);
}

size_t HttpAnswer::Take(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && !over()) {
    const std::string_view rest = bytes.substr(used);
    const bool in_lines = state_ == State::kHead || (chunked_ && !length_);
    used += in_lines ? TakeLine(rest) : TakeBytes(rest);
  }
  return used;
}

size_t HttpAnswer::TakeLine(std::string_view bytes) {
  const size_t end = bytes.find('\n');
  const size_t count = end == std::string_view::npos ? bytes.size() : end + 1;
  line_.append(bytes.substr(0, count));
  head_bytes_ += count;
  if (line_.size() > kMostLine || head_bytes_ > kMostHead + most_ / 8) {
    Break("its head is too long");
    return count;
  }
  if (end == std::string_view::npos) return count;
  std::string line = std::move(line_);
  line_.clear();
  line.pop_back();
  if (line.ends_with('\r')) line.pop_back();
  Line(line);
  return count;
}

void HttpAnswer::Line(std::string_view line) {
  if (state_ == State::kBody) return ChunkLine(line);
  if (!have_status_) return StatusLine(line);
  if (line.empty()) return EndOfHead();
  if (head_bytes_ > kMostHead) return Break("its head is too long");
  Field(line);
}

void HttpAnswer::StatusLine(std::string_view line) {
  const bool http = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  const auto status = http && line.size() >= 12 ? ParseInt(line.substr(9, 3)) : std::nullopt;
  if (!status || *status < 100 || *status > 999) return Break("it speaks no HTTP/1.1");
  status_ = static_cast<int>(*status);
  keep_alive_ = line[7] == '1';
  have_status_ = true;
}

void HttpAnswer::Field(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return Break("a line of its head is no field");
  const std::string name = Lower(line.substr(0, colon));
  const std::string_view value = Trim(line.substr(colon + 1));
  if (name == "content-length") {
    uint64_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error != std::errc() || end != value.data() + value.size())
      return Break("its Content-Length is no number");
    if (length_ && *length_ != length) return Break("it has two lengths");
    length_ = length;
  } else if (name == "transfer-encoding") {
    chunked_ = EqualsIgnoringCase(value, "chunked");
    if (!chunked_) return Break("its transfer encoding is not known");
  } else if (name == "connection") {
    if (EqualsIgnoringCase(value, "close")) keep_alive_ = false;
  } else if (name == "content-type") {
    content_type_ = PrintableShort(value, 200);
  } else if (name == "content-encoding") {
    if (!EqualsIgnoringCase(value, "identity"))
      return Break("it is compressed, which was not asked for");
  } else if (name == "retry-after") {
    retry_after_ = ParseInt(value);  // a date is taken for no word at all
    if (retry_after_ && *retry_after_ < 0) retry_after_.reset();
    if (retry_after_) retry_after_ = std::min(*retry_after_, kLatest);
  }
}

void HttpAnswer::EndOfHead() {
  if (status_ < 200) {  // 100 Continue: the answer is still to come
    have_status_ = false;
    length_.reset();
    chunked_ = false;
    return;
  }
  const bool none = bodiless_ || status_ == 204 || status_ == 304;
  if (none) {
    state_ = State::kDone;
    return;
  }
  if (chunked_) {
    length_.reset();
  } else if (length_ && *length_ > most_) {
    too_large_ = true;
    return Break(fmt::format("its body has more than {} bytes", most_));
  } else if (!length_) {
    keep_alive_ = false;
  }
  state_ = length_ && *length_ == 0 ? State::kDone : State::kBody;
}

void HttpAnswer::ChunkLine(std::string_view line) {
  if (trailer_) {
    if (line.empty()) state_ = State::kDone;
    return;
  }
  if (after_chunk_) {
    after_chunk_ = false;
    if (!line.empty()) Break("a chunk does not end where it says");
    return;
  }
  const std::string_view digits = Trim(line.substr(0, line.find(';')));
  uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    return Break("a chunk's size is no number");
  if (size == 0) {
    trailer_ = true;
    return;
  }
  if (size > most_ || body_.size() + size > most_) {
    too_large_ = true;
    return Break(fmt::format("its body has more than {} bytes", most_));
  }
  length_ = size;
}

size_t HttpAnswer::TakeBytes(std::string_view bytes) {
  const size_t count =
      length_ ? static_cast<size_t>(std::min<uint64_t>(*length_, bytes.size())) : bytes.size();
  if (body_.size() + count > most_) {
    too_large_ = true;
    Break(fmt::format("its body has more than {} bytes", most_));
    return count;
  }
  body_.append(bytes.substr(0, count));
  if (!length_) return count;
  *length_ -= count;
  if (*length_ > 0) return count;
  if (chunked_) {
    length_.reset();
    after_chunk_ = true;
  } else {
    state_ = State::kDone;
  }
  return count;
}

std::string HttpAnswer::TakeSoFar() {
  if (state_ != State::kHead) head_bytes_ = 0;
  return std::exchange(body_, {});
}

void HttpAnswer::Close() {
  if (over()) return;
  if (state_ == State::kBody && !chunked_ && !length_) {
    state_ = State::kDone;
    return;
  }
  Break(have_status_ ? "the answer ends in the middle"
                     : "it closed the connection without an answer");
}

}  // namespace seawall::api
