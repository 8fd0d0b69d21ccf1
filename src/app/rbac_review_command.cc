// `seawall rbac review`: what is granted, held against what audit logs show.
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <thread>
#include <tuple>

#include "app/app.h"
#include "app/cluster_api.h"
#include "app/output_file.h"
#include "app/rbac_inputs.h"
#include "app/rbac_review_apply.h"
#include "app/review_logs.h"
#include "app/review_report.h"
#include "app/run.h"
#include "app/small_file.h"
#include "app/span.h"
#include "app/terminal.h"
#include "auditlog/time.h"
#include "base/text.h"
#include "review/proposal.h"

namespace seawall::app {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kAttempt = "review RBAC";
constexpr size_t kGapsTold = 20;
constexpr auto kPause = std::chrono::milliseconds(500);
/// A cluster's objects are not listed more often.
constexpr auto kListEvery = std::chrono::seconds(60);
/// What compresses a log is given this long before it is read.
constexpr auto kSettle = std::chrono::seconds(10);

std::atomic<int> end_asked = 0;
extern "C" void EndFollowing(int number) { end_asked = number; }

struct Job {
  std::vector<LogSource> sources;
  review::Recorder recorder;
  review::ReviewOptions options;
  ReviewTexts texts;
  std::string format, metrics;
  int64_t every = 0;
  bool follow = false, apply = false, strict = false, quiet = false;
};

Result<void> ReadTimes(const Arguments& arguments, Job& job) {
  auto since = ReadSpan(arguments, "since", 60);
  if (!since) return std::unexpected(since.error());
  auto gap = ReadSpan(arguments, "gap", 120);
  if (!gap) return std::unexpected(gap.error());
  auto every = ReadSpan(arguments, "every", 1);
  if (!every) return std::unexpected(every.error());
  job.options.since = *since;
  job.options.gap = *gap;
  job.every = *every == 0 ? 10 : *every;
  if (!arguments.Has("at")) return {};
  job.options.at = auditlog::ReadTime(arguments.Get("at"));
  if (job.options.at != 0) return {};
  return Fail(ErrorCode::kUsage, "read --at", "",
              fmt::format("'{}' is no time", Printable(arguments.Get("at"))),
              "write it as 2026-11-28T20:00:00Z");
}

Result<Job> ReadJob(const Arguments& arguments) {
  Job job;
  job.sources = ReadLogSources(arguments.All("audit-log"), false);
  for (LogSource& source : ReadLogSources(arguments.All("follow"), true))
    job.sources.push_back(std::move(source));
  job.follow = arguments.Has("follow");
  job.apply = arguments.Has("apply");
  job.strict = arguments.Has("strict");
  job.quiet = arguments.Has("quiet");
  job.format = arguments.Get("output", "text");
  job.metrics = arguments.Get("metrics");
  job.texts.verbose = arguments.Has("verbose");
  job.options.break_glass = arguments.All("break-glass");
  if (job.sources.empty() && !arguments.Has("state"))
    return Fail(ErrorCode::kUsage, kAttempt, "", "no log is named",
                "add --audit-log FILE, or --state FILE of an earlier review");
  if (job.follow && arguments.Has("output"))
    return Fail(ErrorCode::kUsage, kAttempt, "", "--follow has no report",
                "leave out -o; --metrics FILE gives its numbers");
  const auto is_input = [](const LogSource& source) { return source.path == "-"; };
  if (job.follow && std::ranges::any_of(job.sources, is_input))
    return Fail(ErrorCode::kUsage, kAttempt, "", "standard input cannot be followed",
                "name the log's file");
  const auto inputs = std::ranges::count_if(job.sources, is_input) +
                      std::ranges::count(arguments.All("filename"), "-");
  if (inputs > 1)
    return Fail(ErrorCode::kUsage, kAttempt, "", "standard input is named more than once",
                "give files for the others");
  if (auto ok = ReadTimes(arguments, job); !ok) return std::unexpected(ok.error());
  return job;
}

Result<void> ReadAuditPolicies(const Arguments& arguments, Job& job) {
  for (const std::string& file : arguments.All("audit-policy")) {
    auto bytes = ReadSmallFile(file, "read the audit policy");
    if (!bytes) return std::unexpected(bytes.error());
    if (auto ok = job.recorder.Add(file, std::move(*bytes)); !ok) return ok;
    job.texts.policies.push_back(file);
  }
  return {};
}

/// Policy with the folders of logs that are followed: what is rotated lies there.
Result<std::unique_ptr<LoadedPolicy>> Load(const Arguments& arguments, const Job& job) {
  Arguments wanted = arguments;
  for (const LogSource& source : job.sources) {
    wanted.values["audit-log"].push_back(source.path);
    if (!source.siblings) continue;
    const fs::path folder = fs::path(source.path).parent_path();
    wanted.values["audit-log"].push_back(folder.empty() ? "." : folder.string());
  }
  std::vector<Wish> wishes;
  for (const char* option : {"state", "metrics"}) {
    if (arguments.Has(option)) wishes.push_back({"", arguments.Get(option)});
  }
  return LoadPolicy(wanted, {.wishes = wishes});
}

void TellGaps(const std::vector<LogFile>& files, std::vector<auditlog::Gap>& gaps, uint64_t all) {
  std::ranges::sort(gaps, {},
                    [](const auditlog::Gap& gap) { return std::tuple(gap.file, gap.offset); });
  for (size_t i = 0; i < std::min(gaps.size(), kGapsTold); ++i) {
    std::fputs(fmt::format("seawall: {}: byte {}: {}\n", Printable(files[gaps[i].file].path),
                           gaps[i].offset, gaps[i].why)
                   .c_str(),
               stderr);
  }
  if (all > kGapsTold)
    std::fputs(fmt::format("seawall: and {} more of these\n", all - kGapsTold).c_str(), stderr);
}

Result<void> ReadLogsOnce(const std::vector<LogFile>& files, const Job& job,
                          auditlog::ReviewState& state) {
  std::vector<auditlog::Gap> gaps;
  const uint64_t had = state.learner.counts.damaged;
  if (auto ok = ReadNewLogs(files, state, gaps); !ok) return ok;
  const uint64_t damaged = state.learner.counts.damaged - had;
  if (!job.quiet) TellGaps(files, gaps, damaged);
  if (damaged == 0 || !job.strict) return {};
  return Fail(ErrorCode::kMalformed, kAttempt,
              gaps.empty() ? std::string()
                           : fmt::format("{}: byte {}", files[gaps[0].file].path, gaps[0].offset),
              gaps.empty() ? "damaged lines" : gaps[0].why,
              "without --strict it is counted, and nothing that it may have said is called unused");
}

Result<void> WriteWhole(const std::string& path, const std::string& text) {
  auto file = OutputFile::Create(path);
  if (!file) return std::unexpected(file.error());
  if (auto ok = file->Write(text); !ok) return ok;
  if (auto ok = file->Finish(); !ok) return ok;
  return file->Publish();
}

Result<std::string> Report(const Job& job, const rbac::Evaluator& evaluator,
                           const review::Review& review, const auditlog::ReviewState& state) {
  const auto unread = UnreadLists(evaluator.policy());
  if (job.format == "text") return UnknownText(unread) + ReviewAsText(review, state, job.texts);
  auto proposal = review::MakeProposal(evaluator, state, review);
  if (!proposal) return std::unexpected(proposal.error());
  // YAML and a diff are for other programs: people are told beside them.
  if (job.format != "json") std::fputs(UnknownText(unread).c_str(), stderr);
  if (job.format == "diff") return review::ProposalDiff(*proposal);
  std::string yaml = review::ProposalYaml(*proposal);
  if (job.format == "json") return ReviewAsJson(review, state, {yaml, unread});
  return yaml;
}

/// One look: report, metrics, then what is remembered.
Result<review::Review> Look(const Job& job, const LoadedPolicy& loaded, const StateFile* file,
                            auditlog::ReviewState& state) {
  auto review = review::MakeReview(*loaded.evaluator, state, job.recorder, job.options);
  if (!review) return review;
  if (!job.metrics.empty()) {
    if (auto ok = WriteWhole(job.metrics, ReviewAsMetrics(*review, state)); !ok)
      return std::unexpected(ok.error());
  }
  if (!job.follow && !job.apply) {
    auto text = Report(job, *loaded.evaluator, *review, state);
    if (!text) return std::unexpected(text.error());
    if (auto ok = WriteOut(*text); !ok) return std::unexpected(ok.error());
  }
  review::RememberGrants(loaded.policy, *review, state);
  if (!file) return review;
  if (auto ok = file->Save(state); !ok) return std::unexpected(ok.error());
  return review;
}

/// Logs that have changed since they were looked at.
class Watched {
 public:
  Result<std::vector<LogFile>> Changed(const std::vector<LogSource>& sources) {
    auto files = ListLogFiles(sources);
    if (!files) return files;
    std::map<std::string, Stamp> now;
    std::vector<LogFile> changed;
    for (LogFile& file : *files) {
      struct stat s{};
      if (stat(file.path.c_str(), &s) != 0) continue;  // renamed just now
      const auto modified = std::chrono::system_clock::from_time_t(s.st_mtim.tv_sec);
      const bool packed =
          file.path.ends_with(".gz") || file.path.ends_with(".zst") || file.path.ends_with(".zstd");
      if (packed && std::chrono::system_clock::now() - modified < kSettle) continue;
      const Stamp stamp{s.st_dev, s.st_ino, s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec};
      const auto known = seen_.find(file.path);
      now[file.path] = stamp;
      if (known == seen_.end() || known->second != stamp) changed.push_back(std::move(file));
    }
    seen_ = std::move(now);
    return changed;
  }

 private:
  using Stamp = std::tuple<dev_t, ino_t, off_t, time_t, long>;
  std::map<std::string, Stamp> seen_;
};

void TellFollowed(const review::Review& review) {
  (void)WriteOut(fmt::format("{} {} unused, {} in part, {} unknown, {} used; {} new grants\n",
                             auditlog::TimeText(review.to), review.unused, review.wide,
                             review.unknown, review.used, review.fresh_grants));
}

/// The policy as it is now; what cannot be read leaves the one that there was.
void ReadAgain(const Arguments& arguments, std::unique_ptr<LoadedPolicy>& loaded,
               Clock::time_point& read) {
  const auto& names = arguments.All("filename");
  const bool live = names.empty() && !arguments.Has("bundle");
  const bool once = arguments.Has("bundle") || std::ranges::find(names, "-") != names.end();
  if (once || (live && Clock::now() - read < kListEvery)) return;
  read = Clock::now();
  auto again = live ? ReadLive(OpenApi(arguments)) : ReadPolicy(names, arguments);
  // What shows less than before would make grants vanish that are still there.
  if (again && (*again)->policy.unread.size() <= loaded->policy.unread.size()) {
    loaded = std::move(*again);
    return;
  }
  if (again) {
    std::fputs(fmt::format("seawall: {}going on with what was read before\n",
                           UnknownText(UnreadLists((*again)->policy)))
                   .c_str(),
               stderr);
    return;
  }
  std::fputs(fmt::format("seawall: {}; going on with what was read before\n",
                         Printable(again.error().ToString()))
                 .c_str(),
             stderr);
}

Result<int> Follow(const Arguments& arguments, const Job& job, std::unique_ptr<LoadedPolicy> loaded,
                   const StateFile* file, auditlog::ReviewState& state) {
  struct sigaction action{};
  action.sa_handler = EndFollowing;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  Watched watched;
  Clock::time_point next = Clock::now();
  Clock::time_point read = next;
  std::tuple<uint64_t, uint64_t, uint64_t, uint64_t, uint64_t> told;
  for (bool first = true, last = false; !last; first = false) {
    last = end_asked != 0;
    auto files = watched.Changed(job.sources);
    if (!files) return std::unexpected(files.error());
    // A file that is rotated while it is being read is there the next time under its new name.
    auto ok = ReadLogsOnce(*files, job, state);
    if (!ok && ok.error().code != ErrorCode::kNotFound) return std::unexpected(ok.error());
    if (first || last || Clock::now() >= next) {
      next = Clock::now() + std::chrono::seconds(job.every);
      if (!first) ReadAgain(arguments, loaded, read);
      auto review = Look(job, *loaded, file, state);
      if (!review) return std::unexpected(review.error());
      const auto numbers = std::tuple(review->unused, review->wide, review->unknown, review->used,
                                      review->fresh_grants);
      if (first) std::fputs(UnknownText(UnreadLists(loaded->policy)).c_str(), stderr);
      if (first || numbers != told) TellFollowed(*review);
      told = numbers;
    }
    for (int i = 0; !last && i < 2 && end_asked == 0; ++i) std::this_thread::sleep_for(kPause / 2);
  }
  return end_asked == SIGINT ? kExitInterrupted : kExitClean;
}

}  // namespace

Result<int> RunReview(const Arguments& arguments) {
  if (auto ok = CheckApplyOptions(arguments); !ok) return std::unexpected(ok.error());
  auto job = ReadJob(arguments);
  if (!job) return std::unexpected(job.error());
  if (job->apply) {
    auto finished = FinishReviewApply(arguments);
    if (!finished) return std::unexpected(finished.error());
    if (*finished) return **finished;
  }
  auto loaded = Load(arguments, *job);
  if (!loaded) return std::unexpected(loaded.error());
  if (auto ok = ReadAuditPolicies(arguments, *job); !ok) return std::unexpected(ok.error());
  auditlog::ReviewState state;
  std::optional<StateFile> file;
  if (arguments.Has("state")) {
    auto opened = StateFile::Open(arguments.Get("state"), state);
    if (!opened) return std::unexpected(opened.error());
    file = std::move(*opened);
  }
  if (job->follow)
    return Follow(arguments, *job, std::move(*loaded), file ? &*file : nullptr, state);
  auto files = ListLogFiles(job->sources);
  if (!files) return std::unexpected(files.error());
  if (auto ok = ReadLogsOnce(*files, *job, state); !ok) return std::unexpected(ok.error());
  if (state.learner.counts.events == 0)
    return Fail(ErrorCode::kMalformed, kAttempt, arguments.Get("audit-log"),
                "there is no audit event in it", "name the API server's audit log");
  auto review = Look(*job, **loaded, file ? &*file : nullptr, state);
  if (!review) return std::unexpected(review.error());
  if (job->apply) return ApplyReview(arguments, **loaded, state, *review);
  return ReviewStatus(*review, !(*loaded)->policy.unread.empty());
}

}  // namespace seawall::app
