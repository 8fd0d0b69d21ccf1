// gRPC over HTTP/2 as bytes that come and go: the health check that every gRPC server may have, and
// etcd's Range of one key that cannot exist, of which only a count is wanted. Nothing is read and
// nothing changed. Private to this room.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "probe/observation.h"

struct nghttp2_session;

namespace seawall::probe {

class GrpcDialogue {
 public:
  explicit GrpcDialogue(std::string authority);
  ~GrpcDialogue();
  GrpcDialogue(const GrpcDialogue&) = delete;
  GrpcDialogue& operator=(const GrpcDialogue&) = delete;

  std::string Begin();
  /// False when everything was answered, or what comes is no HTTP/2.
  bool Take(std::string_view bytes, std::string& send);
  /// One for each method, in the order of asking; without a status what was not answered.
  std::vector<GrpcAnswer> Answers() const;
  bool heard() const { return heard_; }

 private:
  struct Call {
    std::string method, body;
    size_t sent = 0;
    std::optional<int> http_status, status;
    bool over = false;
  };
  struct Callbacks;
  void Flush(std::string& send);

  std::string authority_;
  std::vector<Call> calls_;
  std::map<int32_t, Call*> by_stream_;
  nghttp2_session* session_ = nullptr;
  size_t total_ = 0;
  bool heard_ = false;
};

}  // namespace seawall::probe
