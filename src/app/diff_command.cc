#include "app/confine.h"
#include "app/output_file.h"
#include "app/report_writer.h"
#include "app/run.h"
#include "app/stored.h"
#include "report/diff.h"

namespace seawall::app {

Result<int> RunDiff(const Arguments& arguments) {
  auto wishes = ReadWishes(arguments);
  if (!wishes) return std::unexpected(wishes.error());
  auto options = ReadReportOptions(arguments);
  if (!options) return std::unexpected(options.error());
  std::vector<OutputFile> files;
  for (const Wish& wish : *wishes) {
    auto file = wish.file.empty() ? Result<OutputFile>() : OutputFile::Create(wish.file);
    if (!file) return std::unexpected(file.error());
    files.push_back(std::move(*file));
  }
  auto confined = Confine(arguments, ProfileOf(arguments, *wishes, false, Speaks::kNobody));
  if (!confined) return std::unexpected(confined.error());
  auto before = OpenStored(arguments.positional[0]);
  if (!before) return std::unexpected(before.error());
  auto after = OpenStored(arguments.positional[1]);
  if (!after) return std::unexpected(after.error());
  auto diff = report::Compare(*before, *after);
  if (!diff) return std::unexpected(diff.error());
  for (size_t i = 0; i < files.size(); ++i) {
    const bool own = !(*wishes)[i].file.empty();
    const std::string text =
        (*wishes)[i].format == "json"
            ? report::DiffJson(*diff)
            : report::DiffText(*diff, own ? 100 : options->width, !own && options->color);
    if (auto ok = files[i].Write(text); !ok) return std::unexpected(ok.error());
    if (auto ok = files[i].Finish(); !ok) return std::unexpected(ok.error());
  }
  for (OutputFile& file : files) {
    if (auto ok = file.Publish(); !ok) return std::unexpected(ok.error());
  }
  return diff->ExitStatus();
}

}  // namespace seawall::app
