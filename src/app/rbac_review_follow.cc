// `seawall rbac review --follow`: logs as they grow and rotate, objects as they change.
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <thread>
#include <tuple>

#include "api/policy_watch.h"
#include "app/app.h"
#include "app/cluster_api.h"
#include "app/rbac_review_job.h"
#include "app/terminal.h"
#include "auditlog/time.h"
#include "base/text.h"

namespace seawall::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPause = std::chrono::milliseconds(500);
/// What compresses a log is given this long before it is read.
constexpr auto kSettle = std::chrono::seconds(10);

std::atomic<int> end_asked = 0;
extern "C" void EndFollowing(int number) { end_asked = number; }

/// Logs that have changed since they were looked at.
class FollowedLogs {
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

void Tell(const std::string& text) { std::fputs(("seawall: " + text + "\n").c_str(), stderr); }

/// The objects while they are followed: a cluster's are watched, files are read again for each
/// look, a bundle and standard input only once.
class FollowedPolicy {
 public:
  FollowedPolicy(const Arguments& arguments, std::unique_ptr<LoadedPolicy> loaded)
      : arguments_(arguments), loaded_(std::move(loaded)) {}

  /// The first reading, where nothing is loaded.
  Result<void> Open() {
    if (loaded_) {
      TellUnread();
      return {};
    }
    auto client = OpenApi(arguments_, {.stop = &end_asked});
    if (!client) return std::unexpected(client.error());
    client_ = std::move(*client);
    watch_ = std::make_unique<api::PolicyWatch>(*client_);
    if (auto ok = watch_->Begin(); !ok) return ok;
    TakeWatched();
    return {};
  }

  /// Takes what the API server says meanwhile.
  void Listen() {
    if (watch_ && watch_->Pump()) changed_ = true;
  }

  /// As it is now; what cannot be read leaves the one that there was.
  const LoadedPolicy& Now() {
    if (watch_) {
      if (changed_) TakeWatched();
      TellNotes();
    } else if (opened_) {
      ReadAgain();
    }
    opened_ = true;
    return *loaded_;
  }

  std::optional<WatchNumbers> numbers() const {
    if (!watch_) return std::nullopt;
    return WatchNumbers{watch_->lists(), watch_->events()};
  }

 private:
  void TakeWatched() {
    changed_ = false;
    auto loaded = std::make_unique<LoadedPolicy>();
    loaded->policy = watch_->policy();
    loaded->evaluator = std::make_unique<rbac::Evaluator>(loaded->policy);
    loaded->read = {"the API of " + client_->where()};
    loaded_ = std::move(loaded);
    TellUnread();
  }

  void TellUnread() {
    auto unread = UnreadLists(loaded_->policy);
    if (unread == unread_) return;
    std::fputs(UnknownText(unread).c_str(), stderr);
    if (unread.empty()) Tell("every list is read again");
    unread_ = std::move(unread);
  }
  void TellNotes() {
    auto notes = watch_->notes();
    for (const std::string& note : notes) {
      if (std::ranges::find(notes_, note) == notes_.end()) Tell(Printable(note));
    }
    notes_ = std::move(notes);
  }

  void ReadAgain() {
    const auto& names = arguments_.All("filename");
    if (arguments_.Has("bundle") || std::ranges::find(names, "-") != names.end()) return;
    auto again = ReadPolicy(names, arguments_);
    if (again) {
      loaded_ = std::move(*again);
      return;
    }
    Tell(Printable(again.error().ToString()) + "; going on with what was read before");
  }

  const Arguments& arguments_;
  std::unique_ptr<api::ApiClient> client_;
  std::unique_ptr<api::PolicyWatch> watch_;  ///< of a cluster
  std::unique_ptr<LoadedPolicy> loaded_;
  std::vector<std::string> unread_, notes_;  ///< as they were told last
  bool changed_ = false, opened_ = false;
};

void TellFollowed(const review::Review& review) {
  (void)WriteOut(fmt::format("{} {} unused, {} in part, {} unknown, {} used; {} new grants\n",
                             auditlog::TimeText(review.to), review.unused, review.wide,
                             review.unknown, review.used, review.fresh_grants));
}

int EndStatus() { return end_asked == SIGINT ? kExitInterrupted : kExitClean; }

void ListenForTheEnd() {
  struct sigaction action{};
  action.sa_handler = EndFollowing;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

}  // namespace

Result<int> FollowReview(const Arguments& arguments, const ReviewJob& job,
                         std::unique_ptr<LoadedPolicy> loaded, StateFile* file,
                         auditlog::ReviewState& state) {
  ListenForTheEnd();
  FollowedPolicy policy(arguments, std::move(loaded));
  auto opened = policy.Open();
  // What was read in part would be remembered as all that there is.
  if (end_asked != 0) return EndStatus();
  if (!opened) return std::unexpected(opened.error());
  FollowedLogs logs;
  Clock::time_point next = Clock::now();
  std::tuple<uint64_t, uint64_t, uint64_t, uint64_t, uint64_t> told;
  for (bool first = true, last = false; !last; first = false) {
    last = end_asked != 0;
    auto files = logs.Changed(job.sources);
    if (!files) return std::unexpected(files.error());
    // A file that is rotated while it is being read is there the next time under its new name.
    auto ok = ReadLogsOnce(*files, job, state);
    if (!ok && ok.error().code != ErrorCode::kNotFound) return std::unexpected(ok.error());
    if (!last) policy.Listen();
    if (first || last || Clock::now() >= next) {
      next = Clock::now() + std::chrono::seconds(job.every);
      const auto numbers = policy.numbers();
      auto review = LookOnce(job, policy.Now(), file, state, numbers ? &*numbers : nullptr);
      if (!review) return std::unexpected(review.error());
      const auto now = std::tuple(review->unused, review->wide, review->unknown, review->used,
                                  review->fresh_grants);
      if (first || now != told) TellFollowed(*review);
      told = now;
    }
    for (int i = 0; !last && i < 2 && end_asked == 0; ++i) std::this_thread::sleep_for(kPause / 2);
  }
  return EndStatus();
}

}  // namespace seawall::app
