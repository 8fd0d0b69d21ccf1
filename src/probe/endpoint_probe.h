// Everything that is asked of one endpoint, connection by connection. Private to this room.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/event_loop.h"
#include "probe/observation.h"
#include "probe/talk.h"
#include "probe/tls_session.h"

namespace seawall::probe {

/// Milliseconds since the epoch, for proofs.
int64_t WallMs();

class EndpointProbe {
 public:
  struct Options {
    std::chrono::milliseconds timeout;
    SSL_CTX* context;
    std::array<uint8_t, 32> random;
    const Credentials* credentials;  ///< that nobody should take
    Scope scope;                     ///< as ProbeOptions::scope
  };
  EndpointProbe(Endpoint endpoint, std::string address, const Options& options);
  ~EndpointProbe();

  /// What to say on the next connection; nullptr when nothing is to be asked at the moment. The
  /// talk must not outlive the probe.
  std::unique_ptr<Talk> Next();
  bool done() const;
  Clock::time_point deadline() const { return deadline_; }
  Observation Take();

 private:
  class HelloTalk;
  class PlainTalk;
  class SessionTalk;
  class ClearTalk;
  class ExtraTalk;
  class GrpcTalk;

  /// A session beside the anonymous ones, for one question.
  struct Extra {
    enum class Kind : uint8_t { kHabits, kTrial, kGrpc };
    Kind kind = Kind::kHabits;
    size_t trial = 0;  ///< of kTrial: which of seen_.trials
    std::shared_ptr<const Credential> credential{};
    bool own_name = false;  ///< of kHabits: asked by its own name, since another one was refused
  };

  std::unique_ptr<Talk> NextStep();
  std::unique_ptr<Talk> NextHello();
  std::unique_ptr<Talk> NextExtra();
  void PlanExtras();
  void DropExtras(const std::string& why);
  bool MayHaveExtras() const;
  SessionPlan PlanOf(const Extra& extra) const;
  std::string TrialPath() const;
  void EndExtra(const Extra& extra, const TlsSession& session, const Ending& ending);
  void EndHabits(const Extra& extra, const TlsSession& session);
  void EndTrial(const Extra& extra, const TlsSession& session);
  void EndGrpc(const Extra& extra, std::vector<GrpcAnswer> answers, bool refused, std::string why);
  void EndHello(const tls::Attempt& attempt, const tls::ReplyReader& reader, const Ending& ending);
  void EndPlain(const HttpDialogue& dialogue, const std::string& first_bytes, const Ending& ending);
  void EndPlainPaths(const HttpDialogue& dialogue, const Ending& ending);
  void EndClear(const tls::Attempt& attempt, const tls::Reply& reply, const Ending& ending);
  void EndSession(const TlsSession& session, const Ending& ending);
  void Learn(const Ending& ending);
  void JudgePlain(const PathStatus& answer);
  void TakeAnswers(const HttpDialogue& dialogue);
  void LeaveRest(bool refused, const std::string& why);
  void DropFirst(const std::string& why);
  void Prove(std::string asked, std::string answered, int64_t at_ms);

  Options options_;
  Observation seen_;
  tls::Enumeration enumeration_;
  std::string host_field_;
  std::vector<std::string> paths_left_;
  Clock::time_point began_;
  Clock::time_point deadline_;
  int open_ = 0;
  int sessions_ = 0;
  int barren_ = 0;      ///< sessions without an answer
  bool heard_ = false;  ///< it said something, or closed a connection
  bool plain_asked_ = false;
  bool plain_told_ = false;
  bool session_open_ = false;
  bool wants_http2_ = false;  ///< it refuses who offers HTTP/1.1 alone
  bool sessions_over_ = false;
  bool clear_asked_ = false;  ///< for the certificate in the clear
  bool extras_planned_ = false;
  std::vector<Extra> extras_;  ///< that are still to be asked
};

}  // namespace seawall::probe
