// A file that a report is written to: whole or not at all. It gets its name only when everything
// is on the disk, so that a full disk or an interruption leaves what was there before.
#pragma once

#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/error.h"

namespace seawall::app {

/// Not thread-safe. A file that was not published is gone when the object is.
class OutputFile {
 public:
  /// Standard output.
  OutputFile() = default;
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();

  /// Errors: kNotFound, kPermission, kNotRegular (a folder), kIo. A device or a FIFO is written to
  /// as it is; of a link, the file that it leads to is replaced. A file that is replaced gives its
  /// mode to the new one.
  static Result<OutputFile> Create(const std::string& path);
  /// The same for a file that only its owner may read, whatever stood there before.
  static Result<OutputFile> CreatePrivate(const std::string& path);

  Result<void> Write(std::string_view text);
  /// Whether it is a file that takes a name, and so has a content to sign.
  bool IsFile() const { return !target_.empty(); }
  /// Everything that was written.
  Result<std::string> Content() const;
  /// Everything on the disk, still without its name.
  Result<void> Finish();
  /// Takes the name; to be called after Finish.
  Result<void> Publish();

  /// A nameless file for what is written now and wanted later, on the same file system (for
  /// standard output below $TMPDIR).
  Result<Descriptor> Aside() const;
  /// Writes everything that was set aside.
  Result<void> CopyFrom(const Descriptor& aside);

 private:
  std::unexpected<Error> Problem(int error_number) const;
  static Result<OutputFile> Create(const std::string& path, unsigned mode);
  Result<void> Open(unsigned mode);

  Descriptor file_;
  std::string path_;       ///< as the user named it; "": standard output
  std::string target_;     ///< what takes the name; "": no name is taken
  std::string temporary_;  ///< a named temporary, where the file system has no nameless ones
};

/// All of `text` into `fd`; the error's number, 0 when it went well.
int WriteAll(int fd, std::string_view text);

}  // namespace seawall::app
