// The version of a component whose program is not among the files: what the package database says
// of the package that holds that program.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "cluster/component.h"

namespace seawall::cluster {

/// By /var/lib/dpkg/status, for a program that Kubernetes' or Debian's package installs
/// (/usr/bin/kubelet is that of "kubelet"), where the program itself is not there to be asked. A
/// program that is there but tells nothing may have been put over the package's: then nothing.
std::optional<Version> VersionOfPackage(const Files& files, ComponentKind kind,
                                        std::string_view program);

}  // namespace seawall::cluster
