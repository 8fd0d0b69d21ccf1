// The table of fixes: for every rule of the audit that has one, how its finding is mended where it
// stands, what could stop working, and what only a person can decide. What is not in the table is
// not changed, and the plan says so.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node.h"
#include "harden/edit_setting.h"
#include "harden/peer_urls.h"
#include "harden/touch.h"
#include "rules/rule.h"

namespace seawall::harden {

/// How much a change may disturb, from nothing to what cannot be taken back.
enum class Risk : uint8_t {
  kNone,     ///< modes and owners
  kRestart,  ///< a component restarts
  kClients,  ///< clients that use what goes are cut off
  kOneWay,   ///< cannot be taken back by restoring files alone
};
const char* ToString(Risk risk);  ///< "none", "restart", "clients", "one-way"

/// What only a person can choose: --set NAME=VALUE, or `set:` of a profile.
using Parameters = std::map<std::string, std::string, std::less<>>;

/// A setting as a fix wants it, for those who write the configuration themselves.
struct Wish {
  cluster::ComponentKind kind = cluster::ComponentKind::kApiServer;
  std::string instance;
  std::string setting;
  std::optional<Wanted> wanted;  ///< nullopt: away
};

/// A folder or file of the node that a container must see.
struct MountWish {
  std::string instance;
  std::string name;
  std::string path;
  bool read_only = false;
};

/// What a fix does for one finding.
struct Draft {
  Touches touches;
  std::vector<Wish> wishes;
  std::vector<MountWish> mounts;
  std::vector<std::string> notes;  ///< for the plan's reader
  /// What the cluster of etcd is told after the restart.
  std::optional<PeerUrls> peers = {};
  /// Why the finding is not cured yet: the edits lead to a stage from which another plan goes on.
  std::string later = {};
  bool cuts_off_nobody = false;  ///< the fix could cut somebody off, here it does not
};

/// What a plan's note begins with whose change was let through by the running API servers'
/// counters.
inline constexpr const char* kAbacWasQuiet = "ABAC allowed nothing";

/// Asks the running API servers whether ABAC has allowed anything for so many seconds; what was
/// seen. Not set where nothing runs.
using AbacQuiet = std::function<Result<std::string>(int64_t window)>;

struct FixContext {
  const cluster::Node& node;
  const cluster::Component* component;  ///< nullptr for a rule about the node
  const rules::Finding& finding;
  const Parameters& set;
  /// What a live apply finds when it begins: `node` has edits that are not made yet. nullptr:
  /// nothing runs from this tree.
  const cluster::Node* running = nullptr;
  const AbacQuiet& abac_quiet;
  const AskEtcdPeers& etcd_peers;

  /// The value of a parameter; nullopt when nobody gave it.
  std::optional<std::string> Get(std::string_view name) const;
};

/// What to do when the cluster has to come to one state before it can come to the next.
inline constexpr const char* kNextStage = "apply again: that is the next stage";
/// The same, where the nodes of other members have to come to it.
inline constexpr const char* kOthersFirst = "apply on the other members' nodes, then here again";

struct Fix {
  const char* rule;
  /// kUnsupported: the place cannot be edited safely. kUsage: a parameter or a proof is missing;
  /// `why` and `todo` say which. kLimit: to be asked again after another change.
  Result<Draft> (*make)(const Fix&, const FixContext&);
  const char* setting = "";  ///< "": the rule's own
  const char* value = "";    ///< "": the rule's own wanted value
  Risk risk = Risk::kRestart;
  const char* cuts_off = "";   ///< who may be cut off; "": nobody
  const char* parameter = "";  ///< the parameter that it needs
  const char* what = "";       ///< what the parameter is, for people
  /// It can only be seen on the running cluster who is cut off.
  bool clients_unknown = false;
};

/// Every fix, in the order of the table of rules.
std::span<const Fix> AllFixes();
const Fix* FindFix(std::string_view rule);

/// A rule that has no fix on purpose, and why.
struct NoFix {
  const char* rule;
  const char* why;
};
/// Why seawall does not mend what the rule finds; "" when nothing in particular is known.
std::string WhyNoFix(const rules::Rule& rule);

}  // namespace seawall::harden
