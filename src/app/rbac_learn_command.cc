// `seawall rbac learn`: the least roles for what audit logs show in use.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "app/app.h"
#include "app/confine.h"
#include "app/rbac_inputs.h"
#include "app/run.h"
#include "app/terminal.h"
#include "auditlog/log_pool.h"
#include "auditlog/time.h"
#include "base/text.h"
#include "report/json_writer.h"
#include "review/learnt.h"

namespace seawall::app {
namespace {

using auditlog::Gap;
using auditlog::Learner;

constexpr const char* kAttempt = "learn from audit logs";
constexpr size_t kGapsTold = 20;

struct Job {
  auditlog::LearnFilter filter;
  review::Generalise generalise;
  std::vector<std::string> files;
};

Result<uint64_t> ReadNumber(const Arguments& arguments, const char* option) {
  if (!arguments.Has(option)) return 0;
  const auto number = ParseInt(arguments.Get(option));
  if (number && *number > 0) return static_cast<uint64_t>(*number);
  return Fail(ErrorCode::kUsage, kAttempt, "", fmt::format("--{} is a number above 0", option),
              fmt::format("as in --{} 3", option));
}

Result<Job> ReadJob(const Arguments& arguments) {
  Job job;
  if (!arguments.Has("audit-log"))
    return Fail(ErrorCode::kUsage, kAttempt, "", "no log is named", "add --audit-log FILE");
  job.filter.users = arguments.All("user");
  job.filter.groups = arguments.All("group");
  for (std::string account : arguments.All("serviceaccount")) {
    const size_t cut = account.find_first_of("/:");
    if (cut == std::string::npos || cut == 0 || cut + 1 == account.size())
      return Fail(ErrorCode::kUsage, kAttempt, "",
                  fmt::format("{} names no service account", Printable(account)),
                  "as in --serviceaccount NAMESPACE/NAME");
    account[cut] = ':';
    job.filter.users.push_back("system:serviceaccount:" + account);
  }
  auto names = ReadNumber(arguments, "names");
  if (!names) return std::unexpected(names.error());
  auto spaces = ReadNumber(arguments, "namespaces");
  if (!spaces) return std::unexpected(spaces.error());
  job.generalise.names = *names;
  job.generalise.namespaces = *spaces;
  job.generalise.read = arguments.Has("verbs");
  return job;
}

std::vector<std::string> Summary(const auditlog::LearnCounts& counts,
                                 const review::Learnt& learnt) {
  std::vector<std::string> lines;
  const auto tell = [&](uint64_t number, std::string_view what) {
    if (number > 0) lines.push_back(fmt::format("{} {}", number, what));
  };
  lines.push_back(fmt::format("learnt from {} of {} events", counts.learnt, counts.events));
  if (counts.learnt > 0)
    lines.back() += fmt::format(", {} to {}", auditlog::TimeText(counts.first),
                                auditlog::TimeText(counts.last));
  const auto stage = [&](auditlog::Event::Stage which) {
    return counts.stages[static_cast<size_t>(which)];
  };
  tell(stage(auditlog::Event::Stage::kRequestReceived), "came before anything was decided");
  tell(counts.denied, "were denied or of nobody who is known");
  tell(counts.undecided, "do not say whether they were allowed");
  tell(counts.twice, "came again, in another stage or another file");
  tell(counts.others, "of others, or of the cluster's own components");
  tell(counts.discovery, "only asked for what everybody may know");
  tell(counts.other_lines, "lines are no audit events");
  tell(counts.names_dropped, "rights have too many names: they are for any name");
  tell(learnt.held, "rights are given by what is named with -f, and left out");
  tell(counts.damaged, "lines are damaged: what they said is not known");
  if (counts.events > 0 && stage(auditlog::Event::Stage::kResponseComplete) == 0)
    lines.emplace_back("the logs have no stage ResponseComplete: what was only asked is missing");
  return lines;
}

void TellGaps(const Job& job, std::vector<Gap>& gaps, uint64_t all) {
  std::ranges::sort(gaps, [](const Gap& a, const Gap& b) {
    return std::tie(a.file, a.offset) < std::tie(b.file, b.offset);
  });
  size_t told = 0;
  for (const Gap& gap : gaps) {
    if (++told > kGapsTold) break;
    std::fputs(fmt::format("seawall: {}: byte {}: {}\n", Printable(job.files[gap.file]), gap.offset,
                           gap.why)
                   .c_str(),
               stderr);
  }
  if (all > kGapsTold)
    std::fputs(fmt::format("seawall: and {} more of these\n", all - kGapsTold).c_str(), stderr);
}

std::string Yaml(const review::Learnt& learnt) {
  std::string text;
  for (const review::GrantSpec& grant : learnt.grants) text += review::GrantYaml(grant);
  return text;
}

std::string AsJson(const auditlog::LearnCounts& counts, const review::Learnt& learnt) {
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  const auto number = [&](const char* key, uint64_t value) {
    out.Key(key);
    out.Uint64(value);
  };
  number("events", counts.events);
  number("learnt", counts.learnt);
  number("denied", counts.denied);
  number("undecided", counts.undecided);
  number("repeated", counts.twice);
  number("others", counts.others);
  number("discovery", counts.discovery);
  number("damaged", counts.damaged);
  number("otherLines", counts.other_lines);
  number("rights", learnt.rights);
  number("held", learnt.held);
  report::Field(out, "first", counts.first == 0 ? "" : auditlog::TimeText(counts.first));
  report::Field(out, "last", counts.last == 0 ? "" : auditlog::TimeText(counts.last));
  number("grants", learnt.grants.size());
  report::Field(out, "yaml", Yaml(learnt));
  out.EndObject();
  return json.Take() + "\n";
}

}  // namespace

Result<int> RunLearn(const Arguments& arguments) {
  auto job = ReadJob(arguments);
  if (!job) return std::unexpected(job.error());
  std::unique_ptr<LoadedPolicy> existing;
  if (arguments.Has("filename")) {
    auto loaded = LoadPolicy(arguments);
    if (!loaded) return std::unexpected(loaded.error());
    existing = std::move(*loaded);
    job->generalise.existing = existing->evaluator.get();
  } else if (auto ok = Confine(arguments, ProfileOf(arguments, {}, false, Speaks::kNobody)); !ok) {
    return std::unexpected(ok.error());
  }
  auto files = auditlog::ListLogs(arguments.All("audit-log"));
  if (!files) return std::unexpected(files.error());
  job->files = std::move(*files);
  std::vector<Gap> gaps;
  auditlog::SeenEvents seen;
  Learner all(job->filter, seen);
  {
    auditlog::LogPool pool(job->filter, seen, std::max(1u, std::thread::hardware_concurrency()));
    auto ok = auditlog::ReadLogs(
        job->files, [&](auditlog::Block block) { pool.Take(std::move(block)); },
        [&](Gap gap) { gaps.push_back(std::move(gap)); });
    if (!ok) return std::unexpected(ok.error());
    all.counts.damaged = gaps.size();
    pool.Finish(all, gaps);
  }
  if (!arguments.Has("quiet")) TellGaps(*job, gaps, all.counts.damaged);
  if (!gaps.empty() && arguments.Has("strict")) {
    return Fail(ErrorCode::kMalformed, kAttempt,
                fmt::format("{}: byte {}", job->files[gaps[0].file], gaps[0].offset), gaps[0].why,
                "without --strict it is left out and counted");
  }
  if (all.counts.events == 0)
    return Fail(ErrorCode::kMalformed, kAttempt, Join(job->files, ", "),
                "there is no audit event in it",
                "name the API server's audit log, an event a line (`jq -c .` makes it so)");
  const review::Learnt learnt = review::MakeGrants(all, job->generalise);
  std::string text;
  if (arguments.Get("output", "yaml") == "json") {
    text = AsJson(all.counts, learnt);
  } else {
    for (const std::string& line : Summary(all.counts, learnt)) text += review::YamlComment(line);
    text += Yaml(learnt);
  }
  if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
  return gaps.empty() && all.counts.undecided == 0 ? kExitClean : kExitUnknown;
}

}  // namespace seawall::app
