// The answer to a GET, read piece by piece: its status, and where its end is, so that the next one
// can be asked for on the same connection. Private to this room.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace seawall::probe {

class HttpResponse {
 public:
  /// Takes what arrived and tells how much of it was used; bytes after the end are left.
  size_t Take(std::string_view bytes);

  enum class State : uint8_t {
    kHead,  ///< status line and fields
    kBody,
    kDone,
    kBroken  ///< this is no HTTP, or too much of it
  };
  State state() const { return state_; }
  /// Known as soon as the status line is. An interim one (100 Continue) is no answer.
  std::optional<int> status() const {
    return status_ && *status_ < 200 && *status_ != 101 ? std::nullopt : status_;
  }
  const std::string& location() const { return location_; }
  /// The value of Access-Control-Allow-Origin; "" when there is none.
  const std::string& allow_origin() const { return allow_origin_; }
  /// The first 512 bytes of the body.
  const std::string& body_begin() const { return body_begin_; }
  /// Another request may follow on the connection.
  bool keeps_alive() const { return keep_alive_ && state_ == State::kDone; }
  /// The connection ended: a body without a length ends there.
  void Close();

 private:
  size_t TakeLine(std::string_view bytes);
  void Line(std::string_view line);
  void StatusLine(std::string_view line);
  void Field(std::string_view line);
  void EndOfHead();
  void ChunkLine(std::string_view line);
  size_t TakeBody(std::string_view bytes);

  State state_ = State::kHead;
  std::optional<int> status_;
  std::string line_;
  std::string location_, allow_origin_, body_begin_;
  size_t head_bytes_ = 0;
  size_t body_bytes_ = 0;
  std::optional<size_t> length_;  ///< of the body, or what is left of a chunk
  bool chunked_ = false;
  bool after_chunk_ = false, trailer_ = false;
  bool keep_alive_ = false;
};

}  // namespace seawall::probe
