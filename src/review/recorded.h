// Whether the audit policies in force write down that a right is used: what they leave out cannot
// be called unused.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cluster/kinds/audit_policy.h"

namespace seawall::review {

/// Who would make the requests: a user with the groups that it is known to be in, or a group.
struct Requester {
  bool group = false;
  bool seen = false;  ///< its groups are those that logs showed
  std::string name;
  std::set<std::string, std::less<>> groups;
};

/// Requests that a right allows; "*" is all of them.
struct Requests {
  std::string_view verb, group, resource, url;
  std::string_view name;   ///< "": any
  std::string_view space;  ///< where `everywhere` is not set
  bool everywhere = false;
  bool is_url = false;
};

class Recorder {
 public:
  /// Adds the policy of one API server. Errors: kMalformed.
  Result<void> Add(const std::string& file, std::string bytes);
  bool empty() const { return policies_.empty(); }

  /// Whether a rule leaves requests out because of who makes them, and may mean this one.
  bool LeavesOut(const Requester& who) const;

  /// Why not every one of these requests would be written down when it is answered, with the rule's
  /// place; nothing when every policy writes all of them.
  std::optional<std::string> WhyNot(const Requester& who, const Requests& what) const;

 private:
  struct Policy {
    std::string file;
    cluster::kinds::AuditPolicy view;
  };
  std::vector<Policy> policies_;
};

/// The requests whose record shows that a right was used: those that it allows, but of
/// impersonation every request that is made in somebody's stead.
std::vector<Requests> ShownBy(const Requests& what);

/// Why requests for this do not come to the API server whose log it is, or are asked about without
/// being made; nothing where they do. Rights that only other servers and admission ask about.
std::optional<std::string> AskedElsewhere(const Requests& what);

}  // namespace seawall::review
