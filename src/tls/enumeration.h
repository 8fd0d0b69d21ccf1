// What a TLS server accepts, found out with as few connections as it takes: offer everything, take
// away what the server chose, offer the rest, until it refuses. A machine without sockets: it says
// what to send on the next fresh connection, and is told what came back.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tls/client_hello.h"
#include "tls/server_reply.h"
#include "tls/suites.h"

namespace seawall::tls {

/// One connection to make: send `hello`, read the answer (with a ReplyReader), close.
struct Attempt {
  int track = 0;              ///< to be given back with the answer
  std::string hello;          ///< the bytes
  bool key_exchange = false;  ///< for the ReplyReader
  std::string says;           ///< for a proof: "ClientHello TLSv1.2, 338 suites"
};

/// How a connection ended.
struct Answer {
  enum class End : uint8_t {
    kReplied,  ///< `reply` says it all
    kClosed,   ///< closed before a reply was complete
    kReset,    ///< the same, less politely
    kSilent,   ///< nothing more came in time
    kFailed,   ///< no connection was to be had
  };
  End end = End::kSilent;
  Reply reply;
};
/// "closed without an answer", or the reply's description.
std::string Describe(const Answer& answer);

enum class Known : uint8_t { kYes, kNo, kUnknown };
enum class Preference : uint8_t { kUnknown, kServer, kClient };

struct VersionResult {
  Version version = Version::kTls12;
  Known accepted = Known::kUnknown;
  std::string why;  ///< of kNo and kUnknown, and of a list that is not complete
  /// In the order in which the server chose; with Preference::kClient that is the order of our
  /// offer.
  std::vector<uint16_t> suites;
  bool complete = false;  ///< what is not in `suites` was refused
  Preference preference = Preference::kUnknown;
  bool compression = false;  ///< a hello was answered with compression on
};

struct Enumerated {
  /// The answers were TLS: hellos, or alerts. kNo: something else answers there (`speaks`).
  Known tls = Known::kUnknown;
  std::string speaks;  ///< of kNo: "HTTP", "bytes that are not TLS"
  std::array<VersionResult, 5> versions;
  std::vector<uint16_t> groups;  ///< in the order in which the server chose
  bool groups_complete = false;
  std::string groups_why;  ///< of a list that is not complete
  /// What TLS 1.2 or older chooses of HTTP/2 and HTTP/1.1; "" for neither.
  std::optional<std::string> protocol;
  /// Bits of the prime that the server chose for DHE; 0 where no suite has one, or it was not told.
  int dh_bits = 0;
  int connections = 0;

  const VersionResult& Of(Version version) const;
  bool accepts_any() const;
};

class Exhaustion;

/// Silence, a limit or a connection that was not to be had make something unknown; only a server
/// that says no in TLS' own words, or that closes where it answers another hello (asked again as a
/// control), does not accept. Not thread-safe.
class Enumeration {
 public:
  struct Options {
    std::string server_name;           ///< for SNI
    std::array<uint8_t, 32> random{};  ///< of every hello
    int most_connections = 600;
    bool groups = true;  ///< ask for them, too
  };
  explicit Enumeration(Options options);
  ~Enumeration();
  Enumeration(const Enumeration&) = delete;
  Enumeration& operator=(const Enumeration&) = delete;

  /// The next connection to make, if one can be made now; every one must be answered with Take.
  /// Several may be open at once.
  std::optional<Attempt> Next();
  void Take(int track, const Answer& answer);
  /// Nothing more is to be asked and every attempt was answered.
  bool done() const;
  /// Time is up: whatever is not settled stays unknown because of `why`. done() is true afterwards.
  void GiveUp(const std::string& why);
  /// A hello that a version before TLS 1.3 accepts, in which the server sends its certificate in
  /// the clear: for servers whose suites no library has. Not counted as an attempt.
  std::optional<Attempt> ClearFlight() const;
  /// Every hello was answered by closing the connection: no TLS was seen, and no silence either.
  bool only_closed() const { return done() && only_closed_ && result_.connections > 0; }
  /// Something else showed that the server is well and speaks `speaks` without TLS.
  void ConcludeNoTls(const std::string& speaks);
  const Enumerated& result() const { return result_; }

 private:
  class VersionTrack;
  class GroupTrack;
  void Learn(const HelloRequest& offered, const Answer& answer);
  Attempt Open(int track, HelloRequest request, bool key_exchange);
  bool versions_done() const;
  bool groups_done() const;
  bool Waits(size_t track) const;
  std::optional<HelloRequest> AskForPrime();

  Options options_;
  Enumerated result_;
  std::unique_ptr<Exhaustion> groups_left_;
  std::vector<std::unique_ptr<VersionTrack>> tracks_;
  std::unique_ptr<GroupTrack> groups_;
  std::array<std::optional<HelloRequest>, 7> open_;  ///< by track: what was sent, unanswered
  std::optional<HelloRequest> good_;                 ///< was answered with a hello: for controls
  size_t turn_ = 0;  ///< the versions take turns: a limit is to leave something known of each
  int silent_ = 0;
  bool only_closed_ = true;
  bool first_answered_ = false;
  bool ended_ = false;
  bool prime_asked_ = false;
};

}  // namespace seawall::tls
