// Objects and lists: what answers with a status other than 200 mean, and how a list is read whole.
#include <fmt/format.h>

#include <algorithm>

#include "api/client.h"
#include "base/text.h"

namespace seawall::api {
namespace {

constexpr const char* kMetadata =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
constexpr int kMostRestarts = 3;
constexpr int kSmallestPage = 5;

/// A page of a hundred pods of every kind takes a tenth of this.
yaml::Limits LimitsOf(uint64_t most) {
  yaml::Limits limits;
  limits.bytes = most;
  limits.nodes = 600'000;
  return limits;
}

std::string Attempt(const std::string& path) {
  return "ask the API server for " + PrintableShort(path.substr(0, path.find('?')), 200);
}

/// The message of a meta/v1 Status; "" for what is none.
std::string MessageOf(const Response& response) {
  if (response.body.size() > (64u << 10) || response.body.empty()) return "";
  const auto stream = yaml::Parse("status", response.body);
  if (!stream || stream->root()["kind"].text() != "Status") return "";
  return PrintableShort(stream->root()["message"].text(), 300);
}

}  // namespace

Error ErrorOf(const Response& response, const std::string& attempt, const std::string& where) {
  Error error;
  error.attempt = attempt;
  error.where = where;
  error.why = fmt::format("status {}", response.status);
  const std::string message = MessageOf(response);
  if (!message.empty()) error.why += ": " + message;
  if (response.status == 401) {
    error.code = ErrorCode::kPermission;
    error.todo = "the API server does not know these credentials: look at the kubeconfig's user";
  } else if (response.status == 403) {
    error.code = ErrorCode::kPermission;
    error.todo = "allow these credentials to get and list it, or use others";
  } else if (response.status == 404) {
    error.code = ErrorCode::kNotFound;
  } else if (response.status / 100 == 3) {
    error.todo =
        "it sends its callers elsewhere, where seawall does not follow: write that address "
        "into the kubeconfig";
  }
  return error;
}

Result<yaml::Stream> ApiClient::Object(const std::string& path) {
  auto response = Get(path);
  if (!response) return std::unexpected(response.error());
  if (response->status != 200) return std::unexpected(ErrorOf(*response, Attempt(path), where()));
  auto stream = yaml::Parse(path, std::move(response->body), LimitsOf(options().most));
  if (stream && stream->root().is_mapping()) return stream;
  return Fail(ErrorCode::kMalformed, Attempt(path), where(),
              stream ? "the answer is no object" : "the answer is no JSON: " + stream.error().why,
              "look whether that is an API server of Kubernetes");
}

namespace {

/// The state of one reading of a list.
class ListReader {
 public:
  ListReader(ApiClient& client, const ListRequest& request,
             const std::function<void(const yaml::Value&)>& item,
             const std::function<void()>& restart)
      : client_(client), request_(request), item_(item), restart_(restart), page_(request.page) {}

  Result<void> Read() {
    do {
      auto ok = ReadPage();
      if (!ok) return ok;
    } while (!done_);
    return {};
  }

 private:
  Result<void> ReadPage() {
    if (std::chrono::steady_clock::now() > request_.until) {
      return Fail(ErrorCode::kLimit, Attempt(request_.path), client_.where(),
                  "it did not come to an end in the time that was left", "ask it again");
    }
    auto response = client_.Send(
        {.path = Path(), .accept = request_.metadata_only ? kMetadata : "application/json"});
    if (!response) {
      if (response.error().code == ErrorCode::kTooLarge && Smaller()) return {};
      return std::unexpected(response.error());
    }
    if (response->status == 410 && !continue_.empty() && restarts_++ < kMostRestarts) {
      continue_.clear();
      count_ = 0;
      restart_();
      return {};
    }
    if (response->status != 200)
      return std::unexpected(ErrorOf(*response, Attempt(request_.path), client_.where()));
    auto stream =
        yaml::Parse(request_.path, std::move(response->body), LimitsOf(client_.options().most));
    if (!stream && stream.error().code == ErrorCode::kLimit && Smaller()) return {};
    const yaml::Value root = stream ? stream->root() : yaml::Value();
    if (!root.is_mapping() || !root["kind"].text().ends_with("List"))
      return Broken(stream ? "it is no list" : stream.error().why);
    // An empty list says so ("items": null or []): what leaves its items out is none.
    const yaml::Value items = root["items"];
    if (!items.exists() || !(items.is_sequence() || items.is_null()))
      return Broken("it is no list");
    return TakeItems(root);
  }

  Result<void> TakeItems(const yaml::Value& root) {
    for (const yaml::Value& one : root["items"].Items()) {
      if (!one.is_mapping()) return Broken("one of its items is no object");
      if (++count_ > request_.most_items)
        return Broken(fmt::format("it has more than {} items", request_.most_items));
      item_(one);
    }
    const std::string next = root["metadata"]["continue"].text();
    if (next.empty() && root["metadata"]["remainingItemCount"].AsInt().value_or(0) > 0)
      return Broken("it ends although more of its items remain");
    if (next.empty()) {
      done_ = true;
      if (request_.version != nullptr)
        *request_.version = root["metadata"]["resourceVersion"].text();
    } else if (next == continue_ || next.size() > 64 * 1024 || ++pages_ > request_.most_items) {
      return Broken("it does not come to an end");
    }
    continue_ = next;
    return {};
  }

  /// Large items: fewer of them at once.
  bool Smaller() {
    if (page_ <= kSmallestPage) return false;
    page_ = std::max(kSmallestPage, page_ / 4);
    return true;
  }

  Result<void> Broken(std::string why) const {
    return Fail(ErrorCode::kMalformed, Attempt(request_.path), client_.where(), std::move(why),
                "look whether that is an API server of Kubernetes");
  }

  std::string Path() const {
    std::string path = fmt::format("{}?limit={}", request_.path, page_);
    if (!request_.selector.empty()) path += "&" + request_.selector;
    if (!continue_.empty()) path += "&continue=" + Escape(continue_);
    return path;
  }

  ApiClient& client_;
  const ListRequest& request_;
  const std::function<void(const yaml::Value&)>& item_;
  const std::function<void()>& restart_;
  int page_;
  std::string continue_;
  int restarts_ = 0;
  uint64_t count_ = 0, pages_ = 0;
  bool done_ = false;
};

}  // namespace

Result<void> ApiClient::List(const ListRequest& request,
                             const std::function<void(const yaml::Value&)>& item,
                             const std::function<void()>& restart) {
  return ListReader(*this, request, item, restart).Read();
}

}  // namespace seawall::api
