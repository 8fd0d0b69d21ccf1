// LineStream: an answer that goes on, line by line as it comes. Private to this room.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/connection.h"
#include "api/http_answer.h"
#include "base/error.h"

namespace seawall::api {

/// Not thread-safe. Never waits.
class LineStream {
 public:
  static constexpr size_t kLongestLine = 16u << 20;

  /// `answer` has had its head from `connection`, and perhaps some of its body.
  LineStream(std::unique_ptr<Connection> connection, std::unique_ptr<HttpAnswer> answer,
             std::string where);

  /// The next line without its end; nullopt: none has come yet, or it is over. Errors: kIo of a
  /// connection that broke, kMalformed of an answer that ends in the middle, kTooLarge of a line
  /// without an end.
  Result<std::optional<std::string>> Next();
  /// It came to its proper end, and every line was taken.
  bool over() const { return over_; }

 private:
  std::optional<std::string> TakeLine();

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<HttpAnswer> answer_;
  std::string where_;
  std::string held_;   ///< what has come
  size_t begin_ = 0;   ///< of the next line in it
  size_t looked_ = 0;  ///< up to here no end of it was found
  bool over_ = false;
};

}  // namespace seawall::api
