#include "probe/endpoint_probe.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "probe/handshake_gap.h"
#include "probe/paths.h"

namespace seawall::probe {
namespace {

/// An endpoint has so many times the time of one connection.
constexpr int kTimes = 3;
constexpr int kMostBarren = 2;
constexpr const char* kNotAsked = "not asked, with --only";

tls::Answer AnswerOf(const tls::ReplyReader& reader, const Ending& ending) {
  using End = tls::Answer::End;
  const tls::Reply& reply = reader.reply();
  if (reply.kind != tls::Reply::Kind::kNothing) return {End::kReplied, reply};
  switch (ending.kind) {
    case Ending::Kind::kDone:
    case Ending::Kind::kClosed:
      return {End::kClosed, {}};
    case Ending::Kind::kReset:
      return {End::kReset, {}};
    case Ending::Kind::kTimeUp:
      return {ending.connected ? End::kSilent : End::kFailed, {}};
    default:
      return {End::kFailed, {}};
  }
}

/// What TLS servers say to plaintext: Go's, nginx' and Apache's words, all of them with status 400.
bool SaysTlsOnly(const PathStatus& answer) {
  return answer.status == 400 && (answer.body_begin.find("HTTPS") != std::string::npos ||
                                  answer.body_begin.find("SSL") != std::string::npos);
}

}  // namespace

std::string Endpoint::ToString() const {
  if (port == 0) return why;
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

const char* ToString(ClientAuth auth) {
  switch (auth) {
    case ClientAuth::kUnknown:
      return "unknown";
    case ClientAuth::kNone:
      return "none";
    case ClientAuth::kRequested:
      return "requested";
    case ClientAuth::kRequired:
      return "required";
  }
  return "";
}

int64_t WallMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool EndedByPeer(const Ending& ending) {
  return ending.kind == Ending::Kind::kClosed || ending.kind == Ending::Kind::kReset;
}

// ---- talks

class EndpointProbe::HelloTalk : public Talk {
 public:
  HelloTalk(EndpointProbe& probe, tls::Attempt attempt)
      : probe_(probe), attempt_(std::move(attempt)), reader_(attempt_.key_exchange) {}
  bool one_message() const override { return true; }
  std::string Begin() override { return std::move(attempt_.hello); }
  Next Take(std::string_view bytes, std::string&) override {
    return reader_.Take(bytes) ? Next::kMore : Next::kDone;
  }
  void End(const Ending& ending) override { probe_.EndHello(attempt_, reader_, ending); }

 private:
  EndpointProbe& probe_;
  tls::Attempt attempt_;
  tls::ReplyReader reader_;
};

class EndpointProbe::PlainTalk : public Talk {
 public:
  PlainTalk(EndpointProbe& probe, std::vector<std::string> paths, bool first)
      : probe_(probe), dialogue_(probe.host_field_, std::move(paths)), first_(first) {}
  std::string Begin() override { return dialogue_.Request(); }
  Next Take(std::string_view bytes, std::string& send) override {
    if (first_bytes_.size() < 8) first_bytes_ += bytes.substr(0, 8);
    const bool complete = dialogue_.Take(bytes);
    if (dialogue_.broken()) return Next::kDone;
    if (!complete) return Next::kMore;
    if (!dialogue_.can_go_on()) return Next::kDone;
    send += dialogue_.Request();
    return Next::kStep;
  }
  void End(const Ending& ending) override {
    dialogue_.Close();
    if (first_) {
      probe_.EndPlain(dialogue_, first_bytes_, ending);
    } else {
      probe_.EndPlainPaths(dialogue_, ending);
    }
  }

 private:
  EndpointProbe& probe_;
  HttpDialogue dialogue_;
  bool first_;
  std::string first_bytes_;
};

class EndpointProbe::SessionTalk : public Talk {
 public:
  SessionTalk(EndpointProbe& probe, bool http2)
      : probe_(probe),
        session_(probe.options_.context,
                 {.server_name = probe.seen_.endpoint.host,
                  .http2 = http2,
                  .only_greets = probe.options_.scope != Scope::kEverything},
                 HttpDialogue(probe.host_field_, probe.paths_left_)) {}
  std::string Begin() override { return session_.Begin(); }
  Next Take(std::string_view bytes, std::string& send) override {
    switch (session_.Take(bytes, send)) {
      case TlsSession::Next::kMore:
        return Next::kMore;
      case TlsSession::Next::kStep:
        return Next::kStep;
      case TlsSession::Next::kDone:
        break;
    }
    return Next::kDone;
  }
  void End(const Ending& ending) override {
    session_.Close(Describe(ending), EndedByPeer(ending));
    probe_.EndSession(session_, ending);
  }

 private:
  EndpointProbe& probe_;
  TlsSession session_;
};

/// Where OpenSSL has none of the server's suites, its certificate is read in the clear.
class EndpointProbe::ClearTalk : public Talk {
 public:
  ClearTalk(EndpointProbe& probe, tls::Attempt attempt)
      : probe_(probe), attempt_(std::move(attempt)), reader_(true, true) {}
  std::string Begin() override { return attempt_.hello; }
  Next Take(std::string_view bytes, std::string&) override {
    return reader_.Take(bytes) ? Next::kMore : Next::kDone;
  }
  void End(const Ending& ending) override { probe_.EndClear(attempt_, reader_.reply(), ending); }

 private:
  EndpointProbe& probe_;
  tls::Attempt attempt_;
  tls::ReplyReader reader_;
};

// ---- the probe

EndpointProbe::EndpointProbe(Endpoint endpoint, std::string address, const Options& options)
    : options_(options),
      enumeration_({.server_name = endpoint.host,
                    .random = options.random,
                    .groups = options.scope != Scope::kSuites}),
      host_field_(endpoint.ToString()),
      began_(Clock::now()),
      deadline_(began_ + kTimes * options.timeout) {
  seen_.scope = options_.scope;
  if (options_.scope != Scope::kEverything) {
    // One, for a server that asks for a certificate: whether it insists shows when it answers.
    paths_left_ = {"/"};
    plain_asked_ = plain_told_ = true;
    seen_.plain_why = seen_.habits.renegotiation_why = kNotAsked;
    DropExtras(kNotAsked);
    if (options_.scope == Scope::kSuites) {
      seen_.handshake.emplace().why = kNotAsked;
      clear_asked_ = true;
      LeaveRest(false, kNotAsked);
    }
  } else {
    for (const std::string_view path : PathsOf(endpoint.component)) paths_left_.emplace_back(path);
  }
  seen_.endpoint = std::move(endpoint);
  seen_.address = std::move(address);
  seen_.began_ms = WallMs();
}

EndpointProbe::~EndpointProbe() = default;

std::unique_ptr<Talk> EndpointProbe::Next() {
  if (Clock::now() >= deadline_) {
    const std::string why = fmt::format("{} s were not enough",
                                        std::chrono::duration<double>(deadline_ - began_).count());
    enumeration_.GiveUp(why);
    LeaveRest(false, why);
    DropExtras(why);
    plain_asked_ = true;
    return nullptr;
  }
  std::unique_ptr<Talk> talk = NextStep();
  if (talk) {
    ++open_;
    ++seen_.connections;
  }
  return talk;
}

std::unique_ptr<Talk> EndpointProbe::NextStep() {
  if (seen_.reachable != Known::kYes) return open_ == 0 ? NextHello() : nullptr;
  if (auto hello = NextHello()) return hello;
  if (!plain_asked_) {
    plain_asked_ = true;
    return std::make_unique<PlainTalk>(*this, std::vector<std::string>{"/"}, true);
  }
  if (session_open_) return nullptr;
  const bool failed = seen_.handshake && !seen_.handshake->complete &&
                      seen_.handshake->client_auth == ClientAuth::kUnknown;
  if (sessions_over_ && failed && !clear_asked_ && enumeration_.done()) {
    clear_asked_ = true;
    if (auto attempt = enumeration_.ClearFlight())
      return std::make_unique<ClearTalk>(*this, std::move(*attempt));
  }
  if (sessions_over_) return NextExtra();
  const tls::Enumerated& tls = enumeration_.result();
  if (tls.accepts_any()) {
    session_open_ = true;
    return std::make_unique<SessionTalk>(*this, wants_http2_);
  }
  if (!enumeration_.done() || !plain_told_) return nullptr;
  // It is well, for it answers plaintext: that it closes at every hello is an answer, too.
  if (seen_.plain_http == Known::kYes && enumeration_.only_closed())
    enumeration_.ConcludeNoTls("HTTP");
  if (seen_.plain_http == Known::kYes && tls.tls != Known::kYes) {
    session_open_ = true;
    return std::make_unique<PlainTalk>(*this, paths_left_, false);
  }
  LeaveRest(false, tls.tls == Known::kYes ? "no handshake was possible"
                                          : "it speaks neither TLS nor HTTP");
  return nullptr;
}

std::unique_ptr<Talk> EndpointProbe::NextHello() {
  auto attempt = enumeration_.Next();
  if (!attempt) return nullptr;
  return std::make_unique<HelloTalk>(*this, std::move(*attempt));
}

bool EndpointProbe::done() const {
  if (open_ > 0 || !enumeration_.done() || !plain_asked_ || !sessions_over_) return false;
  return extras_planned_ ? extras_.empty() : !MayHaveExtras();
}

void EndpointProbe::Prove(std::string asked, std::string answered, int64_t at_ms) {
  seen_.proofs.push_back({std::move(asked), std::move(answered), at_ms});
}

/// Whether anybody is there is told by the first connection.
void EndpointProbe::Learn(const Ending& ending) {
  --open_;
  heard_ |= ending.connected && (ending.kind == Ending::Kind::kDone || EndedByPeer(ending));
  if (ending.connected) seen_.reachable = Known::kYes;
  if (seen_.reachable == Known::kYes) return;
  seen_.why = Describe(ending);
  if (ending.kind == Ending::Kind::kRefused) seen_.reachable = Known::kNo;
  enumeration_.GiveUp(seen_.why);
  plain_asked_ = true;
  seen_.plain_why = seen_.why;
  if (seen_.reachable == Known::kNo) seen_.plain_http = Known::kNo;
  LeaveRest(false, seen_.why);
  DropExtras(seen_.why);
}

void EndpointProbe::EndHello(const tls::Attempt& attempt, const tls::ReplyReader& reader,
                             const Ending& ending) {
  const tls::Answer answer = AnswerOf(reader, ending);
  heard_ |= reader.begun();
  Prove(attempt.says, ending.connected ? tls::Describe(answer) : Describe(ending), WallMs());
  Learn(ending);
  enumeration_.Take(attempt.track, answer);
}

void EndpointProbe::JudgePlain(const PathStatus& answer) {
  const bool tls = enumeration_.result().tls == Known::kYes;
  seen_.plain_why = fmt::format("status {}", answer.status);
  seen_.plain_location = answer.location;
  if (SaysTlsOnly(answer)) {
    seen_.plain_http = Known::kNo;
    seen_.plain_why = "status 400: this is a port for HTTPS";
  } else if (answer.status == 400 && tls) {
    seen_.plain_why = "status 400, and TLS is spoken here too: who answered is not known";
  } else {
    seen_.plain_http = Known::kYes;
  }
}

void EndpointProbe::EndPlain(const HttpDialogue& dialogue, const std::string& first_bytes,
                             const Ending& ending) {
  Learn(ending);
  heard_ |= !first_bytes.empty();
  plain_told_ = true;
  const bool tls = enumeration_.result().tls == Known::kYes;
  if (!dialogue.answers().empty()) {
    JudgePlain(dialogue.answers().front());
  } else if (!first_bytes.empty()) {
    seen_.plain_http = Known::kNo;
    seen_.plain_why =
        first_bytes.starts_with("\x15\x03") ? "a TLS alert" : "bytes that are not HTTP";
  } else {
    const bool closed = ending.kind == Ending::Kind::kClosed || ending.kind == Ending::Kind::kReset;
    seen_.plain_why = Describe(ending) + " without an answer";
    if (closed && tls) seen_.plain_http = Known::kNo;
  }
  Prove("GET / in plaintext", seen_.plain_why, WallMs());
}

void EndpointProbe::TakeAnswers(const HttpDialogue& dialogue) {
  for (const PathStatus& answer : dialogue.answers()) {
    Prove("GET " + answer.path, fmt::format("status {}", answer.status), WallMs());
    seen_.anonymous.push_back({answer.path, answer.status, false, "", answer.location});
    if (seen_.allows_origin.empty()) seen_.allows_origin = answer.allow_origin;
  }
  paths_left_.assign(dialogue.left().begin(), dialogue.left().end());
}

void EndpointProbe::DropFirst(const std::string& why) {
  if (paths_left_.empty()) return;
  Prove("GET " + paths_left_.front(), why, WallMs());
  seen_.anonymous.push_back({paths_left_.front(), std::nullopt, false, why});
  paths_left_.erase(paths_left_.begin());
}

void EndpointProbe::LeaveRest(bool refused, const std::string& why) {
  if (options_.scope != Scope::kEverything) paths_left_.clear();
  for (std::string& path : paths_left_)
    seen_.anonymous.push_back({std::move(path), std::nullopt, refused, why});
  paths_left_.clear();
  sessions_over_ = true;
}

void EndpointProbe::EndPlainPaths(const HttpDialogue& dialogue, const Ending& ending) {
  Learn(ending);
  session_open_ = false;
  const bool barren = dialogue.answers().empty();
  TakeAnswers(dialogue);
  if (barren) DropFirst(Describe(ending));
  barren_ = barren ? barren_ + 1 : 0;
  if (barren_ >= kMostBarren) LeaveRest(false, Describe(ending));
  if (paths_left_.empty()) sessions_over_ = true;
}

void EndpointProbe::EndSession(const TlsSession& session, const Ending& ending) {
  Learn(ending);
  session_open_ = false;
  const bool first = sessions_++ == 0;
  const Handshake& now = session.handshake();
  const std::string end = now.complete ? fmt::format("{} {}", now.version, now.suite) : now.why;
  Prove("a full handshake without a certificate",
        session.refused() ? end + ", then " + session.error() : end, WallMs());
  // The first one that went well tells most; that a certificate is required may come later.
  if (first || (now.complete && !seen_.handshake->complete)) {
    seen_.handshake = now;
  } else if (now.client_auth != ClientAuth::kUnknown) {
    seen_.handshake->client_auth = now.client_auth;
  }
  const bool barren = session.dialogue().answers().empty();
  if (options_.scope != Scope::kEverything && (now.complete || !first || session.refused()))
    return LeaveRest(session.refused(), kNotAsked);
  TakeAnswers(session.dialogue());
  if (session.refused()) return LeaveRest(true, session.error());
  if (!now.complete && first && session.error() == "alert no_application_protocol") {
    wants_http2_ = true;
    return;
  }
  if (barren) DropFirst(session.error());
  barren_ = barren ? barren_ + 1 : 0;
  if (barren_ >= kMostBarren || !now.complete) LeaveRest(false, session.error());
  if (paths_left_.empty()) sessions_over_ = true;
}

void EndpointProbe::EndClear(const tls::Attempt& attempt, const tls::Reply& reply,
                             const Ending& ending) {
  Learn(ending);
  Prove(attempt.says, tls::Describe(reply), WallMs());
  Handshake& shake = *seen_.handshake;
  if (shake.chain.empty() && !reply.chain.empty()) TakeChain(reply.chain, shake);
  // Whether one that is asked for is required was not to be found out.
  if (reply.whole_flight && !reply.asks_certificate) shake.client_auth = ClientAuth::kNone;
  shake.asks = reply.asks_certificate;
}

Observation EndpointProbe::Take() {
  seen_.tls = enumeration_.result();
  if (seen_.handshake && seen_.tls.protocol)
    seen_.handshake->protocol = PrintableShort(*seen_.tls.protocol, 50);
  if (seen_.handshake && !seen_.handshake->complete) {
    if (const HandshakeGap gap = GapOf(seen_.tls); !gap.only.empty())
      seen_.handshake->why =
          fmt::format("it takes only {}, which this program's OpenSSL does not have ({})", gap.only,
                      seen_.handshake->why);
  }
  // The kernel takes connections for a process that hangs, and firewalls do for nobody at all.
  if (seen_.reachable == Known::kYes && !heard_) {
    seen_.reachable = Known::kUnknown;
    seen_.why = "it takes connections and says nothing";
  }
  seen_.milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_).count();
  return std::move(seen_);
}

}  // namespace seawall::probe
