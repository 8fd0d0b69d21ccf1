// The room etcd/: etcd as its own clients ask it, over gRPC: how its members are, and a snapshot of
// all that it holds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.h"
#include "base/error.h"

namespace seawall::etcd {

class GrpcChannel;

/// A member as the cluster knows it.
struct Member {
  uint64_t id = 0;
  std::string name;  ///< "": it was added and has not started yet
  std::vector<std::string> peer_urls, client_urls;
  bool learner = false;
};

/// What a member says of itself.
struct MemberStatus {
  uint64_t cluster_id = 0, member_id = 0, leader = 0;  ///< no leader: 0
  int64_t revision = 0;                                ///< of the last change that it knows
  uint64_t size = 0;                                   ///< bytes of its database
  std::string version;
  std::vector<std::string> errors;  ///< alarms, "etcdserver: no leader"
  bool learner = false;
};

/// One connection to one member. Not thread-safe.
class Client {
 public:
  /// `timeout_ms`: for the connection and for each answer, but for a snapshot.
  static Result<std::unique_ptr<Client>> Open(const api::Access& access, int timeout_ms = 5000);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Result<MemberStatus> Status();
  /// By consensus: it is answered only where a quorum is there.
  Result<std::vector<Member>> Members();
  /// Where the other members find this one, from now on; by consensus.
  Result<void> UpdateMember(uint64_t id, const std::vector<std::string>& peer_urls);
  /// The member's database with its SHA-256 behind it, piece by piece, within `timeout_ms`. More
  /// than `most` bytes are an Error. Gives how many bytes came.
  Result<uint64_t> Snapshot(uint64_t most, int timeout_ms,
                            const std::function<Result<void>(std::string_view)>& take);

  const std::string& where() const { return where_; }

 private:
  Client(const api::Access& access, int timeout_ms);
  Result<void> Ask(const char* method, std::string_view message,
                   const std::function<Result<void>(std::string_view)>& answer);

  const std::string where_;
  const int timeout_ms_;
  std::unique_ptr<GrpcChannel> channel_;
};

}  // namespace seawall::etcd
