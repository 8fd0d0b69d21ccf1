// Who may do what, asked of every API server of a cluster: each has its own view of the objects,
// and a balancer asks one of them. Private to this room.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/client.h"
#include "live/objects.h"

namespace seawall::live {

class EveryServer {
 public:
  explicit EveryServer(api::ApiClient& home);

  /// The answer, as soon as every server's is `wanted`, or when the time is over. Errors are those
  /// of `home`.
  Result<bool> Await(const AccessQuestion& question, bool wanted, std::chrono::seconds most);
  /// Who answered otherwise the last time.
  const std::string& otherwise() const { return otherwise_; }
  /// What could not be asked itself, and why; for people.
  const std::vector<std::string>& silent() const { return silent_; }

 private:
  struct Server {
    std::unique_ptr<api::ApiClient> client;
    Objects objects;
  };
  void Open(const std::string& place);
  void Leave(const std::string& place, const std::string& why);

  api::ApiClient& home_;
  Objects objects_;
  std::list<Server> others_;
  std::string otherwise_;
  std::set<std::string> late_;  ///< that did not see a change in time: nobody waits long again
  std::vector<std::string> silent_;
};

}  // namespace seawall::live
