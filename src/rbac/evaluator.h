// Evaluator: RBAC's answer to a question, the same as kube-apiserver's.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rbac/policy.h"

namespace seawall::rbac {

struct RequestDetails;

/// What is asked: a resource (`resource_request`) or a URL.
struct Attributes {
  std::string_view user;
  std::span<const std::string_view> groups;
  std::string_view verb;
  bool resource_request = true;
  std::string_view space;  ///< namespace
  std::string_view group, resource, subresource, name;
  std::string_view path;
  bool field_selector = false;  ///< it selects by fields
  /// What match conditions may ask about beyond all that; nullptr: it is not known.
  const RequestDetails* details = nullptr;
};

/// Why something is allowed: a binding, its subject, its role and the first rule that allows it.
struct Grant {
  const Binding* binding = nullptr;
  const Subject* subject = nullptr;
  const Role* role = nullptr;
  const Rule* rule = nullptr;
};

struct Answer {
  bool allowed = false;
  bool masters = false;  ///< by system:masters, before any authorizer is asked
  Grant grant;
  /// Bindings of the asker's whose role is not there; only where nothing allows it.
  std::vector<const Binding*> dangling;
};

/// The attributes' texts as a policy's numbers.
struct Words {
  NameId verb = kNoName, group = kNoName, resource = kNoName, any_subresource = kNoName,
         name = kNoName;
  bool resource_request = true;
  std::string_view path;
};

/// An index of a policy, which must outlive it and stay as it is; made in one pass. Safe to ask
/// from several threads at once.
class Evaluator {
 public:
  explicit Evaluator(const Policy& policy);

  Answer Ask(const Attributes& attributes) const;

  /// Every binding that counts for the asker in `space`: ClusterRoleBindings, and the RoleBindings
  /// of that namespace. The role is nullptr where it is not there.
  using Visit = std::function<void(const Binding&, const Subject&, const Role*)>;
  void ForEachBinding(std::string_view user, std::span<const std::string_view> groups,
                      std::string_view space, const Visit& visit) const;

  Words Translate(const Attributes& attributes) const;
  bool Allows(const Rule& rule, const Words& words) const;
  /// nullptr when it is not there.
  const Role* RoleOf(const Binding& binding) const;
  const Policy& policy() const { return policy_; }

 private:
  struct Held {
    uint32_t binding = 0;
    uint32_t subject = 0;
  };
  struct Key {
    NameId holder = 0;
    NameId space = 0;
    bool group = false;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const {
      uint64_t hash = (uint64_t{key.holder} << 32 | key.space) + (key.group ? 0x9E37 : 0);
      hash *= 0x9E3779B97F4A7C15ull;
      return hash ^ (hash >> 29);
    }
  };
  struct Range {
    uint32_t begin = 0, end = 0;
  };
  std::span<const Held> HeldBy(const Key& key) const;
  bool AskHolder(const Key& key, const Words& words, Answer& answer) const;
  void IndexRoles();
  void IndexHolders();
  /// Who the asker is to the policy, in no namespace yet: the user, then the groups that it knows.
  std::vector<Key> HoldersOf(std::string_view user, std::span<const std::string_view> groups) const;

  const Policy& policy_;
  std::vector<uint32_t> role_of_;  ///< of each binding; kNoName: not there
  std::vector<Held> held_;         ///< by holder
  std::unordered_map<Key, Range, KeyHash> ranges_;
};

/// The API server's own words: "RBAC: allowed by …", the errors behind a denial, or "".
std::string ReasonOf(const Policy& policy, const Answer& answer);
/// `ClusterRoleBinding "a" of ClusterRole "b" to Group "c"`.
std::string Describe(const Policy& policy, const Binding& binding, const Subject& subject);

}  // namespace seawall::rbac
