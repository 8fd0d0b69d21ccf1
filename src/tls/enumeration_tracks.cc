#include "tls/enumeration_tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace seawall::tls {
namespace {

/// More suites than this in one hello are more than some old servers take.
constexpr size_t kShortHello = 100;

/// TLS 1.3's that servers have, in an order that none of them has of its own accord: so the first
/// answers tell whose order counts.
constexpr std::array<uint16_t, 3> kUsualSuites = {0x1302, 0x1301, 0x1303};

std::vector<uint16_t> MakeSuites(bool tls13) {
  std::vector<uint16_t> suites;
  if (tls13) suites = {kUsualSuites.begin(), kUsualSuites.end()};
  for (const CipherSuite& suite : AllSuites()) {
    if (IsTls13Suite(suite.id) != tls13) continue;
    if (std::ranges::find(suites, suite.id) == suites.end()) suites.push_back(suite.id);
  }
  return suites;
}

const std::vector<uint16_t>& SuitesOf(Version version) {
  static const std::vector<uint16_t> newest = MakeSuites(true), older = MakeSuites(false);
  return version == Version::kTls13 ? newest : older;
}

std::vector<uint16_t> MakeGroups() {
  std::vector<uint16_t> ids = {4588, 4587, 4589, 29, 23, 24, 25, 30};
  for (const Group& group : AllGroups()) {
    if (std::ranges::find(ids, group.id) == ids.end()) ids.push_back(group.id);
  }
  return ids;
}

/// RFC 7301: none of the offered protocols.
constexpr uint8_t kNoProtocol = 120;

/// RFC 5246 and RFC 8446: the words for "I share no version, suite or group with you".
bool IsRefusal(uint8_t alert) { return alert == 40 || alert == 70 || alert == 71; }

bool Contains(const std::vector<uint16_t>& values, uint16_t value) {
  return std::ranges::find(values, value) != values.end();
}

}  // namespace

const std::vector<uint16_t>& AllGroupIds() {
  static const std::vector<uint16_t> ids = MakeGroups();
  return ids;
}

Verdict JudgeAnswer(const HelloRequest& offered, const Answer& answer) {
  using Kind = Verdict::Kind;
  const std::string says = Describe(answer);
  if (answer.end == Answer::End::kClosed || answer.end == Answer::End::kReset)
    return {Kind::kDoubt, says};
  if (answer.end != Answer::End::kReplied) return {Kind::kUnknown, says};
  const Reply& reply = answer.reply;
  switch (reply.kind) {
    case Reply::Kind::kHello:
    case Reply::Kind::kHelloRetry:
      if (reply.version < offered.version) return {Kind::kRefused, says};
      if (reply.version > offered.version || !Contains(offered.suites, reply.suite))
        return {Kind::kUnknown, "it chose what was not offered: " + says};
      return {Kind::kChosen, says};
    case Reply::Kind::kAlert:
      return {IsRefusal(reply.alert) ? Kind::kRefused : Kind::kDoubt, says};
    default:
      return {Kind::kUnknown, says};
  }
}

bool Exhaustion::Choose(uint16_t value) {
  const auto at = std::ranges::find(left_, value);
  if (at == left_.end()) return false;
  const ptrdiff_t before = at - left_.begin();
  servers_order_ |= before < passed_over_;
  passed_over_ = before;
  left_.erase(at);
  found_.push_back(value);
  return true;
}

std::vector<std::vector<uint16_t>> Pieces(const std::vector<uint16_t>& values, size_t most) {
  std::vector<std::vector<uint16_t>> pieces;
  for (size_t at = 0; at < values.size(); at += most) {
    const auto from = values.begin() + static_cast<ptrdiff_t>(at);
    pieces.emplace_back(from, from + static_cast<ptrdiff_t>(std::min(most, values.size() - at)));
  }
  return pieces;
}

// ---- versions

Enumeration::VersionTrack::VersionTrack(VersionResult& result, const Options& options,
                                        Exhaustion* groups)
    : result_(result),
      options_(options),
      current_(SuitesOf(result.version)),
      protocols_(result.version == Version::kTls12),
      groups_(groups) {}

/// While there is hope for another suite, each answer names a group that was not known yet, too.
bool Enumeration::VersionTrack::AsksForGroups() const {
  if (groups_ == nullptr || groups_->left().empty() || in_pieces_) return false;
  return current_.found().empty() || std::ranges::any_of(kUsualSuites, [&](uint16_t suite) {
           return Contains(current_.left(), suite);
         });
}

HelloRequest Enumeration::VersionTrack::Offer(std::vector<uint16_t> suites) const {
  return {.version = result_.version,
          .suites = std::move(suites),
          .groups = AllGroupIds(),
          .server_name = options_.server_name,
          .compression = true,
          .random = options_.random};
}

std::optional<HelloRequest> Enumeration::VersionTrack::Next(
    const std::optional<HelloRequest>& good) {
  switch (step_) {
    case Step::kOffer: {
      HelloRequest request = Offer(current_.left());
      if (AsksForGroups()) request.groups = groups_->left();
      request.protocols = protocols_;
      return request;
    }
    case Step::kReorder:
      return Offer(current_.left());
    case Step::kControl:
      // Its own hellos were answered well before: one of them again is the best control.
      if (!current_.found().empty()) return Offer({current_.found().front()});
      if (!union_.empty()) return Offer({union_.front()});
      return good;
    case Step::kPreference:
      return Offer({result_.suites.rbegin(), result_.suites.rend()});
    case Step::kDone:
      return std::nullopt;
  }
  return std::nullopt;
}

void Enumeration::VersionTrack::Take(const HelloRequest& offered, const Answer& answer) {
  if (answer.reply.kind == Reply::Kind::kHello && answer.reply.compression &&
      answer.reply.version == result_.version)
    result_.compression = true;
  told_ = true;
  if (step_ == Step::kControl) return TakeControl(answer);
  if (step_ == Step::kPreference) return TakePreference(answer);
  TakeOffer(offered, answer);
}

void Enumeration::VersionTrack::TakeOffer(const HelloRequest& offered, const Answer& answer) {
  const Verdict verdict = JudgeAnswer(offered, answer);
  // All of them were accepted before: only their order is asked for.
  if (step_ == Step::kReorder && verdict.kind != Verdict::Kind::kChosen) return EndOfOffers();
  if (groups_ != nullptr) {
    const bool chosen = verdict.kind == Verdict::Kind::kChosen;
    const bool fewer = offered.groups.size() < AllGroupIds().size();
    if (!chosen || !answer.reply.group || !groups_->Choose(*answer.reply.group)) groups_ = nullptr;
    // It may have been the groups that it did not like: the suites are asked for again, with all.
    if (!chosen && fewer && verdict.kind != Verdict::Kind::kUnknown) return;
  }
  if (offered.protocols) {
    protocols_ = false;
    // It knows neither of them: that says nothing of suites.
    if (answer.reply.kind == Reply::Kind::kAlert && answer.reply.alert == kNoProtocol) return;
  }
  switch (verdict.kind) {
    case Verdict::Kind::kChosen:
      result_.accepted = Known::kYes;
      current_.Choose(answer.reply.suite);
      if (current_.left().empty()) EndOfPiece();
      return;
    case Verdict::Kind::kRefused:
      doubt_ = verdict.why;
      return EndOfPiece();
    case Verdict::Kind::kDoubt:
      doubt_ = verdict.why;
      step_ = Step::kControl;
      return;
    case Verdict::Kind::kUnknown:
      return GiveUp(verdict.why);
  }
}

void Enumeration::VersionTrack::TakeControl(const Answer& answer) {
  const bool answered =
      answer.end == Answer::End::kReplied &&
      (answer.reply.kind == Reply::Kind::kHello || answer.reply.kind == Reply::Kind::kHelloRetry);
  if (!answered) return GiveUp(doubt_ + ", and it does not answer other hellos either");
  // The server is well: it is this offer that it does not like, for what is in it or its length.
  step_ = Step::kOffer;
  if (!in_pieces_ && current_.left().size() > kShortHello) {
    in_pieces_ = true;
    union_ = current_.found();
    pieces_ = Pieces(current_.left(), kShortHello);
    current_ = Exhaustion(std::move(pieces_.back()));
    pieces_.pop_back();
    return;
  }
  EndOfPiece();
}

void Enumeration::VersionTrack::EndOfPiece() {
  servers_order_ |= current_.servers_order();
  if (step_ == Step::kReorder) return EndOfOffers();
  union_.insert(union_.end(), current_.found().begin(), current_.found().end());
  if (!pieces_.empty()) {
    current_ = Exhaustion(std::move(pieces_.back()));
    pieces_.pop_back();
    return;
  }
  if (in_pieces_ && union_.size() > 1) {
    current_ = Exhaustion(union_);
    step_ = Step::kReorder;
    return;
  }
  EndOfOffers();
}

void Enumeration::VersionTrack::EndOfOffers() {
  result_.suites = step_ == Step::kReorder ? current_.found() : union_;
  for (const uint16_t suite : union_) {
    if (!Contains(result_.suites, suite)) result_.suites.push_back(suite);
  }
  result_.complete = true;
  result_.accepted = result_.suites.empty() ? Known::kNo : Known::kYes;
  result_.why = result_.suites.empty() ? doubt_ : "";
  if (servers_order_) result_.preference = Preference::kServer;
  step_ = result_.suites.size() > 1 && !servers_order_ ? Step::kPreference : Step::kDone;
}

void Enumeration::VersionTrack::Refuse(const std::string& why) {
  if (told()) return;
  result_.accepted = Known::kNo;
  result_.complete = true;
  result_.why = why;
  step_ = Step::kDone;
}

void Enumeration::VersionTrack::TakePreference(const Answer& answer) {
  step_ = Step::kDone;
  const bool hello =
      answer.end == Answer::End::kReplied &&
      (answer.reply.kind == Reply::Kind::kHello || answer.reply.kind == Reply::Kind::kHelloRetry);
  if (!hello) return;
  result_.preference =
      answer.reply.suite == result_.suites.back() ? Preference::kClient : Preference::kServer;
}

void Enumeration::VersionTrack::GiveUp(const std::string& why) {
  if (step_ == Step::kDone) return;
  if (step_ != Step::kPreference) {
    for (const uint16_t suite : current_.found()) {
      if (!Contains(union_, suite)) union_.push_back(suite);
    }
    result_.suites = union_;
    result_.complete = false;
    result_.accepted = union_.empty() ? Known::kUnknown : Known::kYes;
    result_.why = why.empty() ? doubt_ + ", and no other hello was answered either" : why;
  }
  step_ = Step::kDone;
}

// ---- groups

Enumeration::GroupTrack::GroupTrack(Enumerated& result, const Options& options, Exhaustion groups)
    : result_(result), current_(std::move(groups)) {
  base_ = {.version = Version::kTls13,
           .suites = result.Of(Version::kTls13).suites,
           .groups = {},
           .server_name = options.server_name,
           .random = options.random};
  for (const Version version : {Version::kTls12, Version::kTls11, Version::kTls10}) {
    if (!base_.suites.empty()) break;
    base_.version = version;
    for (const uint16_t suite : result.Of(version).suites) {
      if (IsEcdheSuite(suite)) base_.suites.push_back(suite);
    }
  }
  if (current_.left().empty()) Refused();
  if (done_ || !base_.suites.empty()) return;
  done_ = true;
  result_.groups_complete = std::ranges::all_of(result_.versions, [](const VersionResult& one) {
    return one.complete || one.accepted == Known::kNo;
  });
  if (!result_.groups_complete) result_.groups_why = "no key exchange was found to ask with";
}

std::optional<HelloRequest> Enumeration::GroupTrack::Next(const std::optional<HelloRequest>& good) {
  if (done_) return std::nullopt;
  if (control_) return good;
  HelloRequest request = base_;
  request.groups = current_.left();
  return request;
}

void Enumeration::GroupTrack::Take(const HelloRequest& offered, const Answer& answer) {
  if (control_) {
    const bool answered =
        answer.end == Answer::End::kReplied &&
        (answer.reply.kind == Reply::Kind::kHello || answer.reply.kind == Reply::Kind::kHelloRetry);
    return answered ? Refused() : GiveUp(doubt_ + ", and it does not answer other hellos either");
  }
  const Verdict verdict = JudgeAnswer(offered, answer);
  switch (verdict.kind) {
    case Verdict::Kind::kChosen:
      if (!answer.reply.group) return GiveUp("it names no group: " + verdict.why);
      if (!current_.Choose(*answer.reply.group))
        return GiveUp("it chose what was not offered: " + verdict.why);
      result_.groups = current_.found();
      if (current_.left().empty()) Refused();
      return;
    case Verdict::Kind::kRefused:
      return Refused();
    case Verdict::Kind::kDoubt:
      doubt_ = verdict.why;
      control_ = true;
      return;
    case Verdict::Kind::kUnknown:
      return GiveUp(verdict.why);
  }
}

void Enumeration::GroupTrack::Refused() {
  result_.groups_complete = true;
  done_ = true;
}

void Enumeration::GroupTrack::GiveUp(const std::string& why) {
  if (done_) return;
  result_.groups_why = why;
  done_ = true;
}

}  // namespace seawall::tls
