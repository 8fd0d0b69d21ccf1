#include "api/asker.h"

#include <ctime>

#include "base/text.h"

namespace seawall::api {
namespace {

/// What one cluster has of one kind at the most: a fifth of a gigabyte of facts.
constexpr uint64_t kMostItems = 200'000;

}  // namespace

std::optional<Error> Asker::Over(const std::string& path) const {
  if (broken_) return broken_;
  if (std::chrono::steady_clock::now() < until_) return std::nullopt;
  return Error{ErrorCode::kLimit,
               "ask the API server for " + PrintableShort(path.substr(0, path.find('?')), 200),
               client_.where(), "the time for its answers is over", "ask it again"};
}

void Asker::Remember(const Error& error) {
  if (error.code == ErrorCode::kIo) broken_ = error;
}

Result<yaml::Stream> Asker::Object(const std::string& path) {
  if (auto over = Over(path)) return std::unexpected(*over);
  auto stream = client_.Object(path);
  if (!stream) Remember(stream.error());
  return stream;
}

Result<std::string> Asker::Text(const std::string& path) {
  if (auto over = Over(path)) return std::unexpected(*over);
  auto response = client_.Get(path);
  if (!response) {
    Remember(response.error());
    return std::unexpected(response.error());
  }
  if (response->status != 200)
    return std::unexpected(ErrorOf(*response, "ask the API server for " + path, client_.where()));
  return std::move(response->body);
}

Result<void> Asker::Each(ListRequest request, const std::function<void(const yaml::Value&)>& item,
                         const std::function<void()>& restart) {
  if (auto over = Over(request.path)) return std::unexpected(*over);
  request.until = until_;
  request.most_items = kMostItems;
  auto ok = client_.List(request, item, restart);
  if (!ok) Remember(ok.error());
  return ok;
}

std::optional<int64_t> ReadRfc3339(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  if (*rest == '.') {
    do ++rest;
    while (*rest >= '0' && *rest <= '9');
  }
  int64_t offset = 0;
  if (*rest == '+' || *rest == '-') {
    const std::string zone(rest + 1);
    if (zone.size() != 5 || zone[2] != ':') return std::nullopt;
    const auto hours = ParseInt(zone.substr(0, 2)), minutes = ParseInt(zone.substr(3));
    if (!hours || !minutes) return std::nullopt;
    offset = (*hours * 3600 + *minutes * 60) * (*rest == '+' ? 1 : -1);
  } else if (std::string(rest) != "Z") {
    return std::nullopt;
  }
  return static_cast<int64_t>(timegm(&parts)) - offset;
}

}  // namespace seawall::api
