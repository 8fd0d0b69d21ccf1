// One answer of HTTP/1.1, read piece by piece with a bound for each part. Private to this room.
// (The probe's reader keeps only the beginning of a body, for it must stay small with ten thousand
// endpoints at once; this one keeps all of it.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seawall::api {

class HttpAnswer {
 public:
  enum class State : uint8_t { kHead, kBody, kDone, kBroken };

  /// `most`: bytes of the body. `bodiless`: the answer to HEAD or CONNECT.
  explicit HttpAnswer(uint64_t most, bool bodiless = false) : most_(most), bodiless_(bodiless) {}
  ~HttpAnswer();
  HttpAnswer(const HttpAnswer&) = delete;
  HttpAnswer& operator=(const HttpAnswer&) = delete;

  /// Takes what arrived and tells how much of it was used; bytes behind the end are left.
  size_t Take(std::string_view bytes);
  /// The connection ended: a body without a length ends there.
  void Close();

  State state() const { return state_; }
  bool over() const { return state_ == State::kDone || state_ == State::kBroken; }
  const std::string& why() const { return why_; }  ///< of kBroken
  bool too_large() const { return too_large_; }
  int status() const { return status_; }
  bool keeps_alive() const { return keep_alive_ && state_ == State::kDone; }
  const std::string& content_type() const { return content_type_; }
  const std::optional<int64_t>& retry_after() const { return retry_after_; }  ///< seconds
  std::string TakeBody() { return std::move(body_); }
  /// What has come of a body that goes on; it counts no more against any bound.
  std::string TakeSoFar();

 private:
  size_t TakeLine(std::string_view bytes);
  void Line(std::string_view line);
  void StatusLine(std::string_view line);
  void Field(std::string_view line);
  void EndOfHead();
  void ChunkLine(std::string_view line);
  size_t TakeBytes(std::string_view bytes);
  void Break(std::string why);

  const uint64_t most_;
  const bool bodiless_;
  State state_ = State::kHead;
  std::string why_, line_, content_type_, body_;
  int status_ = 0;
  size_t head_bytes_ = 0;
  std::optional<uint64_t> length_;  ///< of the body, or what is left of a chunk
  std::optional<int64_t> retry_after_;
  bool have_status_ = false, chunked_ = false, after_chunk_ = false, trailer_ = false;
  bool keep_alive_ = false, too_large_ = false;
};

}  // namespace seawall::api
