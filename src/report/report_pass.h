// One pass over a stored report: pieces as they come, in whatever order the file has them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "report/read_record.h"

namespace seawall::report {

/// Bytes of an open file from its beginning on, for RapidJSON's reader; a file that cannot be read
/// on ends there, and `error` says so.
class FileStream {
 public:
  using Ch = char;
  explicit FileStream(int fd) : fd_(fd), buffer_(1 << 16) { Fill(); }
  Ch Peek() const { return at_ < end_ ? buffer_[at_] : '\0'; }
  Ch Take() {
    const Ch c = Peek();
    if (at_ < end_ && ++at_ == end_) Fill();
    return c;
  }
  size_t Tell() const { return before_ + at_; }
  bool AtEnd() const { return at_ >= end_; }
  int error() const { return error_; }
  // What only RapidJSON's in-situ parsing needs.
  Ch* PutBegin() { return nullptr; }
  void Put(Ch) {}
  void Flush() {}
  size_t PutEnd(Ch*) { return 0; }

 private:
  void Fill();
  int fd_;
  std::vector<char> buffer_;
  size_t at_ = 0;
  size_t end_ = 0;
  size_t before_ = 0;  ///< bytes of the file before the buffer
  int error_ = 0;
};

/// Everything but the findings, which are handed over one by one.
struct ReportPass {
  std::optional<std::string> schema_version;
  std::string tool_version;
  std::optional<int64_t> at;
  Summary summary, counted;
  int exit_status = 0;
  bool has_tool = false, has_nodes = false, has_findings = false, has_summary = false;
  std::vector<NodeRecord> nodes;
  std::vector<WaiverUse> waivers;
  std::vector<AttestationUse> attestations;
  std::vector<RunEvidence> evidence;
  std::vector<std::string> runs;  ///< nodes of the findings, each run of equal ones once
  RuleTexts rules;
  Complaint complaint;      ///< about a piece that is JSON but not as we write it
  size_t complaint_at = 0;  ///< byte offset of that piece

  /// Errors: kMalformed (no JSON), kIo, and whatever `take` returns.
  Result<void> Run(int fd, const std::string& name, bool lenient,
                   const std::function<Result<void>(Record)>& take);
};

/// "NAME:LINE:COLUMN" of a byte.
std::string PlaceOfByte(int fd, const std::string& name, size_t offset);

}  // namespace seawall::report
