#include "base/error.h"

namespace seawall {

std::string Error::ToString() const {
  std::string text = "cannot " + attempt;
  if (!where.empty()) text += ": " + where;
  text += ": " + why;
  if (!todo.empty()) text += " (" + todo + ")";
  return text;
}

std::string_view ToString(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return "not-found";
    case ErrorCode::kPermission:
      return "permission-denied";
    case ErrorCode::kNotRegular:
      return "not-a-regular-file";
    case ErrorCode::kTooLarge:
      return "too-large";
    case ErrorCode::kEscapes:
      return "leads-out-of-the-root";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kLimit:
      return "limit-exceeded";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kNotHeld:
      return "not-in-the-bundle";
    case ErrorCode::kUsage:
      return "usage";
    case ErrorCode::kIo:
      return "input-output";
  }
  return "unknown";
}

}  // namespace seawall
