#include "app/report_writer.h"
#include "app/run.h"
#include "app/stored.h"
#include "app/terminal.h"

namespace seawall::app {

Result<int> RunReport(const Arguments& arguments) {
  auto wishes = ReadWishes(arguments);
  if (!wishes) return std::unexpected(wishes.error());
  auto options = ReadReportOptions(arguments);
  if (!options) return std::unexpected(options.error());
  auto stored = OpenStored(arguments.positional[0]);
  if (!stored) return std::unexpected(stored.error());
  options->version = stored->tool_version();
  options->at = stored->at();
  options->at_given = stored->at().has_value();
  auto writer = ReportWriter::Open(*wishes, *options);
  if (!writer) return std::unexpected(writer.error());
  auto done = stored->ForEachNode(
      [&](const report::NodeReport& node) { return writer->Add(writer->Make(node)); });
  if (!done) return std::unexpected(done.error());
  writer->SetWaivers(stored->waivers());
  if (auto ok = writer->End(stored->exit_status()); !ok) return std::unexpected(ok.error());
  return stored->exit_status();
}

}  // namespace seawall::app
