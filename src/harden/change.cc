#include "harden/change.h"

#include <fmt/format.h>

#include "x509/openssl.h"

namespace seawall::harden {

Result<std::string> Splice(std::string_view bytes, const std::vector<Edit>& edits) {
  std::string out;
  uint64_t at = 0;
  for (const Edit& edit : edits) {
    if (edit.offset < at || edit.offset > bytes.size() ||
        edit.length > bytes.size() - edit.offset) {
      return Fail(ErrorCode::kMalformed, "apply an edit", "",
                  fmt::format("bytes {} to {} do not lie after byte {} of a file of {}",
                              edit.offset, edit.offset + edit.length, at, bytes.size()));
    }
    out.append(bytes.substr(at, edit.offset - at)).append(edit.replacement);
    at = edit.offset + edit.length;
  }
  return out.append(bytes.substr(at));
}

Result<FileState> After(const FileChange& change, std::string_view bytes) {
  const Result<std::string> text =
      change.before.exists ? Splice(bytes, change.edits) : Result<std::string>(change.content);
  if (!text) return std::unexpected(text.error());
  return FileState{true, x509::Sha256(*text), change.mode, change.uid, change.gid};
}

}  // namespace seawall::harden
