// Who reaches what: subjects, their bindings and roles, and the ways from them to the sinks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rbac/evaluator.h"
#include "rbac/workloads.h"
#include "rules/finding.h"

namespace seawall::review {

struct AccessGraph {
  /// The shortest way to a sink.
  struct Reach {
    const char* sink = "";  ///< "cluster-admin"
    std::vector<rules::Hop> path;
  };
  struct Subject {
    std::string kind, space, name;
    std::string text;  ///< "ServiceAccount shop/ci", as paths have it
    bool own = false;  ///< it has nothing but what Kubernetes itself gives it
    std::vector<uint32_t> bindings;
    std::vector<Reach> reaches;     ///< in the order of the sinks
    std::vector<std::string> pods;  ///< that carry a token of the account
  };
  struct Binding {
    std::string kind, space, name, where;
    std::string role_kind, role_name;
    std::optional<uint32_t> role;  ///< nothing: it is not there
    std::vector<uint32_t> subjects;
  };
  struct Role {
    std::string kind, space, name, where;
    std::vector<std::string> rules;  ///< safe for terminals
    std::vector<uint32_t> bindings;
  };
  /// Nearest to a sink first, those that reach none behind them.
  std::vector<Subject> subjects;
  std::vector<Binding> bindings;  ///< of these subjects
  std::vector<Role> roles;        ///< of these bindings
  uint64_t left_out = 0;          ///< subjects that were not wanted
  bool pods_known = false;
};

/// What is wanted of it.
struct GraphWanted {
  bool own = false;  ///< Kubernetes' own subjects, too
  /// Only the subject of this text ("ServiceAccount shop/ci") and whom it becomes on its shortest
  /// ways to the sinks, Kubernetes' own or not; "": all.
  std::string subject = {};
};

/// Names of the sinks, in their order.
std::vector<const char*> SinkNames();

AccessGraph MakeAccessGraph(const rbac::Evaluator& evaluator,
                            const std::optional<rbac::Workloads>& workloads,
                            const GraphWanted& wanted = {});

}  // namespace seawall::review
