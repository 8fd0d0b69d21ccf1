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
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto* to = reinterpret_cast<const sockaddr*>(&address.storage);
  if (connect(socket_.get(), to, address.length) != 0 && errno != EINPROGRESS) {
    if (errno == ECONNREFUSED) return Finish(Ending::Kind::kRefused);
    return Finish(Ending::Kind::kUnreachable, std::strerror(errno));
  }
  if (!loop_.Watch(socket_.get(), EPOLLOUT, this))
    Finish(Ending::Kind::kUnreachable, std::strerror(errno));
}

bool Connection::Connected() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == ECONNREFUSED) {
    Finish(Ending::Kind::kRefused);
    return false;
  }
  // It stood, and was reset before anybody looked.
  if (error == ECONNRESET) {
    connected_ = true;
    Finish(Ending::Kind::kReset);
    return false;
  }
  if (error != 0) {
    Finish(Ending::Kind::kUnreachable, std::strerror(error));
    return false;
  }
  connected_ = true;
  unsent_ = talk_->Begin();
  return true;
}

void Connection::Ready(uint32_t events) {
  if (finished_) return;
  if (!connected_ && !Connected()) return;
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
      unsent_.erase(0, static_cast<size_t>(count));
    } else if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      // What it sent before it closed is worth reading.
      unsent_.clear();
    }
  }
  loop_.Change(socket_.get(), unsent_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT, this);
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
