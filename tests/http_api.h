// An API server in the clear, made of a table of answers or of a function, and a kubeconfig of it.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "tree.h"

namespace seawall::test {

class HttpApi {
 public:
  struct Answer {
    int status = 200;
    std::string body;
  };
  using Answers = std::map<std::string, Answer>;
  struct Asked {
    std::string method, path, query, body;
  };
  /// Asked by one thread.
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

  /// One connection at a time is enough: a client keeps its own, and a second one waits.
  void Serve() {
    while (!over_) {
      pollfd one{listener_, POLLIN, 0};
      if (poll(&one, 1, 20) <= 0) continue;
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      std::string head;
      char buffer[4096];
      while (!over_) {
        pollfd readable{fd, POLLIN, 0};
        if (poll(&readable, 1, 20) <= 0) continue;
        const ssize_t count = recv(fd, buffer, sizeof buffer, 0);
        if (count <= 0) break;
        head.append(buffer, static_cast<size_t>(count));
        if (!IsWhole(head)) continue;
        const std::string answer = AnswerTo(head);
        head.clear();
        if (send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
        break;  // "Connection: close"
      }
      close(fd);
    }
  }

  static bool IsWhole(const std::string& request) {
    const size_t end = request.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const size_t length = request.find("Content-Length: ");
    if (length == std::string::npos || length > end) return true;
    return request.size() >= end + 4 + std::stoul(request.substr(length + 16));
  }

  std::string AnswerTo(const std::string& head) const {
    const size_t begin = head.find(' ') + 1;
    const std::string path = head.substr(begin, head.find_first_of(" ?", begin) - begin);
    Answer answer{200, R"({"kind":"XList","metadata":{},"items":[]})"};
    if (serves_) return TextOf(serves_(Split(head)));
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
    return TextOf(answer);
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
    return fmt::format(
        "HTTP/1.1 {} X\r\nContent-Type: application/json\r\nConnection: close\r\n"
        "Content-Length: {}\r\n\r\n{}",
        answer.status, answer.body.size(), answer.body);
  }

  Answers answers_;
  Serves serves_;
  Tree tree_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace seawall::test
