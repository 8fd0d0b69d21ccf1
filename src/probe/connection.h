// One TCP connection and what is said on it, within its time. Private to this room.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>

#include "base/descriptor.h"
#include "probe/event_loop.h"
#include "probe/talk.h"

namespace seawall::probe {

/// In place of a network that cannot be entered.
inline constexpr int kNoNetwork = -2;

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string text;  ///< numeric, without the port: who shares it is one host
  /// Descriptor of the network namespace to ask in; -1: this thread's own.
  int network = -1;
};

class Connection : public Waiter {
 public:
  struct Times {
    std::chrono::milliseconds step;  ///< for the connection and its first step, and each other one
    Clock::time_point end;           ///< for all of it
  };
  /// `ended` is called once, after the talk's End; it may retire the connection.
  Connection(EventLoop& loop, std::unique_ptr<Talk> talk, Times times,
             std::function<void(Connection&)> ended);
  void Start(const Address& address);

  void Ready(uint32_t events) override;
  void TimeUp() override;

 private:
  void Connected();
  bool Failed(int error);
  void Watch();
  void Read();
  void Send();
  void Finish(Ending::Kind kind, std::string why = "");
  void NewStep();

  EventLoop& loop_;
  std::unique_ptr<Talk> talk_;
  Times times_;
  std::function<void(Connection&)> ended_;
  Descriptor socket_;
  std::string unsent_;
  uint32_t watched_ = 0;  ///< the events that the loop tells
  bool connected_ = false;
  bool finished_ = false;
};

}  // namespace seawall::probe
