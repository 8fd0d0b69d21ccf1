#include "api/line_stream.h"

#include <fmt/format.h>

namespace seawall::api {
namespace {

constexpr const char* kAttempt = "read what the API server goes on to say";

}  // namespace

LineStream::LineStream(std::unique_ptr<Connection> connection, std::unique_ptr<HttpAnswer> answer,
                       std::string where)
    : connection_(std::move(connection)), answer_(std::move(answer)), where_(std::move(where)) {
  held_ = answer_->TakeSoFar();
}

std::optional<std::string> LineStream::TakeLine() {
  const size_t end = held_.find('\n', looked_);
  if (end == std::string::npos) {
    looked_ = held_.size();
    return std::nullopt;
  }
  std::string line = held_.substr(begin_, end - begin_);
  begin_ = looked_ = end + 1;
  return line;
}

Result<std::optional<std::string>> LineStream::Next() {
  while (true) {
    if (auto line = TakeLine()) return line;
    held_.erase(0, begin_);
    begin_ = 0;
    looked_ = held_.size();
    if (held_.size() > kLongestLine) {
      return Fail(ErrorCode::kTooLarge, kAttempt, where_,
                  fmt::format("a line of more than {} MiB", kLongestLine >> 20));
    }
    if (answer_->state() == HttpAnswer::State::kBroken)
      return Fail(ErrorCode::kMalformed, kAttempt, where_, answer_->why());
    if (answer_->over()) {
      over_ = held_.empty();
      if (over_) return std::nullopt;
      return Fail(ErrorCode::kMalformed, kAttempt, where_, "it ends in the middle of a line");
    }
    auto bytes = connection_->ReadNow();
    if (!bytes) return std::unexpected(bytes.error());
    if (!*bytes) return std::nullopt;
    if ((*bytes)->empty()) {
      answer_->Close();
    } else {
      answer_->Take(**bytes);
    }
    held_ += answer_->TakeSoFar();
  }
}

}  // namespace seawall::api
