// How a component is started anew, by whoever runs it here. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "cluster/node.h"
#include "harden/apply.h"

namespace seawall::live {

enum class How : uint8_t {
  kManifest,   ///< the kubelet replaces the pod, because its manifest's bytes changed
  kContainer,  ///< the process is ended, and the kubelet starts the container again
  kUnit,       ///< systemctl restart
  kEnded,      ///< a unit without systemd: the process is ended, and whoever keeps it starts it
  kByHand,     ///< nobody is known who starts it again
};

How HowOf(const cluster::Component& component, const harden::StepWork& step);
const char* ToString(How how);

/// What a process was started with, so that it can be started again when nobody else does.
struct Launch {
  std::string program;  ///< /proc/PID/exe
  std::vector<std::string> arguments, environment;
  std::string folder;
  Descriptor output, errors;
};
Result<Launch> LaunchOf(int pid);
/// In a session of its own; it outlives this program.
Result<void> Start(const Launch& launch);

/// SIGTERM, and SIGKILL after `grace_seconds`; returns when the process is gone.
Result<void> EndProcess(int pid, int grace_seconds);

/// daemon-reload and restart; the unit's failures before are forgotten, so that a limit of starts
/// does not stand in the way.
Result<void> RestartUnit(const std::string& unit);
/// "systemd says that it failed (exit-code)"; "" when it does not.
std::string UnitFailure(const std::string& unit);
std::string UnitOf(const cluster::Component& component);

}  // namespace seawall::live
