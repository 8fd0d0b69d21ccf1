// Components among the running processes of a live node, from /proc: arguments, environment,
// program, start time, and whether they live in a container.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/discovery.h"

namespace seawall::cluster {

struct RunningComponent {
  ComponentKind kind = ComponentKind::kApiServer;
  Process process;
  std::vector<Argument> arguments;  ///< without the program; places in /proc/PID/cmdline
  std::string program;
  std::vector<Variable> environment;
  bool environment_known = false;
  std::string cgroups;               ///< /proc/PID/cgroup
  std::optional<bool> in_container;  ///< its root folder is not the node's
  std::vector<Mount> mounts;         ///< of a container: what of the node's files is mounted where
};

struct ProcessList {
  std::vector<RunningComponent> components;       ///< by pid
  std::vector<DistributionLaunch> distributions;  ///< "k3s server"
  std::optional<Error> unreadable;                ///< /proc itself could not be listed
};

ProcessList ReadProcesses(const Node& node);

/// Joins running processes of `kind` with the components that files describe: what runs is what is
/// true. Components whose arguments differ get kDrift; processes without a file become components
/// of their own.
void JoinProcesses(ComponentKind kind, std::vector<RunningComponent>& processes,
                   std::vector<Component>& components);

/// kStale for the files behind settings that the component reads once and that changed after it
/// started.
void FindStaleFiles(const Node& node, Component& component);

}  // namespace seawall::cluster
