// For tests only: an API server made of one function, over TLS or in the clear, in this process.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/access.h"
#include "base/descriptor.h"
#include "x509/test_pki.h"

namespace seawall::api::testing {

using x509::testing::Issue;
using x509::testing::IssueCa;
using x509::testing::IssueLeaf;
using x509::testing::TestPair;
using x509::testing::TestSubject;

/// What a request's head says, and who asked.
struct Asked {
  std::string method, target, head, body;
  std::string client;  ///< common name of the client's certificate
  bool Has(std::string_view text) const { return head.find(text) != std::string::npos; }
};

inline std::string Answer(int status, const std::string& body, const std::string& fields = "") {
  return fmt::format(
      "HTTP/1.1 {} X\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}", status,
      fields, body.size(), body);
}
inline std::string Json(const std::string& body) { return Answer(200, body); }
inline std::string Status(int code, const std::string& message) {
  return Answer(code, R"({"kind":"Status","apiVersion":"v1","message":")" + message + "\"}");
}

/// The bytes for each request; "" closes the connection. What ends in kForever is repeated until
/// the other side is gone; behind what ends in kHold nothing more comes, and the connection stays.
using Serve = std::function<std::string(const Asked&)>;
inline constexpr std::string_view kForever = "<forever>";
inline constexpr std::string_view kHold = "<hold>";

class TestServer {
 public:
  explicit TestServer(Serve serve, bool tls = true, const std::string& names = "IP:127.0.0.1")
      : serve_(std::move(serve)), ca_(IssueCa("cluster CA")) {
    if (tls) MakeContext(names);
    listener_ = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    listen(listener_.get(), 64);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { Accept(); });
  }
  ~TestServer() {
    over_ = true;
    accepting_.join();
    for (std::thread& one : serving_) one.join();
    SSL_CTX_free(context_);
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  uint16_t port() const { return port_; }
  int connections() const { return connections_; }
  const TestPair& ca() const { return ca_; }
  std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  /// Trusts this server and shows nothing.
  Access Stranger() const {
    Access access;
    access.source = "a test";
    access.server.https = context_ != nullptr;
    access.server.host = "127.0.0.1";
    access.server.port = port_;
    access.ca = ca_.certificate;
    return access;
  }

 private:
  void MakeContext(const std::string& names) {
    TestSubject subject;
    subject.common_name = "kube-apiserver";
    subject.names = names;
    subject.not_before = 1000000000;
    subject.not_after = 4000000000;
    const TestPair pair = Issue(subject, &ca_);
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context_, pair.x509.get());
    SSL_CTX_use_PrivateKey(context_, pair.key.get());
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  }

  void Accept() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);  // of this thread and those that it starts
    while (!over_) {
      pollfd one{listener_.get(), POLLIN, 0};
      if (poll(&one, 1, 20) <= 0) continue;
      const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++connections_;
      serving_.emplace_back([this, fd] { Talk(fd); });
    }
  }

  /// One side of a connection in the test's hands.
  struct Line {
    int fd;
    SSL* ssl;
    const std::atomic<bool>& over;
    bool Readable() const {
      while (!over) {
        if (ssl != nullptr && SSL_pending(ssl) > 0) return true;
        pollfd one{fd, POLLIN, 0};
        if (poll(&one, 1, 20) > 0) return true;
      }
      return false;
    }
    int Read(char* buffer, size_t size) const {
      if (!Readable()) return 0;
      return ssl != nullptr ? SSL_read(ssl, buffer, static_cast<int>(size))
                            : static_cast<int>(recv(fd, buffer, size, 0));
    }
    bool Write(std::string_view bytes) const {
      while (!bytes.empty() && !over) {
        const int count =
            ssl != nullptr ? SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()))
                           : static_cast<int>(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL));
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<size_t>(count));
      }
      return !over;
    }
  };

  void Talk(int fd) {
    const Descriptor owner(fd);
    const timeval short_time{0, 200'000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &short_time, sizeof short_time);
    SSL* ssl = nullptr;
    if (context_ != nullptr) {
      ssl = SSL_new(context_);
      SSL_set_fd(ssl, fd);
      if (SSL_accept(ssl) != 1) {
        SSL_free(ssl);
        return;
      }
    }
    Serve1(Line{fd, ssl, over_});
    SSL_free(ssl);
  }

  void Serve1(const Line& line) {
    std::string head;
    char buffer[16384];
    while (!over_) {
      const size_t end = head.find("\r\n\r\n");
      if (end == std::string::npos) {
        const int count = line.Read(buffer, sizeof buffer);
        if (count <= 0) return;
        head.append(buffer, static_cast<size_t>(count));
        continue;
      }
      Asked asked = Parse(head.substr(0, end + 2), line.ssl);
      head.erase(0, end + 4);
      while (head.size() < LengthOf(asked.head)) {
        const int count = line.Read(buffer, sizeof buffer);
        if (count <= 0) return;
        head.append(buffer, static_cast<size_t>(count));
      }
      asked.body = head.substr(0, LengthOf(asked.head));
      head.erase(0, asked.body.size());
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(asked);
      }
      std::string answer = serve_(asked);
      if (answer.empty()) return;
      if (answer.ends_with(kForever)) {
        answer.resize(answer.size() - kForever.size());
        while (line.Write(answer)) {
        }
        return;
      }
      if (answer.ends_with(kHold)) {
        line.Write(answer.substr(0, answer.size() - kHold.size()));
        line.Read(buffer, sizeof buffer);
        return;
      }
      if (!line.Write(answer) || answer.find("Connection: close") != std::string::npos) return;
    }
  }

  static size_t LengthOf(const std::string& head) {
    const size_t at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
  }

  static Asked Parse(const std::string& head, SSL* ssl) {
    Asked asked;
    asked.head = head;
    const size_t space = head.find(' ');
    asked.method = head.substr(0, space);
    asked.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    X509* client = ssl != nullptr ? SSL_get0_peer_certificate(ssl) : nullptr;
    if (client != nullptr) {
      char name[200] = "";
      X509_NAME_get_text_by_NID(X509_get_subject_name(client), NID_commonName, name, sizeof name);
      asked.client = name;
    }
    return asked;
  }

  Serve serve_;
  TestPair ca_;
  SSL_CTX* context_ = nullptr;
  Descriptor listener_;
  uint16_t port_ = 0;
  std::atomic<bool> over_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace seawall::api::testing
