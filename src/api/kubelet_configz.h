// What a kubelet runs with, by its own /configz, asked through the API server (nodes/proxy).
// Private to this room.
#pragma once

#include <chrono>
#include <memory>

#include "api/client.h"
#include "cluster/api_facts.h"

namespace seawall::api {

/// The API server connects to each kubelet itself, and one that does not answer takes its time: so
/// they have a connection, and a time in all, of their own.
class KubeletReader {
 public:
  KubeletReader(ApiClient& client, std::chrono::seconds all);

  /// The kubelet of a machine. Settings that only flags could tell are unknown, and all are where
  /// it did not answer.
  cluster::Component Read(const cluster::ApiNode& node);

 private:
  Result<yaml::Stream> Ask(const std::string& node);

  ApiClient& client_;
  std::unique_ptr<ApiClient> own_;
  const std::chrono::steady_clock::time_point until_;
};

}  // namespace seawall::api
