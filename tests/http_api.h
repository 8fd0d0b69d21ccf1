// An API server in the clear, made of a table of answers or of a function, and a kubeconfig of it.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tree.h"

namespace seawall::test {

class HttpApi {
 public:
  struct Answer {
    int status = 200;
    std::string body;
    /// Of an answer that goes on, in place of `body`: asked again and again for its next bytes,
    /// which may be none; nullopt ends it.
    std::function<std::optional<std::string>()> more{};
  };
  using Answers = std::map<std::string, Answer>;
  struct Asked {
    std::string method, path, query, body;
  };
  /// Asked (and what goes on, too) by one thread at a time.
  using Serves = std::function<Answer(const Asked&)>;

  /// What is not in the table: nothing of that name, or an empty list.
  static Answers Empty() {
    return {{"/version", {200, R"({"gitVersion":"v1.37.2"})"}},
            {"/api/v1/namespaces/kube-system", {200, R"({"metadata":{"uid":"u"}})"}},
            {"/apis", {200, R"({"kind":"APIGroupList","groups":[]})"}},
            {"/metrics", {200, "# TYPE apiserver_audit_event_total counter\n"}}};
  }

  /// `user`: what the kubeconfig's user is: nobody.
  explicit HttpApi(Answers answers, const std::string& user = "") : answers_(std::move(answers)) {
    Start(user);
  }
  explicit HttpApi(Serves serves) : serves_(std::move(serves)) { Start(""); }
  ~HttpApi() {
    over_ = true;
    thread_.join();
    for (std::thread& one : talking_) one.join();
    close(listener_);
  }
  HttpApi(const HttpApi&) = delete;
  HttpApi& operator=(const HttpApi&) = delete;

  std::string Kubeconfig() const { return tree_.Path("/kubeconfig"); }
  int port() const { return port_; }

 private:
  void Start(const std::string& user) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 16);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
    tree_.Write(
        "/kubeconfig",
        fmt::format("apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                    "clusters: [{{name: k, cluster: {{server: \"http://127.0.0.1:{}\"}}}}]\n"
                    "users: [{{name: u, user: {{{}}}}}]\n"
                    "contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n",
                    port_, user));
  }

  void Serve() {
    while (!over_) {
      pollfd one{listener_, POLLIN, 0};
      if (poll(&one, 1, 20) <= 0) continue;
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd >= 0) talking_.emplace_back([this, fd] { Talk(fd); });
    }
  }

  /// One question: "Connection: close".
  void Talk(int fd) {
    std::string head;
    char buffer[4096];
    while (!over_) {
      pollfd readable{fd, POLLIN, 0};
      if (poll(&readable, 1, 20) <= 0) continue;
      const ssize_t count = recv(fd, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      head.append(buffer, static_cast<size_t>(count));
      if (!IsWhole(head)) continue;
      Answer answer;
      {
        const std::lock_guard lock(asking_);
        answer = AnswerTo(head);
      }
      const std::string text = TextOf(answer);
      if (send(fd, text.data(), text.size(), MSG_NOSIGNAL) >= 0 && answer.more) GoOn(fd, answer);
      break;
    }
    close(fd);
  }

  void GoOn(int fd, const Answer& answer) {
    while (!over_) {
      std::optional<std::string> next;
      {
        const std::lock_guard lock(asking_);
        next = answer.more();
      }
      const std::string chunk = !next ? "0\r\n\r\n"
                                : next->empty()
                                    ? ""
                                    : fmt::format("{:x}\r\n{}\r\n", next->size(), *next);
      if (send(fd, chunk.data(), chunk.size(), MSG_NOSIGNAL) < 0 || !next) return;
      pollfd gone{fd, POLLIN, 0};
      if (poll(&gone, 1, 10) > 0) return;
    }
  }

  static bool IsWhole(const std::string& request) {
    const size_t end = request.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const size_t length = request.find("Content-Length: ");
    if (length == std::string::npos || length > end) return true;
    return request.size() >= end + 4 + std::stoul(request.substr(length + 16));
  }

  Answer AnswerTo(const std::string& head) const {
    const size_t begin = head.find(' ') + 1;
    const std::string path = head.substr(begin, head.find_first_of(" ?", begin) - begin);
    Answer answer{200, R"({"kind":"XList","metadata":{},"items":[]})"};
    if (serves_) return serves_(Split(head));
    const auto found = answers_.find(path);
    const auto all = answers_.find("*");
    if (found != answers_.end()) {
      answer = found->second;
    } else if (all != answers_.end()) {
      answer = all->second;
    } else if (path.find("/configmaps/") != path.npos || path.find("/daemonsets/") != path.npos ||
               path.find("/proxy/") != path.npos) {
      answer = {404, R"({"kind":"Status","message":"not found"})"};
    }
    return answer;
  }

  static Asked Split(const std::string& request) {
    const size_t begin = request.find(' ') + 1;
    const std::string target = request.substr(begin, request.find(' ', begin) - begin);
    const size_t question = target.find('?');
    return {request.substr(0, begin - 1), target.substr(0, question),
            question == target.npos ? "" : target.substr(question + 1),
            request.substr(request.find("\r\n\r\n") + 4)};
  }

  static std::string TextOf(const Answer& answer) {
    const std::string head = fmt::format(
        "HTTP/1.1 {} X\r\nContent-Type: application/json\r\nConnection: close\r\n", answer.status);
    if (answer.more) return head + "Transfer-Encoding: chunked\r\n\r\n";
    return fmt::format("{}Content-Length: {}\r\n\r\n{}", head, answer.body.size(), answer.body);
  }

  Answers answers_;
  Serves serves_;
  Tree tree_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> over_ = false;
  std::mutex asking_;
  std::vector<std::thread> talking_;
  std::thread thread_;
};

}  // namespace seawall::test
