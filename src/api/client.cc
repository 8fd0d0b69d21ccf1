#include "api/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "api/connection.h"
#include "api/exec_plugin.h"
#include "api/http_answer.h"
#include "api/line_stream.h"
#include "base/text.h"

namespace seawall::api {
namespace {

constexpr const char* kAttempt = "ask the API server";
constexpr const char* kReadAnswer = "read the API server's answer";
constexpr std::chrono::milliseconds kSlice{100};  ///< between two looks at whether to stop
constexpr uint64_t kLargestToken = 1u << 20;

/// Bytes that would end a line of the request's head.
bool BreaksLine(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
}

class HttpClient : public ApiClient {
 public:
  HttpClient(Access access, const ClientOptions& options)
      : access_(std::move(access)), options_(options) {}

  /// Credentials of a plugin, and everything checked that needs no network.
  Result<void> Prepare() {
    if (access_.exec) {
      auto credential = RunPlugin(access_);
      if (!credential) return std::unexpected(credential.error());
      if (!credential->token.empty()) access_.token = std::move(credential->token);
      if (!credential->certificate.empty()) {
        access_.certificate = std::move(credential->certificate);
        access_.key = std::move(credential->key);
      }
    }
    connection_.reset();
    for (const auto& [name, value] : access_.headers) {
      if (BreaksLine(name) || BreaksLine(value) || name.find(':') != std::string::npos)
        return Fail(ErrorCode::kMalformed, kAttempt, access_.source,
                    "whom to impersonate is no name");
    }
    auto context = MakeTlsContext(access_);
    if (!context) return std::unexpected(context.error());
    context_ = std::move(*context);
    return {};
  }

  Result<Response> Send(const Request& request) override {
    const bool again = request.method == "GET" || request.method == "HEAD";
    bool renewed = false;
    for (int attempt = 1;; ++attempt) {
      std::optional<int64_t> later;
      auto response = SendOnKept(request, again, later);
      if (!response) return response;
      if (response->status == 401 && access_.exec && !renewed && again) {
        renewed = true;  // what the plugin gave may have expired meanwhile
        if (auto ok = Prepare(); !ok) return std::unexpected(ok.error());
        continue;
      }
      const bool busy = response->status == 429 || (response->status == 503 && later);
      if (!busy || !again || attempt >= options_.attempts) return response;
      const int64_t wait = later ? *later * 1000 : 1000;
      if (wait > options_.longest_wait_ms) return response;
      if (!Pause(std::chrono::milliseconds(wait))) return response;
    }
  }

  Result<std::unique_ptr<LineStream>> Follow(const Request& request) override {
    const Clock::time_point until = Clock::now() + std::chrono::milliseconds(options_.timeout_ms);
    auto head = Head(request);
    if (!head) return std::unexpected(head.error());
    auto connection = Connection::Open(access_, context_.get(), until, options_.stop);
    if (!connection) return std::unexpected(connection.error());
    auto sent = (*connection)->Write(*head, until);
    x509::Wipe(*head);
    if (!sent) return std::unexpected(sent.error());
    auto answer = std::make_unique<HttpAnswer>(options_.most);
    const auto whole = [&] {
      return answer->over() ||
             (answer->state() == HttpAnswer::State::kBody && answer->status() == 200);
    };
    while (!whole()) {
      auto bytes = (*connection)->Read(until);
      if (!bytes) return std::unexpected(bytes.error());
      if (bytes->empty()) {
        answer->Close();
      } else {
        answer->Take(*bytes);
      }
    }
    if (answer->state() == HttpAnswer::State::kBroken)
      return Fail(ErrorCode::kMalformed, kReadAnswer, where(), answer->why());
    if (answer->status() != 200) {
      return std::unexpected(ErrorOf({answer->status(), answer->content_type(), answer->TakeBody()},
                                     "watch the API server's objects", where()));
    }
    return std::make_unique<LineStream>(std::move(*connection), std::move(answer), where());
  }

  const Access& access() const override { return access_; }
  const ClientOptions& options() const override { return options_; }

 private:
  /// false: it is to end.
  bool Pause(std::chrono::milliseconds wait) const {
    const Clock::time_point until = Clock::now() + wait;
    while (Clock::now() < until) {
      if (options_.stop != nullptr && *options_.stop != 0) return false;
      std::this_thread::sleep_for(std::min<Clock::duration>(until - Clock::now(), kSlice));
    }
    return true;
  }

  /// On the kept connection if there is one; on a new one where that was closed meanwhile.
  Result<Response> SendOnKept(const Request& request, bool again, std::optional<int64_t>& later) {
    const bool kept = connection_ != nullptr;
    bool began = false;
    auto response = SendOnce(request, later, began);
    if (response || !kept || began || !again) return response;
    return SendOnce(request, later, began);
  }

  Result<Response> SendOnce(const Request& request, std::optional<int64_t>& later, bool& began) {
    const Clock::time_point until = Clock::now() + std::chrono::milliseconds(options_.timeout_ms);
    auto head = Head(request);
    if (!head) return std::unexpected(head.error());
    if (!connection_) {
      auto opened = Connection::Open(access_, context_.get(), until, options_.stop);
      if (!opened) return std::unexpected(opened.error());
      connection_ = std::move(*opened);
    }
    auto response = Exchange(*head, request, until, later, began);
    x509::Wipe(*head);
    if (!response) connection_.reset();
    return response;
  }

  Result<Response> Exchange(const std::string& head, const Request& request,
                            Clock::time_point until, std::optional<int64_t>& later, bool& began) {
    if (auto ok = connection_->Write(head, until); !ok) return std::unexpected(ok.error());
    if (auto ok = connection_->Write(request.body, until); !ok) return std::unexpected(ok.error());
    HttpAnswer answer(options_.most, request.method == "HEAD");
    bool more = false;
    while (!answer.over()) {
      auto bytes = connection_->Read(until);
      if (!bytes) return std::unexpected(bytes.error());
      if (bytes->empty()) {
        answer.Close();
      } else {
        began = true;
        more = answer.Take(*bytes) < bytes->size();
      }
    }
    if (answer.state() != HttpAnswer::State::kDone || more) {
      return Fail(answer.too_large() ? ErrorCode::kTooLarge : ErrorCode::kMalformed, kReadAnswer,
                  where(),
                  answer.state() == HttpAnswer::State::kDone ? "it answers more than it was asked"
                                                             : answer.why(),
                  began ? "look whether that is an API server of Kubernetes" : "");
    }
    if (!answer.keeps_alive()) connection_.reset();
    later = answer.retry_after();
    Response response;
    response.status = answer.status();
    response.content_type = answer.content_type();
    response.body = answer.TakeBody();
    return response;
  }

  Result<std::string> Head(const Request& request) {
    if (BreaksLine(request.path) || !request.path.starts_with('/') ||
        request.path.find(' ') != std::string::npos)
      return Fail(ErrorCode::kUsage, kAttempt, where(), "the path is none");
    const std::string host = access_.server.HostPort();
    // In the clear a proxy is handed the request itself.
    const bool forwarded = access_.proxy && !access_.server.https;
    std::string head = fmt::format(
        "{} {}{}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: seawall\r\nAccept: {}\r\n", request.method,
        forwarded ? "http://" + host : "", access_.server.path, request.path, host, request.accept);
    if (forwarded && !access_.proxy->authorization.empty())
      head += fmt::format("Proxy-Authorization: {}\r\n", access_.proxy->authorization.view());
    if (!request.body.empty() || request.method != "GET") {
      head += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", request.content_type,
                          request.body.size());
    }
    for (const auto& [name, value] : access_.headers)
      head += fmt::format("{}: {}\r\n", name, value);
    Secret token = Token();
    if (token.empty() && !access_.token_file.empty()) {
      return Fail(
          ErrorCode::kIo, kAttempt, access_.source,
          fmt::format("no token can be read from {}", PrintableShort(access_.token_file, 200)),
          "look whether the file is there and may be read");
    }
    if (BreaksLine(token.view())) {
      return Fail(ErrorCode::kMalformed, kAttempt, access_.source,
                  "its token has characters that no token has");
    }
    if (!token.empty()) head += fmt::format("Authorization: Bearer {}\r\n", token.view());
    head += "\r\n";
    return head;
  }

  /// The file is read anew: what a pod is given lives an hour.
  Secret Token() const {
    if (access_.token_file.empty()) return access_.token;
    auto files = OpenRoot("/");
    auto bytes = files ? (*files)->Read(access_.token_file, kLargestToken)
                       : Result<std::string>(std::unexpected(files.error()));
    if (!bytes) return access_.token;
    Secret token{std::string(Trim(*bytes))};
    x509::Wipe(*bytes);
    return token.empty() ? access_.token : token;
  }

  Access access_;
  const ClientOptions options_;
  TlsContext context_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace

Result<std::unique_ptr<LineStream>> ApiClient::Follow(const Request& request) {
  return Fail(ErrorCode::kNotHeld, "watch " + request.path, where(), "it does not go on");
}

Result<std::unique_ptr<ApiClient>> ApiClient::Open(Access access, const ClientOptions& options) {
  auto client = std::make_unique<HttpClient>(std::move(access), options);
  if (auto ok = client->Prepare(); !ok) return std::unexpected(ok.error());
  return client;
}

std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      escaped += c;
    else
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return escaped;
}

}  // namespace seawall::api
