// A report that was stored with `-o json`, read again: strictly, as a stream, so that memory does
// not grow with the number of findings.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"
#include "report/record.h"
#include "report/report_pass.h"

namespace seawall::report {

/// Not thread-safe.
class StoredReport {
 public:
  /// Reads the whole file once and checks everything in it. `name` is what errors call it.
  /// Errors: kMalformed with FILE:LINE:COLUMN for whatever is no report of ours, whole and
  /// undamaged (a summary that does not count its findings is damage, too); kUnsupported for
  /// another major version; kLimit, kIo.
  static Result<StoredReport> Read(Descriptor file, std::string name);

  const std::string& name() const { return name_; }
  const std::string& tool_version() const { return pass_.tool_version; }
  const std::optional<int64_t>& at() const { return pass_.at; }
  const Summary& summary() const { return pass_.summary; }
  int exit_status() const { return pass_.exit_status; }
  const std::vector<WaiverUse>& waivers() const { return pass_.waivers; }
  const std::vector<AttestationUse>& attestations() const { return pass_.attestations; }
  const std::vector<RunEvidence>& evidence() const { return pass_.evidence; }
  const std::vector<NodeRecord>& nodes() const { return pass_.nodes; }

  /// Every node with its findings in the order of the file, which is read once more. Stops at the
  /// first error, of `take` or of the file.
  Result<void> ForEachNode(const std::function<Result<void>(NodeReport)>& take) const;

 private:
  Result<void> Check() const;

  Descriptor file_;
  std::string name_;
  bool lenient_ = false;  ///< a newer minor version than ours
  ReportPass pass_;
};

}  // namespace seawall::report
