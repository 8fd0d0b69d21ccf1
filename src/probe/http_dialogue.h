// GETs one after the other on one connection, whatever carries it. Private to this room.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "probe/http_response.h"

namespace seawall::probe {

struct PathStatus {
  std::string path;
  int status = 0;
  std::string location;
  std::string allow_origin;  ///< of web pages that may read the answer
  std::string body_begin;    ///< at most 512 bytes: never shown, for recognising what answered
};

/// The origin of a web page that nobody knows; every GET comes from it.
inline constexpr const char* kOrigin = "https://seawall-none.invalid";

class HttpDialogue {
 public:
  HttpDialogue(std::string host, std::vector<std::string> paths);

  /// The request to send now; "" when there is none left.
  std::string Request() const;
  /// True when a response is complete: send the next Request(), if any.
  bool Take(std::string_view bytes);
  /// The connection ended.
  void Close();

  bool done() const { return left_.empty() || broken_; }
  /// Another request may be sent on this connection.
  bool can_go_on() const { return !done() && keeps_alive_; }
  /// What came is no HTTP.
  bool broken() const { return broken_; }
  bool begun() const { return begun_; }
  const std::vector<PathStatus>& answers() const { return answers_; }
  /// Paths without an answer.
  const std::deque<std::string>& left() const { return left_; }

 private:
  void Finish();
  std::string host_;
  std::deque<std::string> left_;
  std::vector<PathStatus> answers_;
  HttpResponse response_;
  bool keeps_alive_ = true;
  bool broken_ = false;
  bool begun_ = false;
};

}  // namespace seawall::probe
