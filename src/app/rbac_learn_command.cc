// `seawall rbac learn`: the least roles for what audit logs show in use.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <thread>

#include "app/app.h"
#include "app/confine.h"
#include "app/rbac_inputs.h"
#include "app/run.h"
#include "app/terminal.h"
#include "auditlog/log_files.h"
#include "auditlog/time.h"
#include "base/text.h"
#include "report/json_writer.h"
#include "review/learnt.h"

namespace seawall::app {
namespace {

using auditlog::Block;
using auditlog::Gap;
using auditlog::Learner;

constexpr const char* kAttempt = "learn from audit logs";
constexpr size_t kGapsTold = 20;

/// Reads blocks with a thread for each processor; each learns by itself.
class Pool {
 public:
  Pool(const auditlog::LearnFilter& filter, size_t threads) {
    for (size_t i = 0; i < threads; ++i)
      workers_.push_back(std::make_unique<Worker>(filter, seen_));
    for (auto& worker : workers_) worker->thread = std::thread([this, &worker] { Run(*worker); });
  }
  ~Pool() { Stop(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void Take(Block block) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return blocks_.size() < 2 * workers_.size(); });
    blocks_.push_back(std::move(block));
    work_.notify_one();
  }

  /// What all of them learnt.
  void Finish(Learner& all, std::vector<Gap>& gaps) {
    Stop();
    for (const auto& worker : workers_) {
      all.Merge(worker->learner);
      gaps.insert(gaps.end(), worker->gaps.begin(), worker->gaps.end());
    }
  }

 private:
  struct Worker {
    Worker(const auditlog::LearnFilter& filter, auditlog::SeenEvents& seen)
        : learner(filter, seen) {}
    Learner learner;
    auditlog::EventReader reader;
    std::vector<Gap> gaps;
    std::thread thread;
  };

  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    work_.notify_all();
    for (auto& worker : workers_) {
      if (worker->thread.joinable()) worker->thread.join();
    }
  }

  void Run(Worker& worker) {
    while (true) {
      Block block;
      {
        std::unique_lock lock(mutex_);
        work_.wait(lock, [this] { return done_ || !blocks_.empty(); });
        if (blocks_.empty()) return;
        block = std::move(blocks_.front());
        blocks_.pop_front();
      }
      room_.notify_one();
      Learn(worker, block);
    }
  }

  static void Learn(Worker& worker, Block& block) {
    char* at = block.bytes.data();
    char* const end = at + block.bytes.size();
    while (at < end) {
      auto* stop = static_cast<char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      if (!stop) stop = end;
      const auto kind = worker.reader.Read(at, static_cast<size_t>(stop - at), worker.learner);
      auto& counts = worker.learner.counts;
      counts.lines += kind != auditlog::LineKind::kBlank;
      counts.other_lines += kind == auditlog::LineKind::kOther;
      if (kind == auditlog::LineKind::kDamaged) {
        worker.gaps.push_back(
            {block.file, block.offset + static_cast<uint64_t>(at - block.bytes.data()),
             stop == end ? "a line that ends too early" : "a line that is no JSON"});
      }
      at = stop + 1;
    }
  }

  auditlog::SeenEvents seen_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex mutex_;
  std::condition_variable work_, room_;
  std::deque<Block> blocks_;
  bool done_ = false;
};

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

std::vector<std::string> Summary(const auditlog::LearnCounts& counts, const review::Learnt& learnt,
                                 size_t gaps) {
  std::vector<std::string> lines;
  const auto tell = [&](uint64_t number, std::string_view what) {
    if (number > 0) lines.push_back(fmt::format("{} {}", number, what));
  };
  lines.push_back(fmt::format("learnt from {} of {} events, {} to {}", counts.learnt, counts.events,
                              auditlog::TimeText(counts.first), auditlog::TimeText(counts.last)));
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
  tell(gaps, "lines are damaged: what they said is not known");
  if (counts.events > 0 && stage(auditlog::Event::Stage::kResponseComplete) == 0)
    lines.emplace_back("the logs have no stage ResponseComplete: what was only asked is missing");
  return lines;
}

void TellGaps(const Job& job, std::vector<Gap>& gaps) {
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
  if (gaps.size() > kGapsTold)
    std::fputs(fmt::format("seawall: and {} more of these\n", gaps.size() - kGapsTold).c_str(),
               stderr);
}

std::string Yaml(const review::Learnt& learnt) {
  std::string text;
  for (const review::GrantSpec& grant : learnt.grants) text += review::GrantYaml(grant);
  return text;
}

std::string AsJson(const auditlog::LearnCounts& counts, const review::Learnt& learnt, size_t gaps) {
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
  number("damaged", gaps);
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
  auditlog::SeenEvents none;
  Learner all(job->filter, none);
  {
    Pool pool(job->filter, std::max(1u, std::thread::hardware_concurrency()));
    auto ok = auditlog::ReadLogs(
        job->files, [&](Block block) { pool.Take(std::move(block)); },
        [&](Gap gap) { gaps.push_back(std::move(gap)); });
    if (!ok) return std::unexpected(ok.error());
    pool.Finish(all, gaps);
  }
  if (!arguments.Has("quiet")) TellGaps(*job, gaps);
  if (!gaps.empty() && arguments.Has("strict")) {
    return Fail(ErrorCode::kMalformed, kAttempt,
                fmt::format("{}: byte {}", job->files[gaps[0].file], gaps[0].offset), gaps[0].why,
                "without --strict it is left out and counted");
  }
  if (all.counts.events == 0)
    return Fail(ErrorCode::kMalformed, kAttempt, Join(job->files, ", "),
                "there is no audit event in it", "name the API server's audit log");
  const review::Learnt learnt = review::MakeGrants(all, job->generalise);
  std::string text;
  if (arguments.Get("output", "yaml") == "json") {
    text = AsJson(all.counts, learnt, gaps.size());
  } else {
    for (const std::string& line : Summary(all.counts, learnt, gaps.size()))
      text += review::YamlComment(line);
    text += Yaml(learnt);
  }
  if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
  return gaps.empty() && all.counts.undecided == 0 ? kExitClean : kExitUnknown;
}

}  // namespace seawall::app
