// The words in which every implementation of Files reports a failure, so that reports read alike
// wherever bytes come from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace seawall {

/// An Error for an access to a file. `attempt` is "read", "stat", "list" …, `path` the path within
/// the tree.
Error FileError(ErrorCode code, std::string_view attempt, std::string_view path);

/// The code for an errno of a system call on a file.
ErrorCode CodeOfErrno(int error_number);

/// FileError(CodeOfErrno(error_number), …) whose reason names the system's own word for rare
/// errors.
Error SystemFileError(int error_number, std::string_view attempt, std::string_view path);

/// The file has more bytes (`size`; 0 = not known) than the `limit` that the caller set.
Error TooLargeError(std::string_view path, uint64_t size, uint64_t limit);

}  // namespace seawall
