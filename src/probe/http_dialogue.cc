#include "probe/http_dialogue.h"

#include <fmt/format.h>

#include <utility>

#include "probe/paths.h"

namespace seawall::probe {

HttpDialogue::HttpDialogue(std::string host, std::vector<std::string> paths)
    : host_(std::move(host)), left_(paths.begin(), paths.end()) {}

std::string HttpDialogue::Request() const {
  if (left_.empty()) return "";
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: seawall\r\nAccept: */*\r\nOrigin: {}\r\n"
      "Connection: {}\r\n\r\n",
      RequestTarget(left_.front()), host_, kOrigin, left_.size() == 1 ? "close" : "keep-alive");
}

bool HttpDialogue::Take(std::string_view bytes) {
  if (done()) return false;
  begun_ = true;
  response_.Take(bytes);
  if (response_.state() == HttpResponse::State::kBroken && !response_.status()) {
    broken_ = true;
    return false;
  }
  const bool complete = response_.state() == HttpResponse::State::kDone ||
                        response_.state() == HttpResponse::State::kBroken;
  if (complete) Finish();
  return complete;
}

void HttpDialogue::Finish() {
  answers_.push_back({std::exchange(left_.front(), ""), *response_.status(), response_.location(),
                      response_.allow_origin(), response_.body_begin()});
  left_.pop_front();
  keeps_alive_ = response_.keeps_alive();
  response_ = HttpResponse();
}

void HttpDialogue::Close() {
  keeps_alive_ = false;
  if (done()) return;
  response_.Close();
  // A status that arrived is an answer, whatever became of the rest.
  if (response_.status()) Finish();
  keeps_alive_ = false;
}

}  // namespace seawall::probe
