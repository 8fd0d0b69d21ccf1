// Writes one report in as many formats, to as many files, as -o asks for; node by node, so that
// memory does not grow with the number of nodes.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/output_file.h"
#include "report/format.h"
#include "x509/ed25519.h"

namespace seawall::app {

/// One -o.
struct Wish {
  std::string format;
  std::string file;  ///< "": standard output
};

/// The values of -o: FORMAT, FORMAT=FILE or FORMAT=-; text on standard output when there is none.
/// Errors: kUsage when two reports would get into each other's way.
Result<std::vector<Wish>> ReadWishes(const Arguments& arguments);

/// Whether the report on standard output is for programs, which then get errors as JSON too.
bool ForPrograms(const std::vector<Wish>& wishes);

/// One node in every format.
struct NodeParts {
  std::vector<report::Part> parts;
  report::Summary summary;
  std::string worst_rule;
  int worst = 0;
  std::vector<std::shared_ptr<const report::RuleText>> rules;
};

/// --color, --quiet and --verbose. Errors: kUsage.
Result<report::Options> ReadReportOptions(const Arguments& arguments);

class ReportWriter {
 public:
  /// Opens every file, so that what cannot be written is known before the work begins. Colour and
  /// the terminal's width are for standard output only.
  /// With a key, each file gets a signature beside it. Errors: kUsage when there is no file.
  static Result<ReportWriter> Open(const std::vector<Wish>& wishes, const report::Options& options,
                                   std::optional<x509::SigningKey> key = std::nullopt);

  /// Safe to call from several threads.
  NodeParts Make(const report::NodeReport& report) const;
  /// In the order of the report.
  Result<void> Add(NodeParts parts);
  void SetWaivers(std::vector<report::WaiverUse> uses) { totals_.waivers = std::move(uses); }
  void SetAttestations(std::vector<report::AttestationUse> uses) {
    totals_.attestations = std::move(uses);
  }
  void SetEvidence(std::vector<report::RunEvidence> runs) { totals_.evidence = std::move(runs); }
  bool begun() const { return begun_; }
  const report::Summary& summary() const { return totals_.summary; }
  /// Ends every report and gives the files their names, or leaves everything as it was.
  Result<void> End(int exit_status);

 private:
  struct Output {
    std::unique_ptr<report::Format> format;
    OutputFile file;
    std::optional<OutputFile> signature;
    Descriptor aside;
    bool any = false;  ///< a body was written
    std::vector<std::vector<std::string>> kept;
  };
  Result<void> Begin();
  Result<void> EndOne(Output& output);
  Result<void> SignOne(Output& output) const;
  void AddRules(const NodeParts& parts);

  std::vector<Output> outputs_;
  std::optional<x509::SigningKey> key_;
  report::Totals totals_;
  std::set<std::string> rule_ids_;
  int worst_ = 0;
  bool begun_ = false;
  bool wants_rules_ = false;
};

}  // namespace seawall::app
