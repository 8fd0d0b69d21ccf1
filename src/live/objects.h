// Objects of the API as a change and its taking back need them: read, written with preconditions,
// and the API server asked who may do what. Private to this room.
#pragma once

#include "api/client.h"
#include "harden/journal.h"
#include "live/object_plan.h"

namespace seawall::live {

enum class Dry : uint8_t { kNo, kYes };  ///< dryRun=All: everything but the writing

class Objects {
 public:
  explicit Objects(api::ApiClient& client) : client_(client) {}

  /// JSON; "": it is not there.
  Result<std::string> Now(const ObjectChange& change);
  /// Where it stands, and its JSON.
  struct Stand {
    harden::Standing standing = harden::Standing::kForeign;
    std::string now;
  };
  Result<Stand> StandOf(const ObjectChange& change);
  /// Makes `wanted` ("": nothing) out of `now`; gives what is stored then. kMalformed when somebody
  /// was quicker. An error after which it is as it is wanted is none.
  Result<std::string> Put(const ObjectChange& change, const std::string& now,
                          const std::string& wanted, Dry dry);
  /// Whether the object before could be made again, under a name of nobody: the API server lets
  /// nobody give what he does not have.
  Result<void> TryToMakeAgain(const ObjectChange& change);
  /// SelfSubjectAccessReview.
  Result<bool> MayWeDelete(const ObjectChange& change);
  /// SubjectAccessReview.
  Result<bool> Ask(const AccessQuestion& question);
  /// The uid of kube-system; "" where it may not be read.
  std::string Cluster();

 private:
  Result<api::Response> Send(const char* method, const std::string& path, std::string body);
  Result<bool> Review(const char* kind, const std::string& spec);
  api::ApiClient& client_;
};

}  // namespace seawall::live
