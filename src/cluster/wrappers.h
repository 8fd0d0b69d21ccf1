// What a command line really runs: takes off the programs that only start another one (shells with
// one simple command, env, tini, nice, go-runner, hyperkube, …) and names the component, or says
// why that cannot be known.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/command_line.h"
#include "cluster/component.h"
#include "cluster/located.h"

namespace seawall::cluster {

struct Launch {
  std::optional<ComponentKind>
      kind;             ///< of the program; with `command.unknown`: what it seems to be about
  CommandLine command;  ///< `unknown` set when the real arguments cannot be known
  /// The program's own name told the kind (not only a word somewhere in a script).
  bool certain_kind = false;
};

/// `words` is argv with the program first. Variables that `env A=b` or a shell adds are appended to
/// the environment.
Launch Unwrap(std::vector<Argument> words, std::vector<Variable> environment, const Locate& locate);

/// The last component of a path.
std::string_view BaseName(std::string_view path);

/// The component that a program is by its file name: "kubelet", "etcd-v3.5.9".
std::optional<ComponentKind> ComponentOfProgram(std::string_view name);

/// A script or program that by its name starts a component: "start-apiserver.sh", "etcd-wrapper",
/// "kubelet". Nothing for others ("etcd-backup.sh", "etcdctl").
std::optional<ComponentKind> ComponentOfScript(std::string_view name);

/// The component that an image runs by its name ("registry.k8s.io/kube-apiserver:v1.37.2");
/// hyperkube is none.
std::optional<ComponentKind> ComponentOfImage(std::string_view image);

}  // namespace seawall::cluster
