// Files that people write for seawall itself: waivers, settings, policies, attestations.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "base/error.h"

namespace seawall::app {

/// Bytes of such a file that are read at the most.
inline constexpr size_t kSmallFileLimit = 1u << 20;

/// The whole file; `attempt` is what errors say was tried. Errors: kNotFound, kPermission,
/// kNotRegular, kTooLarge, kIo.
Result<std::string> ReadSmallFile(const std::string& path, const std::string& attempt);

/// A file that was only found lying where seawall looks: nothing when it is not there. One that
/// somebody else could have written is not used, and standard error says so: whoever writes it
/// decides what an audit says.
Result<std::optional<std::string>> ReadOwnFile(const std::string& path, const std::string& attempt,
                                               const std::string& how_to_use);

}  // namespace seawall::app
