// The logs of a review: which files are whose, read as far as they are new, and the file that
// remembers them.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "app/command.h"
#include "auditlog/review_state.h"
#include "base/descriptor.h"

namespace seawall::app {

/// One --audit-log or --follow: [NAME=]FILE, DIR or -.
struct LogSource {
  std::string server;  ///< NAME; "": told by the file's name
  std::string path;
  bool siblings = false;  ///< a file together with what it was before it was rotated
};
std::vector<LogSource> ReadLogSources(const std::vector<std::string>& values, bool siblings);

struct LogFile {
  std::string path, server;
  bool named = false;  ///< the server was named, not told by the path
};
/// The files of all sources, as they are named; of folders those in them and in their folders, by
/// name. A server is called as its source, or by the file's path without what rotation and
/// compression add to it. Errors: of a folder that cannot be read (whether a file can shows when it
/// is read); kLimit of too many files.
Result<std::vector<LogFile>> ListLogFiles(const std::vector<LogSource>& sources);

/// The path without ".gz", ".zst", ".1", "-20261128", "-2026-11-28T20-53-58.123", ".log", ".json".
std::string ServerOfPath(const std::string& path);

/// What of the logs the state does not know yet. `gaps`: what is damaged, up to some thousands;
/// their files are numbers of `files`. Errors: of a file that cannot be read, kNotFound where it is
/// not there; what was read of the others stays read, and after kNotFound the rest is read, too.
Result<void> ReadNewLogs(const std::vector<LogFile>& files, auditlog::ReviewState& state,
                         std::vector<auditlog::Gap>& gaps);

/// --state. It is locked against other reviews while this lives.
class StateFile {
 public:
  /// Locks it, and reads it where it is there. Errors: kIo when another review has it, and what
  /// ReadReviewState says.
  static Result<StateFile> Open(const std::string& path, auditlog::ReviewState& state);
  /// Replaces it, whole or not at all, where it is another one than the file has.
  Result<void> Save(const auditlog::ReviewState& state);

 private:
  void Know(std::string_view bytes);
  bool IsKnown(std::string_view bytes) const;

  std::string path_;
  std::string end_;     ///< the file's last line, which is a digest; "": not known
  struct stat stat_{};  ///< the file as it was then
  Descriptor lock_;
};

}  // namespace seawall::app
