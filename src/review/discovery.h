// What resources an API server has: their subresources, and whether they lie in namespaces.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace seawall::review {

/// One resource of one group.
struct KnownResource {
  bool namespaced = false;
  std::set<std::string> subresources;
};

class Discovery {
 public:
  /// Every group that has a resource of this name; `group` "*" is all of them.
  std::vector<const KnownResource*> Find(std::string_view group, std::string_view resource) const;
  void Add(const std::string& group, const std::string& resource, bool namespaced);
  void AddSubresource(const std::string& group, const std::string& resource,
                      const std::string& subresource);
  bool empty() const { return resources_.empty(); }

 private:
  std::map<std::string, std::map<std::string, KnownResource>> resources_;  ///< by name, by group
};

/// Kubernetes' own of 1.37, with what kubelets and signers ask about (nodes/metrics,
/// certificatesigningrequests/nodeclient).
Discovery BuiltInDiscovery();

/// Adds what `bytes` say: APIResourceList objects (kubectl get --raw /api/v1), one after the other
/// or in a list, or APIGroupDiscoveryList. Errors: kMalformed, kLimit; kUnsupported when there is
/// nothing of these in it.
Result<void> ReadDiscovery(const std::string& file, std::string bytes, Discovery& discovery);

}  // namespace seawall::review
