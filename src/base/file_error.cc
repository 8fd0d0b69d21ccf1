#include "base/file_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace seawall {
namespace {

struct Words {
  const char* why;
  const char* todo;
};

Words WordsOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return {"no such file or folder", ""};
    case ErrorCode::kPermission:
      return {"permission denied", "run as root"};
    case ErrorCode::kNotRegular:
      return {"not a regular file", ""};
    case ErrorCode::kTooLarge:
      return {"larger than seawall reads", ""};
    case ErrorCode::kEscapes:
      return {"its links lead in a circle or out of the root", ""};
    case ErrorCode::kLimit:
      return {"more entries than seawall reads", ""};
    case ErrorCode::kMalformed:
      return {"malformed", ""};
    case ErrorCode::kUnsupported:
      return {"not supported", ""};
    case ErrorCode::kNotHeld:
      return {"not in the bundle", "collect the node again with this version of seawall"};
    case ErrorCode::kUsage:
      return {"usage", ""};
    case ErrorCode::kIo:
      return {"input/output error", ""};
  }
  return {"input/output error", ""};
}

}  // namespace

Error FileError(ErrorCode code, std::string_view attempt, std::string_view path) {
  const Words words = WordsOf(code);
  return Error{code, std::string(attempt), Printable(path), words.why, words.todo};
}

ErrorCode CodeOfErrno(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ESRCH:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
      return ErrorCode::kPermission;
    case ELOOP:
    case EXDEV:
      return ErrorCode::kEscapes;
    case EISDIR:
      return ErrorCode::kNotRegular;
    default:
      return ErrorCode::kIo;
  }
}

Error SystemFileError(int error_number, std::string_view attempt, std::string_view path) {
  Error error = FileError(CodeOfErrno(error_number), attempt, path);
  if (error.code == ErrorCode::kIo) {
    const char* name = strerrordesc_np(error_number);
    error.why = name != nullptr ? name : fmt::format("error {}", error_number);
  }
  return error;
}

Error TooLargeError(std::string_view path, uint64_t size, uint64_t limit) {
  Error error = FileError(ErrorCode::kTooLarge, "read", path);
  error.why =
      size > limit
          ? fmt::format("{} bytes, more than the {} that are read of such a file", size, limit)
          : fmt::format("more than the {} bytes that are read of such a file", limit);
  return error;
}

}  // namespace seawall
