// A connection to an API server: TCP, a proxy's CONNECT, TLS with verified names. Private to this
// room and to etcd/, which speaks HTTP/2 on it.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/access.h"
#include "base/descriptor.h"
#include "base/error.h"

namespace seawall::api {

using Clock = std::chrono::steady_clock;

struct FreeTls {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;

/// Certificates, key and CA of `access`, checked; nullptr inside where the server is asked in the
/// clear.
Result<TlsContext> MakeTlsContext(const Access& access);

/// Not thread-safe. Closes itself.
class Connection {
 public:
  /// `stop`: once it is not 0, whatever waits ends with an Error; nullptr: never.
  static Result<std::unique_ptr<Connection>> Open(const Access& access, SSL_CTX* context,
                                                  Clock::time_point until,
                                                  const std::atomic<int>* stop = nullptr);
  /// Over a socket that is connected already and never waits, in the clear.
  static std::unique_ptr<Connection> Over(Descriptor socket, std::string where);
  Result<void> Write(std::string_view bytes, Clock::time_point until);
  /// What arrives next, at most 64 KiB; "" at the end. The view is good until the next call.
  Result<std::string_view> Read(Clock::time_point until);
  /// The same without waiting; nullopt: nothing has arrived.
  Result<std::optional<std::string_view>> ReadNow();

 private:
  Connection(std::string where, const std::atomic<int>* stop)
      : where_(std::move(where)), stop_(stop) {}
  Result<void> Connect(const std::string& host, uint16_t port, Clock::time_point until);
  Result<void> AskProxy(const Access& access, Clock::time_point until);
  Result<void> Handshake(const Access& access, SSL_CTX* context, Clock::time_point until);
  /// Waits for the socket; an Error when the time is up.
  Result<void> Wait(short events, Clock::time_point until, const char* attempt);
  std::unexpected<Error> TlsFailed(int result, const char* attempt);
  /// nullopt: `events` of the socket are to be waited for.
  Result<std::optional<std::string_view>> TryRead(short& events);

  std::string where_;
  const std::atomic<int>* stop_;
  Descriptor socket_;
  std::unique_ptr<SSL, FreeTls> ssl_;
  std::string buffer_;
};

}  // namespace seawall::api
