// Resolves a path within a root as a process that lives there would, with a descriptor of the
// object as its result. Nothing is opened for reading here: O_PATH descriptors have no side effects
// on devices, FIFOs or sockets.
#pragma once

#include <string>

#include "base/descriptor.h"

namespace seawall {

/// Both give an O_PATH descriptor, or one that is false with errno set: ELOOP for circles and for
/// the magic links of /proc, which lead out of the root. `path` is absolute within the root and
/// holds no NUL byte. Thread-safe.
Descriptor WalkWithKernel(int root, const std::string& path, bool follow_last);
Descriptor WalkComponents(int root, const std::string& path, bool follow_last);

/// openat2 with flags of the caller's, for an object that is known to be harmless.
Descriptor OpenWithKernel(int root, const std::string& path, int flags);

}  // namespace seawall
