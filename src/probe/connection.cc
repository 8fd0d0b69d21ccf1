#include "probe/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace seawall::probe {
namespace {

/// Reads of one connection before the others get their turn.
constexpr int kReadsInARow = 4;

/// A socket belongs to the network in which it was made, whatever its thread does afterwards.
Descriptor MakeSocket(const Address& address) {
  const auto make = [&] {
    return Descriptor(
        socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  };
  if (address.network == -1) return make();
  const Descriptor home(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!home || setns(address.network, CLONE_NEWNET) != 0) return Descriptor();
  Descriptor made = make();
  const int error = errno;
  // Nothing of this thread may go on in a network that is not its own.
  if (setns(home.get(), CLONE_NEWNET) != 0) std::abort();
  errno = error;
  return made;
}

}  // namespace

std::string Describe(const Ending& ending) {
  switch (ending.kind) {
    case Ending::Kind::kDone:
      return "done";
    case Ending::Kind::kClosed:
      return "closed";
    case Ending::Kind::kReset:
      return "reset";
    case Ending::Kind::kTimeUp:
      return ending.connected ? "no answer in time" : "no connection in time";
    case Ending::Kind::kRefused:
      return "connection refused";
    case Ending::Kind::kUnreachable:
      return ending.why;
  }
  return "";
}

Connection::Connection(EventLoop& loop, std::unique_ptr<Talk> talk, Times times,
                       std::function<void(Connection&)> ended)
    : loop_(loop), talk_(std::move(talk)), times_(times), ended_(std::move(ended)) {}

void Connection::NewStep() {
  loop_.SetTime(this, std::min(Clock::now() + times_.step, times_.end));
}

void Connection::Start(const Address& address) {
  NewStep();
  socket_ = MakeSocket(address);
  if (!socket_) {
    return Finish(Ending::Kind::kUnreachable,
                  fmt::format("{}{}",
                              address.network == -1 ? ""
                                                    : "the network of its process cannot be "
                                                      "entered: ",
                              std::strerror(errno)));
  }
  const int on = 1;
  if (!talk_->one_message()) setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto* to = reinterpret_cast<const sockaddr*>(&address.storage);
  if (connect(socket_.get(), to, address.length) != 0 && errno != EINPROGRESS) {
    Failed(errno);
    return;
  }
  // Near by, the connection stands already: sending says so without another round of the loop.
  unsent_ = talk_->Begin();
  Send();
}

/// There is no connection, or no more.
bool Connection::Failed(int error) {
  if (error == 0) return false;
  if (error == ECONNREFUSED) {
    Finish(Ending::Kind::kRefused);
  } else if (error == ECONNRESET || error == EPIPE) {
    // It stood, and was reset before anybody looked.
    connected_ = true;
    Finish(Ending::Kind::kReset);
  } else {
    Finish(Ending::Kind::kUnreachable, std::strerror(error));
  }
  return true;
}

void Connection::Connected() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (!Failed(error)) connected_ = true;
}

void Connection::Ready(uint32_t events) {
  if (finished_) return;
  if (!connected_) Connected();
  if (finished_) return;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) Read();
  if (!finished_) Send();
}

void Connection::Read() {
  std::array<char, 16384> buffer;
  for (int i = 0; i < kReadsInARow; ++i) {
    const ssize_t count = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return;
      return Finish(Ending::Kind::kReset);
    }
    if (count == 0) return Finish(Ending::Kind::kClosed);
    const Talk::Next next = talk_->Take({buffer.data(), static_cast<size_t>(count)}, unsent_);
    if (next == Talk::Next::kDone) {
      // A goodbye of TLS, if there is one; whether it arrives is of no matter.
      if (!unsent_.empty())
        (void)!send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      return Finish(Ending::Kind::kDone);
    }
    if (next == Talk::Next::kStep) NewStep();
    if (static_cast<size_t>(count) < buffer.size()) return;
  }
}

void Connection::Send() {
  if (!unsent_.empty()) {
    const ssize_t count = send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (count > 0) {
      connected_ = true;
      unsent_.erase(0, static_cast<size_t>(count));
    } else if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      if (!connected_) {
        Failed(errno);
        return;
      }
      // What it sent before it closed is worth reading.
      unsent_.clear();
    }
  }
  Watch();
}

void Connection::Watch() {
  const uint32_t wanted = connected_ && unsent_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
  if (wanted == watched_) return;
  if (watched_ != 0) {
    loop_.Change(socket_.get(), wanted, this);
  } else if (!loop_.Watch(socket_.get(), wanted, this)) {
    return Finish(Ending::Kind::kUnreachable, std::strerror(errno));
  }
  watched_ = wanted;
}

void Connection::TimeUp() {
  if (!finished_) Finish(Ending::Kind::kTimeUp);
}

void Connection::Finish(Ending::Kind kind, std::string why) {
  finished_ = true;
  loop_.ClearTime(this);
  socket_ = Descriptor();
  talk_->End({.kind = kind, .connected = connected_, .why = std::move(why)});
  ended_(*this);
}

}  // namespace seawall::probe
