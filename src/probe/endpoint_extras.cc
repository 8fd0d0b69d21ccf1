// What is asked beside the anonymous sessions: other names, renegotiation, certificates that nobody
// should take, calls of gRPC.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probe/endpoint_probe.h"

namespace seawall::probe {
namespace {

using Outcome = CertificateTrial::Outcome;

constexpr const char* kOtherName = "seawall-none.invalid";
constexpr std::string_view kNobody = "no certificate";

bool IsEtcdForClients(const Endpoint& endpoint) {
  return endpoint.component == "etcd" && (endpoint.role.empty() || endpoint.role == "client");
}

std::string Says(const Credential& credential) {
  struct Row {
    std::string_view kind, says;
  };
  constexpr std::array<Row, 3> kRows = {{
      {"foreign-ca", "a certificate of a CA that nobody knows"},
      {"expired", "a certificate that has expired, of a CA that nobody knows"},
      {"wrong-usage", "a certificate for servers only, of a CA that nobody knows"},
  }};
  const auto found = std::ranges::find(kRows, credential.kind, &Row::kind);
  return found != kRows.end() ? std::string(found->says)
                              : "a certificate of the CA in " + credential.issuer;
}

/// What an answer to whoever shows a certificate means, beside the one that nobody's name got.
void JudgeAnswer(const PathStatus& answer, bool required, std::optional<int> anonymous,
                 CertificateTrial& trial) {
  trial.why = fmt::format("GET {}: status {}", answer.path, answer.status);
  const auto says = [&](std::string_view text) {
    return answer.body_begin.find(text) != std::string::npos;
  };
  if (answer.status == 401) {
    trial.outcome = Outcome::kRefused;
  } else if (required || says(kCredentialName)) {
    trial.outcome = Outcome::kAccepted;
  } else if (says("system:anonymous") || anonymous == answer.status) {
    trial.outcome = Outcome::kIgnored;
  } else if (answer.status < 400 || answer.status == 403) {
    trial.outcome = Outcome::kAccepted;
  }
}

}  // namespace

const char* ToString(CertificateTrial::Outcome outcome) {
  switch (outcome) {
    case Outcome::kUnknown:
      return "unknown";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kIgnored:
      return "ignored";
    case Outcome::kAccepted:
      return "accepted";
  }
  return "";
}

class EndpointProbe::ExtraTalk : public Talk {
 public:
  ExtraTalk(EndpointProbe& probe, Extra extra)
      : probe_(probe),
        extra_(std::move(extra)),
        session_(probe.options_.context, probe.PlanOf(extra_),
                 HttpDialogue(probe.host_field_, extra_.kind == Extra::Kind::kTrial
                                                     ? std::vector{probe.TrialPath()}
                                                     : std::vector<std::string>{})) {}
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
    probe_.EndExtra(extra_, session_, ending);
  }

 private:
  EndpointProbe& probe_;
  Extra extra_;
  TlsSession session_;
};

/// gRPC without TLS.
class EndpointProbe::GrpcTalk : public Talk {
 public:
  GrpcTalk(EndpointProbe& probe, Extra extra)
      : probe_(probe), extra_(std::move(extra)), dialogue_(probe.host_field_) {}
  std::string Begin() override { return dialogue_.Begin(); }
  Next Take(std::string_view bytes, std::string& send) override {
    return dialogue_.Take(bytes, send) ? Next::kMore : Next::kDone;
  }
  void End(const Ending& ending) override {
    probe_.Learn(ending);
    probe_.EndGrpc(extra_, dialogue_.Answers(), false, Describe(ending));
  }

 private:
  EndpointProbe& probe_;
  Extra extra_;
  GrpcDialogue dialogue_;
};

bool EndpointProbe::MayHaveExtras() const {
  if (seen_.reachable != Known::kYes) return false;
  if (enumeration_.result().accepts_any()) {
    const auto& shake = seen_.handshake;
    return shake && (shake->complete || shake->client_auth != ClientAuth::kUnknown);
  }
  return IsEtcdForClients(seen_.endpoint) && seen_.plain_http == Known::kYes &&
         enumeration_.result().tls != Known::kYes;
}

void EndpointProbe::PlanExtras() {
  extras_planned_ = true;
  const bool tls = enumeration_.result().accepts_any();
  const ClientAuth auth = seen_.handshake ? seen_.handshake->client_auth : ClientAuth::kUnknown;
  if (tls) extras_.push_back({.kind = Extra::Kind::kHabits});
  if (tls && (auth == ClientAuth::kRequested || auth == ClientAuth::kRequired)) {
    Credentials all = *options_.credentials;
    all.insert(all.end(), seen_.endpoint.others.begin(), seen_.endpoint.others.end());
    for (auto& credential : all) {
      extras_.push_back(
          {.kind = Extra::Kind::kTrial, .trial = seen_.trials.size(), .credential = credential});
      seen_.trials.push_back({credential->kind, credential->issuer, Outcome::kUnknown, ""});
    }
  }
  if (!IsEtcdForClients(seen_.endpoint)) return;
  const Extra nobody{.kind = Extra::Kind::kGrpc};
  if (tls && auth == ClientAuth::kRequired) {
    EndGrpc(nobody, {}, true, "TLS refuses who has no certificate");
  } else {
    extras_.push_back(nobody);
  }
  if (tls && auth != ClientAuth::kNone && !options_.credentials->empty())
    extras_.push_back({.kind = Extra::Kind::kGrpc, .credential = options_.credentials->front()});
}

std::unique_ptr<Talk> EndpointProbe::NextExtra() {
  if (!extras_planned_) {
    if (!enumeration_.done() || !plain_told_ || !MayHaveExtras()) return nullptr;
    PlanExtras();
  }
  if (extras_.empty()) return nullptr;
  Extra extra = std::move(extras_.front());
  extras_.erase(extras_.begin());
  if (!enumeration_.result().accepts_any())
    return std::make_unique<GrpcTalk>(*this, std::move(extra));
  return std::make_unique<ExtraTalk>(*this, std::move(extra));
}

void EndpointProbe::DropExtras(const std::string& why) {
  for (const Extra& extra : extras_) {
    if (extra.kind == Extra::Kind::kTrial) seen_.trials[extra.trial].why = why;
    if (extra.kind == Extra::Kind::kGrpc) EndGrpc(extra, {}, false, why);
    if (extra.kind == Extra::Kind::kHabits) seen_.habits.renegotiation_why = why;
  }
  extras_.clear();
  extras_planned_ = true;
}

SessionPlan EndpointProbe::PlanOf(const Extra& extra) const {
  SessionPlan plan{.server_name = seen_.endpoint.host};
  plan.credential = extra.credential.get();
  if (extra.kind == Extra::Kind::kGrpc) plan.grpc_authority = host_field_;
  if (extra.kind != Extra::Kind::kHabits) return plan;
  if (!extra.own_name) plan.server_name = kOtherName;
  const tls::Enumerated& tls = enumeration_.result();
  plan.old = plan.renegotiate =
      std::ranges::any_of(tls.versions, [](const tls::VersionResult& one) {
        return one.version != tls::Version::kTls13 && one.version != tls::Version::kSsl3 &&
               one.accepted == Known::kYes;
      });
  plan.http2 = plan.only_greets = !plan.renegotiate;
  return plan;
}

/// Where strangers are told that they may not, a certificate could make a difference.
std::string EndpointProbe::TrialPath() const {
  const auto& all = seen_.anonymous;
  const auto found = std::ranges::find_if(
      all, [](const PathAnswer& answer) { return answer.status == 401 || answer.status == 403; });
  if (found != all.end()) return found->path;
  return all.empty() ? "/" : all.front().path;
}

void EndpointProbe::EndExtra(const Extra& extra, const TlsSession& session, const Ending& ending) {
  Learn(ending);
  switch (extra.kind) {
    case Extra::Kind::kHabits:
      return EndHabits(extra, session);
    case Extra::Kind::kTrial:
      return EndTrial(extra, session);
    case Extra::Kind::kGrpc:
      return EndGrpc(extra, session.grpc(), session.refused(), session.error());
  }
}

void EndpointProbe::EndHabits(const Extra& extra, const TlsSession& session) {
  const Handshake& now = session.handshake();
  Habits& habits = seen_.habits;
  const bool asked = PlanOf(extra).renegotiate;
  if (!extra.own_name) {
    const auto& own = seen_.handshake->chain;
    if (!now.chain.empty() && !own.empty()) {
      habits.other_name = now.chain.front().fingerprint_sha256 == own.front().fingerprint_sha256
                              ? "same certificate"
                              : "another certificate";
    } else {
      habits.other_name = now.why == "alert unrecognized_name" ? "refused" : "unknown";
    }
    if (habits.other_name == "refused")
      extras_.push_back({.kind = Extra::Kind::kHabits, .own_name = true});
  }
  // Which protocol TLS 1.3 chooses is asked here, since the paths are asked by HTTP/1.1.
  if (!asked && now.complete && (extra.own_name || habits.other_name == "same certificate"))
    seen_.handshake->protocol = now.protocol;
  const std::string name = extra.own_name ? "" : fmt::format(" with the name {}", kOtherName);
  if (asked && now.complete) {
    habits.secure_renegotiation = session.habits().secure_renegotiation;
    habits.renegotiates = session.habits().renegotiates;
    habits.renegotiation_why = session.habits().renegotiation_why;
  } else if (asked) {
    habits.renegotiation_why = session.refused() ? "TLS refuses who has no certificate" : now.why;
  } else {
    habits.renegotiates = Known::kNo;
    habits.renegotiation_why = "TLS 1.3 has none";
  }
  const char* renegotiates = habits.renegotiates == Known::kYes  ? "renegotiates"
                             : habits.renegotiates == Known::kNo ? "does not renegotiate"
                                                                 : "renegotiation unknown";
  Prove(fmt::format("a full handshake{}{}", name, asked ? ", then another one" : ""),
        fmt::format("{}{}, {}{}", now.complete ? now.version : now.why,
                    extra.own_name ? "" : ", " + habits.other_name, renegotiates,
                    habits.renegotiation_why.empty() ? "" : ": " + habits.renegotiation_why),
        WallMs());
}

void EndpointProbe::EndTrial(const Extra& extra, const TlsSession& session) {
  CertificateTrial& trial = seen_.trials[extra.trial];
  const bool required = seen_.handshake->client_auth == ClientAuth::kRequired;
  const auto& answers = session.dialogue().answers();
  if (!answers.empty()) {
    const auto& all = seen_.anonymous;
    const auto same = std::ranges::find(all, answers.front().path, &PathAnswer::path);
    JudgeAnswer(answers.front(), required, same == all.end() ? std::nullopt : same->status, trial);
  } else if (session.refused()) {
    trial.outcome = Outcome::kRefused;
    trial.why = session.error();
  } else {
    trial.why = session.error();
  }
  if (!session.requested() && trial.outcome == Outcome::kAccepted)
    trial.outcome = Outcome::kIgnored;
  Prove(fmt::format("a full handshake with {}, and GET {}", Says(*extra.credential), TrialPath()),
        fmt::format("{} ({})", trial.why, ToString(trial.outcome)), WallMs());
}

void EndpointProbe::EndGrpc(const Extra& extra, std::vector<GrpcAnswer> answers, bool refused,
                            std::string why) {
  if (answers.empty()) answers = GrpcDialogue(host_field_).Answers();
  for (GrpcAnswer& answer : answers) {
    answer.with = extra.credential ? extra.credential->kind : std::string(kNobody);
    answer.refused = refused && !answer.status;
    if (!answer.status) answer.why = why;
    Prove(fmt::format("gRPC {} with {}", answer.method,
                      extra.credential ? Says(*extra.credential) : answer.with),
          answer.status        ? fmt::format("gRPC status {}", *answer.status)
          : answer.refused     ? "refused: " + answer.why
          : answer.http_status ? fmt::format("HTTP status {}", *answer.http_status)
                               : answer.why,
          WallMs());
    seen_.grpc.push_back(std::move(answer));
  }
}

}  // namespace seawall::probe
