// What runs on this machine at the moment: a component with its process, how often it had
// to be started. Private to this room.
#pragma once

#include <optional>
#include <string>

#include "cluster/node.h"

namespace seawall::live {

/// This machine, read anew: its files and its processes.
Result<cluster::Node> ReadMachine(const cluster::ReadOptions& options);

/// The component of that name; a bare process keeps its place in the list when it is started anew,
/// not its number.
const cluster::Component* FindComponent(const cluster::Node& node, const std::string& component,
                                        const std::string& instance);

/// A process as something that can be compared.
struct Incarnation {
  int pid = 0;
  int64_t started_ns = 0;
  bool operator==(const Incarnation&) const = default;
};
std::optional<Incarnation> IncarnationOf(const cluster::Component* component);

/// Why it does not run with what its files say; "" when it does, or does not run at all.
std::string Differs(const cluster::Component& component);

/// The latest time at which one of the files got its bytes, mode or owner (its ctime), nanoseconds
/// since the epoch.
int64_t LastChange(const std::vector<std::string>& files);

/// Where the containers of a static pod write, as the kubelet lays it out.
struct PodLog {
  std::string folder;  ///< "/var/log/pods/NAMESPACE_NAME_UID/CONTAINER"; "" when there is none
  int attempt = -1;    ///< how often the container was started in that pod, from 0
};
PodLog FindPodLog(const cluster::Component& component);

/// The file that the process' standard error is; "" when it is none.
std::string ErrorFileOf(int pid);

}  // namespace seawall::live
