// Asker: many questions to one API server, bounded as a whole. Private to this room.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "api/client.h"
#include "cluster/api_facts.h"

namespace seawall::api {

/// One connection that broke stays broken: everything after it is answered with the same error, so
/// that a server which no longer answers costs its timeout once and not once a question.
class Asker {
 public:
  Asker(ApiClient& client, std::chrono::steady_clock::time_point until)
      : client_(client), until_(until) {}

  Result<yaml::Stream> Object(const std::string& path);
  /// Text that is no object: /metrics.
  Result<std::string> Text(const std::string& path);

  /// Every item of a list into `answer`, by `read`, which says nothing of an item that is not
  /// meant.
  template <typename T>
  void List(ListRequest request, cluster::AnswerList<T>& answer,
            const std::function<std::optional<T>(const yaml::Value&)>& read) {
    std::vector<T> items;
    const auto ok = Each(
        std::move(request),
        [&](const yaml::Value& item) {
          if (auto one = read(item)) items.push_back(std::move(*one));
        },
        [&] { items.clear(); });
    if (!ok) return Blame(answer, ok.error());
    answer.value = std::move(items);
    answer.why.clear();
  }
  Result<void> Each(ListRequest request, const std::function<void(const yaml::Value&)>& item,
                    const std::function<void()>& restart);

  /// The answer is unknown because of `error`.
  template <typename T>
  static void Blame(cluster::Answer<T>& answer, const Error& error) {
    answer.value = T();
    answer.why = error.attempt.empty() ? error.why : "cannot " + error.attempt + ": " + error.why;
    answer.how = error.todo.empty() ? "ask the API server again" : error.todo;
  }
  template <typename T>
  static void Know(cluster::Answer<T>& answer, T value) {
    answer.value = std::move(value);
    answer.why.clear();
  }

  ApiClient& client() { return client_; }

 private:
  std::optional<Error> Over(const std::string& path) const;
  void Remember(const Error& error);

  ApiClient& client_;
  const std::chrono::steady_clock::time_point until_;
  std::optional<Error> broken_;
};

/// "2027-01-15T08:00:00Z" as seconds since the epoch.
std::optional<int64_t> ReadRfc3339(const std::string& text);

}  // namespace seawall::api
