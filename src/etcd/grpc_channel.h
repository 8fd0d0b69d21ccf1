// gRPC over one connection: calls whose answers are one message or many, each of them bounded.
// Private to this room.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/connection.h"

struct nghttp2_session;

namespace seawall::etcd {

using api::Clock;

/// What is done with a message of the answer; an Error ends the call.
using OnMessage = std::function<Result<void>(std::string_view)>;

/// Not thread-safe; one call at a time. After an Error it is of no more use.
class GrpcChannel {
 public:
  static Result<std::unique_ptr<GrpcChannel>> Open(const api::Access& access,
                                                   Clock::time_point until);
  ~GrpcChannel();
  GrpcChannel(const GrpcChannel&) = delete;
  GrpcChannel& operator=(const GrpcChannel&) = delete;

  /// Done when the server has said that the call went well, after its last message.
  Result<void> Call(const std::string& method, std::string_view message, Clock::time_point until,
                    const OnMessage& on_message);

 private:
  struct Callbacks;
  struct Ongoing;
  explicit GrpcChannel(const api::Access& access);
  std::unexpected<Error> Failed(const std::string& method, std::string why) const;
  Result<void> Flush(Clock::time_point until);
  Result<void> Converse(Ongoing& call, Clock::time_point until);
  Result<void> EndOf(const Ongoing& call) const;

  const std::string where_, scheme_;
  std::unique_ptr<api::Connection> connection_;
  nghttp2_session* session_ = nullptr;
};

}  // namespace seawall::etcd
