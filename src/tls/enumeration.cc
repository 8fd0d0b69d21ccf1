#include "tls/enumeration.h"

#include <fmt/format.h>

#include <algorithm>

#include "tls/enumeration_tracks.h"

namespace seawall::tls {
namespace {

/// So many hellos without any answer, and the rest is not worth its time.
constexpr int kMostSilent = 2;
constexpr int kGroups = 5;  // the number of the groups' track; a version's is its index
constexpr int kPrime = 6;   // of the one question for the prime of DHE
constexpr size_t kTls11 = 2;
/// RFC 5246: "recognized but not supported".
constexpr uint8_t kProtocolVersion = 70;

}  // namespace

std::string Describe(const Answer& answer) {
  switch (answer.end) {
    case Answer::End::kReplied:
      return Describe(answer.reply);
    case Answer::End::kClosed:
      return "closed without an answer";
    case Answer::End::kReset:
      return "reset without an answer";
    case Answer::End::kSilent:
      return "no answer in time";
    case Answer::End::kFailed:
      return "no connection";
  }
  return "";
}

const VersionResult& Enumerated::Of(Version version) const {
  return *std::ranges::find(versions, version, &VersionResult::version);
}

bool Enumerated::accepts_any() const {
  return std::ranges::any_of(versions,
                             [](const VersionResult& one) { return one.accepted == Known::kYes; });
}

Enumeration::Enumeration(Options options) : options_(std::move(options)) {
  // The newest first: it tells soonest who is there.
  for (size_t i = 0; i < result_.versions.size(); ++i)
    result_.versions[i].version = kAllVersions[result_.versions.size() - 1 - i];
  groups_left_ = std::make_unique<Exhaustion>(AllGroupIds());
  if (!options_.groups) result_.groups_why = "not asked";
  for (VersionResult& version : result_.versions) {
    const bool names_groups = options_.groups && version.version == Version::kTls13;
    tracks_.push_back(std::make_unique<VersionTrack>(version, options_,
                                                     names_groups ? groups_left_.get() : nullptr));
  }
}

Enumeration::~Enumeration() = default;

bool Enumeration::versions_done() const {
  return std::ranges::all_of(tracks_, [](const auto& track) { return track->done(); });
}

/// A server answers a hello with the highest version that both have: what it says to TLS 1.1 may
/// tell of all that are older.
bool Enumeration::Waits(size_t track) const { return track > kTls11 && !tracks_[kTls11]->told(); }

std::optional<HelloRequest> Enumeration::AskForPrime() {
  for (const VersionResult& version : result_.versions) {
    HelloRequest request{.version = version.version,
                         .suites = {},
                         .groups = AllGroupIds(),
                         .server_name = options_.server_name,
                         .random = options_.random};
    for (const uint16_t suite : version.suites) {
      if (IsDheSuite(suite)) request.suites.push_back(suite);
    }
    if (!request.suites.empty()) return request;
  }
  return std::nullopt;
}

Attempt Enumeration::Open(int track, HelloRequest request, bool key_exchange) {
  ++result_.connections;
  Attempt attempt{
      .track = track,
      .hello = WriteClientHello(request),
      .key_exchange = key_exchange,
      .says = fmt::format("ClientHello {}, {} cipher suites, {} groups", ToString(request.version),
                          request.suites.size(), request.groups.size())};
  open_[static_cast<size_t>(track)] = std::move(request);
  return attempt;
}

std::optional<Attempt> Enumeration::Next() {
  if (ended_) return std::nullopt;
  if (result_.connections >= options_.most_connections) {
    GiveUp(fmt::format("{} connections were not enough", options_.most_connections));
    return std::nullopt;
  }
  for (size_t n = 0; n < tracks_.size(); ++n) {
    const size_t i = (turn_ + n) % tracks_.size();
    if (open_[i] || Waits(i)) continue;
    if (auto request = tracks_[i]->Next(good_)) {
      turn_ = first_answered_ ? i + 1 : 0;
      return Open(static_cast<int>(i), std::move(*request), false);
    }
    // Who is there at all is asked with one connection.
    if (!first_answered_) return std::nullopt;
  }
  // TLS 1.3 alone tells the groups: they need not wait for the other versions.
  const bool tls13 = tracks_.front()->done() && !result_.versions.front().suites.empty();
  if (options_.groups && !groups_ && (tls13 || versions_done()))
    groups_ = std::make_unique<GroupTrack>(result_, options_, *groups_left_);
  if (groups_ && !open_[kGroups]) {
    if (auto request = groups_->Next(good_))
      return Open(kGroups, std::move(*request), groups_->key_exchange());
  }
  if ((groups_ || !options_.groups) && versions_done() && !prime_asked_) {
    prime_asked_ = true;
    if (auto request = AskForPrime()) return Open(kPrime, std::move(*request), true);
  }
  const auto is_open = [](const auto& one) { return one.has_value(); };
  // Every track waits for a hello that is answered, and there is none.
  if (!versions_done() && std::ranges::none_of(open_, is_open)) GiveUp("");
  return std::nullopt;
}

void Enumeration::Learn(const HelloRequest& offered, const Answer& answer) {
  if (answer.end == Answer::End::kSilent) ++silent_;
  only_closed_ &= answer.end == Answer::End::kClosed || answer.end == Answer::End::kReset;
  if (answer.end != Answer::End::kReplied) return;
  switch (answer.reply.kind) {
    case Reply::Kind::kHello:
    case Reply::Kind::kHelloRetry:
      if (!good_ && answer.reply.version == offered.version) {
        good_ = offered;
        good_->suites = {answer.reply.suite};
      }
      [[fallthrough]];
    case Reply::Kind::kAlert:
      result_.tls = Known::kYes;
      return;
    default:
      return;
  }
}

void Enumeration::ConcludeNoTls(const std::string& speaks) {
  const std::string why = "it speaks no TLS, but " + speaks;
  GiveUp(why);
  result_.tls = Known::kNo;
  result_.speaks = speaks;
  for (VersionResult& version : result_.versions) {
    version.accepted = Known::kNo;
    version.complete = true;
    version.why = why;
  }
  result_.groups_complete = true;
  result_.groups_why.clear();
}

void Enumeration::Take(int track, const Answer& answer) {
  std::optional<HelloRequest>& open = open_.at(static_cast<size_t>(track));
  if (!open) return;
  const HelloRequest offered = std::move(*open);
  open.reset();
  if (ended_) return;
  Learn(offered, answer);
  const bool answered = answer.end == Answer::End::kReplied;
  if (!first_answered_ && answered &&
      (answer.reply.kind == Reply::Kind::kHttp || answer.reply.kind == Reply::Kind::kNotTls)) {
    return ConcludeNoTls(answer.reply.kind == Reply::Kind::kHttp ? "HTTP"
                                                                 : "bytes that are not TLS");
  }
  first_answered_ = true;
  if (track == kPrime) {
    result_.dh_bits = answer.reply.dh_bits;
  } else if (track == kGroups) {
    groups_->Take(offered, answer);
  } else {
    const bool first = !tracks_[static_cast<size_t>(track)]->told();
    tracks_[static_cast<size_t>(track)]->Take(offered, answer);
    if (options_.groups && !groups_) result_.groups = groups_left_->found();
    if (offered.protocols && answer.reply.kind == Reply::Kind::kHello &&
        answer.reply.version == offered.version)
      result_.protocol = answer.reply.protocol;
    if (track == kTls11 && first && answered && answer.reply.kind == Reply::Kind::kAlert &&
        answer.reply.alert == kProtocolVersion) {
      for (size_t i = kTls11 + 1; i < tracks_.size(); ++i)
        tracks_[i]->Refuse(
            fmt::format("{}, to a hello that offered TLSv1.1 or older", Describe(answer)));
    }
  }
  if (answer.end == Answer::End::kFailed) GiveUp("no connection was to be had any more");
  if (silent_ >= kMostSilent) GiveUp(fmt::format("{} hellos were not answered in time", silent_));
}

std::optional<Attempt> Enumeration::ClearFlight() const {
  for (const VersionResult& version : result_.versions) {
    if (version.version == Version::kTls13 || version.suites.empty()) continue;
    Attempt attempt;
    attempt.hello = WriteClientHello({.version = version.version,
                                      .suites = version.suites,
                                      .groups = AllGroupIds(),
                                      .server_name = options_.server_name,
                                      .random = options_.random});
    attempt.says = fmt::format("ClientHello {}, for the certificate", ToString(version.version));
    return attempt;
  }
  return std::nullopt;
}

bool Enumeration::done() const {
  if (ended_) return true;
  return versions_done() && groups_done() && prime_asked_ && !open_[kPrime];
}

bool Enumeration::groups_done() const { return !options_.groups || (groups_ && groups_->done()); }

void Enumeration::GiveUp(const std::string& why) {
  if (ended_) return;
  ended_ = true;
  for (const auto& track : tracks_) track->GiveUp(why);
  if (!options_.groups) return;
  if (!groups_) {
    result_.groups_why = why.empty() ? "no hello was answered" : why;
  } else {
    groups_->GiveUp(why);
  }
}

}  // namespace seawall::tls
