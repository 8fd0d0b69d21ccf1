#include "api/policy_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "api/line_stream.h"
#include "api/rbac_lists.h"
#include "base/text.h"
#include "rbac/manifests.h"

namespace seawall::api {
namespace {

constexpr const char* kAttempt = "watch the API server's objects";
/// Bytes that one look takes of one kind: whoever floods it does not keep it from the rest.
constexpr size_t kMostAtOnce = 4u << 20;
/// What an object that is replaced or removed leaves in memory at most, however short its event.
constexpr uint64_t kLeastCost = 1024;
constexpr std::chrono::seconds kLongestList{300};
/// A watch that lived this many first pauses was none that fails at once.
constexpr int kLived = 5;
constexpr int kMostDoublings = 20;
constexpr int kTold = 3;  ///< failures, one after the other, are worth a word

yaml::Limits LimitsOfEvent() {
  yaml::Limits limits;
  limits.bytes = LineStream::kLongestLine;
  limits.nodes = 600'000;
  return limits;
}

/// The server itself does not answer: a kind more would cost its timeout once more.
bool IsGone(const Error& error) {
  return error.code == ErrorCode::kIo && !error.why.starts_with("status ");
}

}  // namespace

/// One kind of objects.
class PolicyWatch::Kind {
 public:
  Kind(ApiClient& client, const WatchOptions& options, const RbacList& row)
      : client_(client), options_(options), row_(row) {}

  /// Whether objects() or unread() are others now.
  bool Step() {
    bool changed = stream_ && Drain();
    const Clock::time_point now = Clock::now();
    if (stream_ || now < next_ || Stopped()) return changed;
    if (!listed_) changed |= List();
    if (listed_) Open();
    return changed;
  }

  bool List() {
    auto fresh = std::make_unique<rbac::LiveObjects>(row_.kind);
    auto ok =
        ReadRbacList({.path = row_.Path(),
                      .page = kRbacPage,
                      .until = Clock::now() + kLongestList,
                      .version = &version_},
                     *fresh, [&](const auto&... arguments) { return client_.List(arguments...); });
    if (!ok) return !Stopped() && Fail(ok.error());
    objects_ = std::move(fresh);
    listed_ = true;
    ++lists_;
    bytes_ = 0;
    unread_.clear();
    error_.reset();
    return true;
  }

  /// It cannot be listed, or nothing can. Whether unread() is another one now.
  bool Fail(const Error& error) {
    Later();
    error_ = error;
    std::string why = fmt::format("{} cannot be listed: {}", row_.resource, error.why);
    if (lists_ > 0) why += "; they are taken to be as they were";
    return std::exchange(unread_, why) != why;
  }
  bool waits() const { return !stream_ && Clock::now() >= next_; }

  const rbac::Policy& objects() const { return objects_->policy(); }
  const RbacList& row() const { return row_; }
  const std::string& unread() const { return unread_; }
  const std::optional<Error>& error() const { return error_; }  ///< of what was asked last
  const std::string& note() const { return note_; }
  uint64_t lists() const { return lists_; }
  uint64_t events() const { return events_; }

 private:
  bool Stopped() const { return client_.options().stop && *client_.options().stop != 0; }

  void Later() {
    const auto pause = options_.first_pause * (int64_t{1} << std::min(failures_, kMostDoublings));
    next_ = Clock::now() + std::min<std::chrono::milliseconds>(pause, options_.longest_pause);
    ++failures_;
  }

  void Open() {
    auto stream = client_.Follow(
        {.path = fmt::format(
             "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}",
             row_.Path(), options_.stream.count(), Escape(version_))});
    if (stream) {
      stream_ = std::move(*stream);
      opened_ = heard_ = Clock::now();
      if (refused_) note_.clear();
      refused_ = false;
      return;
    }
    if (Stopped()) return;
    error_ = stream.error();
    Broken(error_->why);
    if (!IsRefusal(*error_)) return;
    // As long as it may only be listed.
    refused_ = true;
    next_ = Clock::now() + options_.longest_pause;
    note_ = fmt::format("{} cannot be watched: {}; they are listed every {} s", row_.resource,
                        error_->why,
                        std::chrono::ceil<std::chrono::seconds>(options_.longest_pause).count());
  }

  /// Takes the lines that have come.
  bool Drain() {
    bool changed = false;
    for (size_t taken = 0; stream_ && taken < kMostAtOnce;) {
      auto line = stream_->Next();
      if (!line) {
        Broken(line.error().why);
      } else if (!*line && stream_->over()) {
        Ended();
      } else if (!*line) {
        if (Clock::now() - heard_ > options_.silence) Broken("it fell silent");
        break;
      } else {
        taken += (*line)->size() + 1;
        Hear(std::move(**line), changed);
      }
    }
    return changed;
  }

  void Hear(std::string line, bool& changed) {
    heard_ = Clock::now();
    if (heard_ - opened_ > options_.longest_pause) note_.clear();
    if (Trim(line).empty()) return;
    auto took = Take(std::move(line));
    if (!took) return Broken(took.error().why);
    changed |= *took;
    if (bytes_ > options_.most_bytes) Broken("it has said enough to be listed anew");
  }

  static std::unexpected<Error> Bad(std::string why) {
    return seawall::Fail(ErrorCode::kMalformed, kAttempt, "", std::move(why));
  }

  /// One event; whether an object is another one.
  Result<bool> Take(std::string line) {
    const size_t size = line.size();
    auto stream = yaml::Parse("a watch", std::move(line), LimitsOfEvent());
    if (!stream) return std::unexpected(stream.error());
    const std::string type = stream->root()["type"].text();
    const yaml::Value object = stream->root()["object"];
    if (type == "ERROR") return Bad("the API server ends it: " + object["message"].text());
    const std::string version = object["metadata"]["resourceVersion"].text();
    const std::string name = object["metadata"]["name"].text();
    if (object["kind"].text() != row_.kind || version.empty()) return Bad("it is no event");
    if (type == "BOOKMARK") {
      version_ = version;
      return false;
    }
    if (name.empty()) return Bad("an object without a name");
    if (type == "DELETED") {
      objects_->Remove(row_.namespaced ? object["metadata"]["namespace"].text() : "", name);
    } else if (type == "ADDED" || type == "MODIFIED") {
      if (auto ok = objects_->Add(object); !ok) return std::unexpected(ok.error());
    } else {
      return Bad("an event of another type");
    }
    version_ = version;
    bytes_ += std::max<uint64_t>(size, kLeastCost);
    ++events_;
    return true;
  }

  /// The API server has ended it, as it was asked to, or because it ends itself.
  void Ended() {
    stream_.reset();
    if (Clock::now() - opened_ < kLived * options_.first_pause) return Later();
    failures_ = 0;
    next_ = Clock::now();
  }

  /// Nothing is gone by any more but a list.
  void Broken(const std::string& why) {
    if (stream_ && Clock::now() - opened_ > options_.longest_pause) failures_ = 0;
    stream_.reset();
    listed_ = false;
    if (failures_ >= kTold)
      note_ = fmt::format("the watch of {} breaks again and again: {}", row_.resource, why);
    Later();
  }

  ApiClient& client_;
  const WatchOptions& options_;
  const RbacList& row_;
  std::unique_ptr<rbac::LiveObjects> objects_ = std::make_unique<rbac::LiveObjects>(row_.kind);
  std::unique_ptr<LineStream> stream_;
  std::string version_, unread_, note_;
  std::optional<Error> error_;
  bool listed_ = false;   ///< and every event since is taken
  bool refused_ = false;  ///< to watch
  int failures_ = 0;
  Clock::time_point next_, opened_, heard_;
  uint64_t bytes_ = 0, lists_ = 0, events_ = 0;
};

PolicyWatch::PolicyWatch(ApiClient& client, const WatchOptions& options) : options_(options) {
  for (const RbacList& row : kRbacLists)
    kinds_.push_back(std::make_unique<Kind>(client, options_, row));
}

PolicyWatch::~PolicyWatch() = default;

Result<void> PolicyWatch::Begin() {
  bool answered = false;
  std::optional<Error> broken;
  for (const auto& kind : kinds_) {
    if (broken && IsGone(*broken)) {
      kind->Fail(*broken);
      continue;
    }
    kind->List();
    const auto& error = kind->error();
    answered |= !error || IsRefusal(*error);
    if (error && !IsRefusal(*error)) broken = error;
  }
  if (!answered && broken) return std::unexpected(*broken);
  return {};
}

bool PolicyWatch::Pump() {
  bool changed = false;
  std::optional<Error> gone;
  for (const auto& kind : kinds_) {
    const bool asks = kind->waits();
    if (asks && gone) {
      changed |= kind->Fail(*gone);
      continue;
    }
    changed |= kind->Step();
    if (asks && kind->error() && IsGone(*kind->error())) gone = kind->error();
  }
  return changed;
}

rbac::Policy PolicyWatch::policy() const {
  rbac::Policy policy = rbac::JoinPolicies(
      {&kinds_[0]->objects(), &kinds_[1]->objects(), &kinds_[2]->objects(), &kinds_[3]->objects()});
  for (const auto& kind : kinds_) {
    if (!kind->unread().empty()) policy.unread.push_back({kind->row().what, kind->unread()});
  }
  // Where rules come from is more than the API server needs to go by them.
  (void)rbac::ExpandAggregation(policy, rbac::Aggregation::kLink);
  return policy;
}

std::vector<std::string> PolicyWatch::notes() const {
  std::vector<std::string> notes;
  for (const auto& kind : kinds_) {
    if (!kind->note().empty() && kind->unread().empty()) notes.push_back(kind->note());
  }
  return notes;
}

uint64_t PolicyWatch::lists() const {
  uint64_t lists = 0;
  for (const auto& kind : kinds_) lists += kind->lists();
  return lists;
}

uint64_t PolicyWatch::events() const {
  uint64_t events = 0;
  for (const auto& kind : kinds_) events += kind->events();
  return events;
}

}  // namespace seawall::api
