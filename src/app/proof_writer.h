// Writes what was proven: the endpoints' own report as text or JSON, and their findings in every
// other format of an audit; endpoint by endpoint, so that memory does not grow with their number.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "app/packed_text.h"
#include "app/prove_targets.h"
#include "app/report_writer.h"
#include "report/prove_report.h"

namespace seawall::app {

class ProofWriter {
 public:
  /// Opens every file, so that what cannot be written is known before anybody is asked.
  static Result<ProofWriter> Open(const std::vector<Wish>& wishes, const report::Options& options);

  /// What was asked: set before the first Add, and longer there than the writer is used.
  void SetTargets(const std::vector<ProveTarget>& targets, int64_t now);
  /// One endpoint, in whatever order they come.
  void Add(size_t index, const probe::Observation& seen);
  /// The exit status.
  Result<int> End();

 private:
  /// One report of endpoints, as text or as JSON.
  struct Own {
    bool json = false;
    report::Options options;
    OutputFile file;
    bool any = false;     ///< an endpoint was written
    PackedText findings;  ///< which stand behind all endpoints
  };
  /// What waits for the endpoints before it.
  struct Part {
    std::vector<PackedText> endpoints, findings;  ///< by own report
    std::vector<report::Record> records;          ///< for the other formats
    std::string json;                             ///< the same: the endpoint
  };
  void AddOwn(const probe::Observation& seen, const std::vector<report::Record>& records,
              Part& part);
  void Flush();
  void WriteOwn(Own& own, PackedText& endpoint, PackedText& findings);
  void AddOther(size_t index, Part& part);
  void EndNode();
  Result<void> EndOwn(Own& own, int status);
  void Put(OutputFile& file, std::string_view text);

  const std::vector<ProveTarget>* targets_ = nullptr;
  int64_t now_ = 0;
  std::vector<Own> own_;
  std::optional<ReportWriter> others_;
  report::NodeReport node_;  ///< for the other formats: the endpoints of one node
  std::vector<std::unique_ptr<Part>> parts_;
  size_t waiting_ = 0;  ///< bytes of parts that are not packed
  size_t next_ = 0;
  report::Summary summary_;
  report::ReachSummary reach_;
  std::optional<Error> error_;
};

}  // namespace seawall::app
