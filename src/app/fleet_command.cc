// `seawall report --fleet`: clusters side by side.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "app/app.h"
#include "app/confine.h"
#include "app/in_order.h"
#include "app/inputs.h"
#include "app/judgement.h"
#include "app/report_writer.h"
#include "app/run.h"
#include "app/stored.h"
#include "app/terminal.h"
#include "app/version.h"
#include "base/text.h"
#include "report/baseline.h"
#include "report/fleet.h"

namespace seawall::app {
namespace {

/// A file of the command line, and what it holds.
struct Reading {
  std::string cluster, path;
  report::FleetResult result;
  std::vector<report::FleetControl> controls;
  Tally tally;
  std::string why;  ///< it holds nothing that can be read
};

struct FleetJob {
  std::vector<Wish> wishes;
  report::FleetOptions options;
  std::unique_ptr<const Judgement> judgement;
};

Result<FleetJob> ReadFleetJob(const Arguments& arguments) {
  FleetJob job;
  auto wishes = ReadWishes(arguments);
  if (!wishes) return std::unexpected(wishes.error());
  job.wishes = std::move(*wishes);
  for (const Wish& wish : job.wishes) {
    constexpr std::string_view kKnown[] = {"text", "json", "html", "csv"};
    if (std::ranges::find(kKnown, wish.format) != std::end(kKnown)) continue;
    return Fail(ErrorCode::kUsage, "write a fleet", "",
                fmt::format("a matrix cannot be written as {}", wish.format),
                "it is written as text, json, html or csv");
  }
  if (arguments.Has("baseline")) {
    return Fail(ErrorCode::kUsage, "write a fleet", "", "--fleet and --baseline exclude each other",
                "each cluster is compared with its own result before");
  }
  auto options = ReadReportOptions(arguments);
  if (!options) return std::unexpected(options.error());
  job.options = {options->width, options->color, options->verbose, kVersion};
  auto now = ReadTime(arguments.Get("at"));
  if (!now) return std::unexpected(now.error());
  auto judgement = ReadJudgement(arguments, *now, OwnWaivers::kIgnore, NewAgainst::kCallers);
  if (!judgement) return std::unexpected(judgement.error());
  job.judgement = std::move(*judgement);
  return job;
}

void AddFindings(const report::StoredReport& stored, const FleetJob& job, Reading& reading) {
  auto ok = stored.ForEachNode([&](report::NodeReport node) -> Result<void> {
    job.judgement->Apply(node);
    for (report::Record& record : node.findings) {
      // What another run was compared with is no matter of this one.
      record.baseline.clear();
      for (report::FleetControl& control : report::Fleet::RuleOf(record)) {
        const auto [counts, fresh] = reading.result.controls.try_emplace(control.id);
        ++counts->second.by_urgency[static_cast<size_t>(report::Urgency(record))];
        if (fresh) reading.controls.push_back(std::move(control));
      }
    }
    reading.tally.Add(job.judgement->Count(node));
    return {};
  });
  if (!ok) reading.why = ok.error().ToString();
}

/// When the result is of: what it says itself, else its file's name, else when that was written.
void SetTime(const report::StoredReport& stored, std::optional<int64_t> named,
             const std::string& path, report::FleetResult& result) {
  struct stat there{};
  result.time_source = "at";
  if (stored.at()) {
    result.time = *stored.at();
  } else if (named) {
    result.time = *named;
    result.time_source = "file name";
  } else if (path != "-" && stat(path.c_str(), &there) == 0) {
    result.time = there.st_mtim.tv_sec;
    result.time_source = "file";
  } else {
    result.time = std::time(nullptr);
    result.time_source = "now";
  }
}

Reading ReadOne(const std::string& word, const FleetJob& job) {
  Reading reading;
  const NamedFile file = SplitNamedFile(word);
  std::string stem;
  const auto named_time = report::TimeOfName(file.path, stem);
  reading.cluster = report::Safe(file.name.empty() ? stem : file.name);
  reading.path = file.path;
  reading.result.file = report::Safe(file.path);
  auto stored = OpenStored(file.path);
  if (!stored) {
    reading.why = report::Safe(stored.error().ToString());
    return reading;
  }
  SetTime(*stored, named_time, file.path, reading.result);
  reading.result.tool_version = stored->tool_version();
  reading.result.exit_status = stored->exit_status();
  reading.result.nodes = stored->nodes().size();
  AddFindings(*stored, job, reading);
  return reading;
}

/// --fail-on new: what of a cluster's newest result its result before did not have.
Result<Tally> CountNew(const std::string& newest, const std::string& previous,
                       const FleetJob& job) {
  auto before = OpenStored(previous);
  if (!before) return std::unexpected(before.error());
  auto baseline = report::Baseline::Read(*before);
  if (!baseline) return std::unexpected(baseline.error());
  auto after = OpenStored(newest);
  if (!after) return std::unexpected(after.error());
  Tally tally;
  auto ok = after->ForEachNode([&](report::NodeReport node) -> Result<void> {
    job.judgement->Apply(node);
    for (report::Record& record : node.findings) record.baseline.clear();
    baseline->Mark(node);
    tally.Add(job.judgement->Count(node));
    return {};
  });
  if (!ok) return std::unexpected(ok.error());
  return tally;
}

/// Everything that was read, and which of it is a cluster's newest.
class Collected {
 public:
  explicit Collected(const FleetJob& job) : job_(job) {}

  void Add(Reading reading) {
    if (!reading.why.empty()) {
      fleet_.AddGap(reading.cluster, {reading.result.file, reading.why});
      incomplete_ = true;
      return;
    }
    fleet_.AddControls(reading.controls);
    const std::string file = reading.result.file;
    fleet_.Add(reading.cluster, std::move(reading.result));
    paths_[file] = reading.path;
    tallies_[file] = reading.tally;
  }

  Result<int> ExitStatus() const {
    Tally tally;
    // A result that was not whole is none to be content with.
    bool incomplete = incomplete_ || fleet_.without_result() > 0;
    for (const report::FleetCluster& cluster : fleet_.clusters()) {
      if (!cluster.newest) continue;
      incomplete |= cluster.newest->exit_status == kExitError;
      if (job_.judgement->only_new() && cluster.previous) {
        auto fresh =
            CountNew(paths_.at(cluster.newest->file), paths_.at(cluster.previous->file), job_);
        if (!fresh) return std::unexpected(fresh.error());
        tally.Add(*fresh);
      } else {
        tally.Add(tallies_.at(cluster.newest->file));
      }
    }
    return incomplete ? static_cast<int>(kExitError) : job_.judgement->ExitStatus(tally);
  }
  const report::Fleet& fleet() const { return fleet_; }

 private:
  const FleetJob& job_;
  report::Fleet fleet_;
  std::map<std::string, std::string> paths_;  ///< by the file as it is shown
  std::map<std::string, Tally> tallies_;
  bool incomplete_ = false;
};

std::string Written(const Wish& wish, const FleetJob& job, const report::Fleet& fleet, int status) {
  report::FleetOptions options = job.options;
  if (!wish.file.empty()) {
    options.color = false;
    options.width = 100;
  }
  if (wish.format == "json") return report::FleetJson(fleet, options, status);
  if (wish.format == "csv") return report::FleetCsv(fleet);
  if (wish.format == "html") return report::FleetHtml(fleet, options, status);
  return report::FleetText(fleet, options, status);
}

Result<void> WriteFleet(const FleetJob& job, const report::Fleet& fleet, int status,
                        std::vector<OutputFile>& files) {
  for (size_t i = 0; i < files.size(); ++i) {
    if (auto ok = files[i].Write(Written(job.wishes[i], job, fleet, status)); !ok) return ok;
    if (auto ok = files[i].Finish(); !ok) return ok;
  }
  for (OutputFile& file : files) {
    if (auto ok = file.Publish(); !ok) return ok;
  }
  return {};
}

}  // namespace

Result<int> RunFleet(const Arguments& arguments) {
  auto job = ReadFleetJob(arguments);
  if (!job) return std::unexpected(job.error());
  const std::vector<std::string>& words = arguments.positional;
  if (std::ranges::count(words, "-") > 0 && job->judgement->only_new()) {
    return Fail(ErrorCode::kUsage, "write a fleet", "",
                "--fail-on new reads results twice, and standard input can be read once",
                "name a file");
  }
  std::vector<OutputFile> files;
  for (const Wish& wish : job->wishes) {
    auto file = wish.file.empty() ? Result<OutputFile>() : OutputFile::Create(wish.file);
    if (!file) return std::unexpected(file.error());
    files.push_back(std::move(*file));
  }
  auto confined = Confine(arguments, ProfileOf(arguments, job->wishes, false, Speaks::kNobody));
  if (!confined) return std::unexpected(confined.error());
  Collected collected(*job);
  InOrder<Reading>(
      words.size(), [&](size_t i) { return ReadOne(words[i], *job); },
      [&](Reading reading) { collected.Add(std::move(reading)); });
  auto status = collected.ExitStatus();
  if (!status) return std::unexpected(status.error());
  if (auto ok = WriteFleet(*job, collected.fleet(), *status, files); !ok)
    return std::unexpected(ok.error());
  return *status;
}

}  // namespace seawall::app
