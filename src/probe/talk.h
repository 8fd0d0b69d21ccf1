// What is said on one connection. Private to this room.
#pragma once

#include <string>
#include <string_view>

namespace seawall::probe {

/// How a connection ended.
struct Ending {
  enum class Kind : uint8_t {
    kDone,         ///< the talk had what it wanted
    kClosed,       ///< the other side closed
    kReset,        ///< the other side reset it
    kTimeUp,       ///< it took too long
    kRefused,      ///< nobody listens
    kUnreachable,  ///< no connection, for another reason: `why`
  };
  Kind kind = Kind::kDone;
  bool connected = false;
  std::string why;
};
/// "connection refused", "closed", …
std::string Describe(const Ending& ending);
/// The other side ended it.
bool EndedByPeer(const Ending& ending);

class Talk {
 public:
  enum class Next : uint8_t {
    kMore,  ///< reads on
    kStep,  ///< the same, and there was progress: the time begins anew
    kDone,
  };
  virtual ~Talk() = default;
  /// Everything is sent at once, and nothing after an answer.
  virtual bool one_message() const { return false; }
  /// What to send first. The connection may not stand yet.
  virtual std::string Begin() = 0;
  /// Bytes came; what is to be sent is appended to `send`.
  virtual Next Take(std::string_view bytes, std::string& send) = 0;
  /// Called once, last.
  virtual void End(const Ending& ending) = 0;
};

}  // namespace seawall::probe
