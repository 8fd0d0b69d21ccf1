// Errors are values: every fallible function of seawall returns Result<T>. No exception crosses a
// room's door.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace seawall {

/// Why something failed, as far as a caller may want to act on it.
enum class ErrorCode {
  kNotFound,     ///< the file or object is not there
  kPermission,   ///< it is there and this user may not read it
  kNotRegular,   ///< a device, FIFO, socket or folder where a file was wanted (it was not opened)
  kTooLarge,     ///< larger than the bound that the caller gave
  kEscapes,      ///< a link leads out of the root, or in a circle
  kMalformed,    ///< the bytes are not what they should be
  kLimit,        ///< hostile or broken input: nesting, node count, alias expansion
  kUnsupported,  ///< well-formed, but of a kind or version that seawall does not know
  kNotHeld,      ///< a bundle that was made before seawall asked for it does not say
  kUsage,        ///< the command line is wrong
  kIo,           ///< anything else that the system said
};

/// What was attempted, on what, why it failed and what to do. Never holds a secret's bytes.
struct Error {
  ErrorCode code = ErrorCode::kIo;
  std::string attempt;  ///< "read the kubelet's configuration"
  std::string
      where;  ///< "/var/lib/kubelet/config.yaml:12:3", "host:port", an object's name; may be empty
  std::string why;   ///< "permission denied"
  std::string todo;  ///< "run as root"; may be empty

  /// One line for people: "cannot ATTEMPT: WHERE: WHY (TODO)".
  std::string ToString() const;
};

template <typename T>
using Result = std::expected<T, Error>;

/// A short, stable word for a code: "not-found", "permission-denied", …
std::string_view ToString(ErrorCode code);

inline std::unexpected<Error> Fail(ErrorCode code, std::string attempt, std::string where,
                                   std::string why, std::string todo = "") {
  return std::unexpected<Error>(
      Error{code, std::move(attempt), std::move(where), std::move(why), std::move(todo)});
}

}  // namespace seawall
