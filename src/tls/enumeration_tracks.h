// The parts of an Enumeration: one track for each version and one for the groups. A track has at
// most one attempt open. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tls/enumeration.h"

namespace seawall::tls {

/// Every group, those first that servers of today have.
const std::vector<uint16_t>& AllGroupIds();

/// What an answer to an offer means.
struct Verdict {
  enum class Kind : uint8_t {
    kChosen,   ///< the server takes it
    kRefused,  ///< it says no in TLS' own words
    kDoubt,    ///< it closed, or said something else: a control will tell
    kUnknown,  ///< nothing can be concluded
  };
  Kind kind = Kind::kUnknown;
  std::string why;
};

/// `offered`: the hello that was answered.
Verdict JudgeAnswer(const HelloRequest& offered, const Answer& answer);

/// Gets a list of values refused one by one: offers all of them, takes away what was chosen. The
/// list of suites of a version and the list of groups are both got this way.
class Exhaustion {
 public:
  Exhaustion() = default;
  explicit Exhaustion(std::vector<uint16_t> candidates) : left_(std::move(candidates)) {}

  const std::vector<uint16_t>& left() const { return left_; }
  const std::vector<uint16_t>& found() const { return found_; }
  /// False when the server chose what was not offered.
  bool Choose(uint16_t value);
  /// It passed something over that it took later: the order is its own.
  bool servers_order() const { return servers_order_; }

 private:
  std::vector<uint16_t> left_, found_;
  ptrdiff_t passed_over_ = 0;  ///< so many at the beginning of left_
  bool servers_order_ = false;
};

/// The values of a step that goes through a list piece by piece, for servers that drop long hellos.
std::vector<std::vector<uint16_t>> Pieces(const std::vector<uint16_t>& values, size_t most);

class Enumeration::VersionTrack {
 public:
  /// `groups`: those that are still to be found, where an answer names the group beside the suite;
  /// nullptr where it does not.
  VersionTrack(VersionResult& result, const Options& options, Exhaustion* groups);

  /// The hello to send now; nothing while the track waits or has ended.
  std::optional<HelloRequest> Next(const std::optional<HelloRequest>& good);
  void Take(const HelloRequest& offered, const Answer& answer);
  bool done() const { return step_ == Step::kDone; }
  /// Its first offer was answered.
  bool told() const { return told_ || done(); }
  void GiveUp(const std::string& why);
  /// The answer to another version's hello says that this one is refused, too.
  void Refuse(const std::string& why);

 private:
  enum class Step : uint8_t { kOffer, kControl, kReorder, kPreference, kDone };
  void TakeOffer(const HelloRequest& offered, const Answer& answer);
  void TakeControl(const Answer& answer);
  void TakePreference(const Answer& answer);
  void EndOfPiece();
  void EndOfOffers();
  HelloRequest Offer(std::vector<uint16_t> suites) const;
  bool AsksForGroups() const;

  VersionResult& result_;
  const Options& options_;
  Step step_ = Step::kOffer;
  std::vector<std::vector<uint16_t>> pieces_;  ///< still to be offered, the last one first
  Exhaustion current_;
  std::vector<uint16_t> union_;  ///< found in pieces that are done
  bool in_pieces_ = false;
  bool told_ = false;
  bool protocols_ = false;  ///< ALPN is still to be asked
  bool servers_order_ = false;
  Exhaustion* groups_;
  std::string doubt_;
};

class Enumeration::GroupTrack {
 public:
  /// `groups`: what is found and left of them.
  GroupTrack(Enumerated& result, const Options& options, Exhaustion groups);

  std::optional<HelloRequest> Next(const std::optional<HelloRequest>& good);
  void Take(const HelloRequest& offered, const Answer& answer);
  bool done() const { return done_; }
  bool key_exchange() const { return base_.version != Version::kTls13; }
  void GiveUp(const std::string& why);

 private:
  void Refused();
  Enumerated& result_;
  HelloRequest base_;
  Exhaustion current_;
  bool control_ = false;
  bool done_ = false;
  std::string doubt_;
};

}  // namespace seawall::tls
