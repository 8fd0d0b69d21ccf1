// `seawall rbac review`: what is granted, held against what audit logs show.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <tuple>

#include "app/app.h"
#include "app/cluster_api.h"
#include "app/output_file.h"
#include "app/rbac_review_apply.h"
#include "app/rbac_review_job.h"
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

constexpr const char* kAttempt = "review RBAC";
constexpr size_t kGapsTold = 20;

Result<void> ReadTimes(const Arguments& arguments, ReviewJob& job) {
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

Result<ReviewJob> ReadJob(const Arguments& arguments) {
  ReviewJob job;
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

Result<void> ReadAuditPolicies(const Arguments& arguments, ReviewJob& job) {
  for (const std::string& file : arguments.All("audit-policy")) {
    auto bytes = ReadSmallFile(file, "read the audit policy");
    if (!bytes) return std::unexpected(bytes.error());
    if (auto ok = job.recorder.Add(file, std::move(*bytes)); !ok) return ok;
    job.texts.policies.push_back(file);
  }
  return {};
}

/// The folders of logs that are followed may be read, too: what is rotated lies there.
Arguments WithFolders(const Arguments& arguments, const ReviewJob& job) {
  Arguments wanted = arguments;
  for (const LogSource& source : job.sources) {
    wanted.values["audit-log"].push_back(source.path);
    if (!source.siblings) continue;
    const fs::path folder = fs::path(source.path).parent_path();
    wanted.values["audit-log"].push_back(folder.empty() ? "." : folder.string());
  }
  return wanted;
}

std::vector<Wish> WishesOf(const Arguments& arguments) {
  std::vector<Wish> wishes;
  for (const char* option : {"state", "metrics"}) {
    if (arguments.Has(option)) wishes.push_back({"", arguments.Get(option)});
  }
  return wishes;
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

Result<void> WriteWhole(const std::string& path, const std::string& text) {
  auto file = OutputFile::Create(path);
  if (!file) return std::unexpected(file.error());
  if (auto ok = file->Write(text); !ok) return ok;
  if (auto ok = file->Finish(); !ok) return ok;
  return file->Publish();
}

Result<std::string> Report(const ReviewJob& job, const rbac::Evaluator& evaluator,
                           const review::Review& review, const auditlog::ReviewState& state) {
  const auto unread = UnreadLists(evaluator.policy());
  if (job.format == "text") return UnknownText(unread) + ReviewAsText(review, state, job.texts);
  auto proposal = review::MakeProposal(evaluator, state, review);
  if (!proposal) return std::unexpected(proposal.error());
  // YAML and a diff are for other programs: people are told beside them.
  const bool tells = job.format == "json" || job.format == "html";
  if (!tells) std::fputs(UnknownText(unread).c_str(), stderr);
  if (job.format == "diff") return review::ProposalDiff(*proposal);
  std::string yaml = review::ProposalYaml(*proposal);
  if (job.format == "json") return ReviewAsJson(review, state, {yaml, unread});
  if (job.format == "html") {
    return ReviewAsHtml(review, state,
                        {job.texts, {std::move(yaml), unread}, review::ProposalDiff(*proposal)});
  }
  return yaml;
}

Result<std::optional<StateFile>> OpenState(const Arguments& arguments,
                                           auditlog::ReviewState& state) {
  if (!arguments.Has("state")) return std::nullopt;
  auto opened = StateFile::Open(arguments.Get("state"), state);
  if (!opened) return std::unexpected(opened.error());
  return std::move(*opened);
}

/// nullptr: a cluster's, which is going to be watched.
Result<std::unique_ptr<LoadedPolicy>> Load(const Arguments& arguments, const ReviewJob& job) {
  const Arguments wanted = WithFolders(arguments, job);
  if (!job.follow || !WantsApi(arguments))
    return LoadPolicy(wanted, {.wishes = WishesOf(arguments)});
  if (auto ok = EnterForPolicy(wanted, WishesOf(arguments)); !ok)
    return std::unexpected(ok.error());
  return nullptr;
}

}  // namespace

Result<void> ReadLogsOnce(const std::vector<LogFile>& files, const ReviewJob& job,
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

Result<review::Review> LookOnce(const ReviewJob& job, const LoadedPolicy& loaded, StateFile* file,
                                auditlog::ReviewState& state, const WatchNumbers* watch) {
  auto review = review::MakeReview(*loaded.evaluator, state, job.recorder, job.options);
  if (!review) return review;
  if (!job.metrics.empty()) {
    if (auto ok = WriteWhole(job.metrics,
                             ReviewAsMetrics(*review, state, loaded.policy.unread.size(), watch));
        !ok)
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
  auto file = OpenState(arguments, state);
  if (!file) return std::unexpected(file.error());
  if (job->follow)
    return FollowReview(arguments, *job, std::move(*loaded), *file ? &**file : nullptr, state);
  auto files = ListLogFiles(job->sources);
  if (!files) return std::unexpected(files.error());
  if (auto ok = ReadLogsOnce(*files, *job, state); !ok) return std::unexpected(ok.error());
  if (state.learner.counts.events == 0)
    return Fail(ErrorCode::kMalformed, kAttempt, arguments.Get("audit-log"),
                "there is no audit event in it", "name the API server's audit log");
  auto review = LookOnce(*job, **loaded, *file ? &**file : nullptr, state);
  if (!review) return std::unexpected(review.error());
  if (job->apply) return ApplyReview(arguments, **loaded, state, *review);
  return ReviewStatus(*review, !(*loaded)->policy.unread.empty());
}

}  // namespace seawall::app
