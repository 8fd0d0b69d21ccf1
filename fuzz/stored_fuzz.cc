// A stored report: what is taken is written again, and that is taken too and written the same.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "report/format.h"
#include "report/stored_report.h"
#include "require.h"

namespace {

using namespace seawall;

Result<report::StoredReport> Read(std::string_view text) {
  Descriptor file(memfd_create("report", MFD_CLOEXEC));
  fuzz::Require(write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()),
                "a file in memory takes everything");
  return report::StoredReport::Read(std::move(file), "report.json");
}

std::string Write(const report::StoredReport& stored, const char* name) {
  const auto format = report::MakeFormat(
      name,
      {.version = stored.tool_version(), .at = stored.at(), .at_given = stored.at().has_value()});
  report::Totals totals;
  std::string bodies;
  const auto ok = stored.ForEachNode([&](const report::NodeReport& node) -> Result<void> {
    report::Part part = format->Make(node);
    if (!bodies.empty() && !part.body.empty()) bodies += format->Between();
    bodies += part.body;
    totals.kept.push_back(std::move(part.kept));
    return {};
  });
  fuzz::Require(ok.has_value(), "what was checked can be read");
  totals.summary = stored.summary();
  totals.exit_status = stored.exit_status();
  totals.waivers = stored.waivers();
  return format->Begin(format->BeginsLate() ? &totals : nullptr) + bodies + format->End(totals);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto stored = Read(fuzz::Text(data, size));
  if (!stored) {
    fuzz::RequirePrintable(stored.error().ToString(), "an error is printable");
    return 0;
  }
  for (const char* name : report::FormatNames()) (void)Write(*stored, name);
  const std::string once = Write(*stored, "json");
  const auto again = Read(once);
  fuzz::Require(again.has_value(), "what was written can be read");
  fuzz::Require(Write(*again, "json") == once, "and is written the same");
  return 0;
}
