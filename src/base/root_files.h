// The parts of OpenRoot that its own tests need; everyone else asks for Files through base/files.h.
#pragma once

#include <memory>
#include <string>

#include "base/files.h"

namespace seawall {

/// Who follows the links of a path: the kernel (openat2 with RESOLVE_IN_ROOT), or seawall,
/// component by component.
enum class PathWalk { kKernel, kOwn };

/// OpenRoot with the way chosen. kKernel fails with kUnsupported where openat2 is not to be had.
Result<std::unique_ptr<Files>> OpenRootWith(const std::string& root, PathWalk walk);

}  // namespace seawall
