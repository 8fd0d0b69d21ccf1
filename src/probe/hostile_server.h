// A server of the tests: for each connection a function in a thread of its own, until it is
// destroyed.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/descriptor.h"

namespace seawall::probe::testing {

/// What a server's function may do with one connection.
class Peer {
 public:
  Peer(int fd, const std::atomic<bool>& over) : fd_(fd), over_(over) {}
  /// False when the other side is gone or the server is destroyed.
  bool Send(std::string_view bytes) const {
    return !over_ && send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                         static_cast<ssize_t>(bytes.size());
  }
  /// What arrives first; "" at the end.
  std::string Receive() const {
    char buffer[8192];
    while (!over_) {
      pollfd one{fd_, POLLIN, 0};
      if (poll(&one, 1, 50) <= 0) continue;
      const ssize_t count = recv(fd_, buffer, sizeof buffer, 0);
      return count > 0 ? std::string(buffer, static_cast<size_t>(count)) : "";
    }
    return "";
  }
  int fd() const { return fd_; }
  void Reset() const {
    const linger now{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  /// False when the server is destroyed meanwhile.
  bool Wait(std::chrono::milliseconds time) const {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!over_ && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return !over_;
  }

 private:
  int fd_;
  const std::atomic<bool>& over_;
};

class HostileServer {
 public:
  explicit HostileServer(std::function<void(const Peer&)> serve) : serve_(std::move(serve)) {
    listener_ = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    listen(listener_.get(), 128);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { Accept(); });
  }
  ~HostileServer() {
    over_ = true;
    accepting_.join();
    for (std::thread& one : serving_) one.join();
  }
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;

  uint16_t port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void Accept() {
    while (!over_) {
      pollfd one{listener_.get(), POLLIN, 0};
      if (poll(&one, 1, 20) <= 0) continue;
      const int fd = accept(listener_.get(), nullptr, nullptr);
      if (fd < 0) continue;
      ++connections_;
      serving_.emplace_back([this, fd] {
        const Descriptor socket(fd);
        serve_(Peer(fd, over_));
      });
    }
  }

  std::function<void(const Peer&)> serve_;
  Descriptor listener_;
  uint16_t port_ = 0;
  std::atomic<bool> over_ = false;
  std::atomic<int> connections_ = 0;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace seawall::probe::testing
