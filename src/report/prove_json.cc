#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "report/finding_json.h"
#include "report/json_writer.h"
#include "report/prove_report.h"

namespace seawall::report {
namespace {

using probe::Known;

void KnownField(JsonWriter& out, const char* key, Known known) {
  out.Key(key);
  if (known == Known::kUnknown) {
    out.String("unknown");
  } else {
    out.Bool(known == Known::kYes);
  }
}

std::string Moment(std::time_t seconds) {
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", parts);
}

void Words(JsonWriter& out, const char* key, const std::vector<std::string>& words) {
  out.Key(key);
  out.StartArray();
  for (const std::string& word : words) Text(out, word);
  out.EndArray();
}

void WriteCertificate(JsonWriter& out, const x509::Certificate& one) {
  out.StartObject();
  Field(out, "subject", one.subject);
  Field(out, "issuer", one.issuer);
  Field(out, "serial", one.serial);
  Field(out, "notBefore", Moment(static_cast<std::time_t>(one.not_before)));
  Field(out, "notAfter", Moment(static_cast<std::time_t>(one.not_after)));
  Words(out, "dnsNames", one.dns_names);
  Words(out, "ipAddresses", one.ip_addresses);
  if (one.names_left_out > 0) Field(out, "namesLeftOut", static_cast<int64_t>(one.names_left_out));
  Field(out, "keyType", one.key_type);
  Field(out, "keyBits", static_cast<int64_t>(one.key_bits));
  Field(out, "signature", one.signature_algorithm);
  Field(out, "isCa", one.is_ca);
  Field(out, "selfSigned", one.self_signed);
  Field(out, "fingerprintSha256", one.fingerprint_sha256);
  out.EndObject();
}

bool InOrder(const std::vector<x509::Certificate>& chain) {
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    if (!x509::Signed(chain[i + 1], chain[i])) return false;
  }
  return true;
}

void WriteHandshake(JsonWriter& out, const probe::Handshake& shake) {
  Field(out, "clientAuth", probe::ToString(shake.client_auth));
  if (shake.client_auth == probe::ClientAuth::kUnknown && shake.asks)
    Field(out, "asksForCertificate", true);
  Words(out, "clientCas", shake.client_cas);
  out.Key("alpn");
  shake.protocol.empty() ? (void)out.Null() : Text(out, shake.protocol);
  if (!shake.complete) Field(out, "handshakeFailed", shake.why);
  out.Key("chain");
  out.StartArray();
  for (const x509::Certificate& one : shake.chain) WriteCertificate(out, one);
  out.EndArray();
  if (!shake.chain_why.empty()) Field(out, "chainUnreadable", shake.chain_why);
  if (!shake.chain.empty()) Field(out, "chainEndsAt", shake.chain.back().issuer);
  if (shake.chain.size() > 1) Field(out, "chainInOrder", InOrder(shake.chain));
}

void WriteHabits(JsonWriter& out, const probe::Observation& seen) {
  const probe::Habits& habits = seen.habits;
  KnownField(out, "sessionTickets", seen.handshake ? seen.handshake->tickets : Known::kUnknown);
  out.Key("sni");
  habits.sni.empty() ? (void)out.Null() : Text(out, habits.sni);
  Field(out, "otherName", habits.other_name.empty() ? "unknown" : habits.other_name);
  KnownField(out, "secureRenegotiation", habits.secure_renegotiation);
  KnownField(out, "clientRenegotiation", habits.renegotiates);
  if (!habits.renegotiation_why.empty())
    Field(out, "renegotiationAnswer", habits.renegotiation_why);
  out.Key("clientCertificates");
  out.StartArray();
  for (const probe::CertificateTrial& trial : seen.trials) {
    out.StartObject();
    Field(out, "kind", trial.kind);
    if (!trial.issuer.empty()) Field(out, "issuer", trial.issuer);
    Field(out, "outcome", probe::ToString(trial.outcome));
    Field(out, "answer", trial.why);
    out.EndObject();
  }
  out.EndArray();
}

const char* WordOf(tls::Preference preference) {
  switch (preference) {
    case tls::Preference::kServer:
      return "server";
    case tls::Preference::kClient:
      return "client";
    case tls::Preference::kUnknown:
      break;
  }
  return "unknown";
}

/// What is not known of TLS, in words: never to be taken for "not accepted".
std::vector<std::string> Doubts(const tls::Enumerated& seen) {
  std::vector<std::string> doubts;
  for (auto it = seen.versions.rbegin(); it != seen.versions.rend(); ++it) {
    if (it->accepted == Known::kUnknown)
      doubts.push_back(fmt::format("{}: {}", tls::ToString(it->version), it->why));
    if (it->accepted == Known::kYes && !it->complete)
      doubts.push_back(fmt::format("cipher suites of {}: {}", tls::ToString(it->version), it->why));
  }
  if (!seen.groups_complete) doubts.push_back("groups: " + seen.groups_why);
  return doubts;
}

void WriteSuites(JsonWriter& out, const tls::Enumerated& seen) {
  std::vector<std::string> versions;
  bool compression = false;
  for (auto it = seen.versions.rbegin(); it != seen.versions.rend(); ++it) {
    if (it->accepted == Known::kYes) versions.push_back(tls::ToString(it->version));
    compression |= it->compression;
  }
  Words(out, "versions", versions);
  for (const char* key : {"suites", "preference"}) {
    const bool suites = std::string_view(key) == "suites";
    out.Key(key);
    out.StartObject();
    for (auto it = seen.versions.rbegin(); it != seen.versions.rend(); ++it) {
      if (it->accepted != Known::kYes) continue;
      const std::string version = tls::ToString(it->version);
      std::vector<std::string> names;
      for (const uint16_t id : it->suites) names.push_back(tls::SuiteName(id));
      suites ? Words(out, version.c_str(), names)
             : Field(out, version.c_str(), WordOf(it->preference));
    }
    out.EndObject();
  }
  std::vector<std::string> groups;
  for (const uint16_t id : seen.groups) groups.push_back(tls::GroupName(id));
  Words(out, "groups", groups);
  if (seen.dh_bits > 0) Field(out, "dhBits", static_cast<int64_t>(seen.dh_bits));
  Field(out, "compression", compression);
  Words(out, "unknown", Doubts(seen));
}

void WriteTls(JsonWriter& out, const probe::Observation& seen) {
  out.Key("tls");
  if (seen.tls.tls != Known::kYes) {
    out.Null();
    KnownField(out, "speaksTls", seen.reachable == Known::kNo ? Known::kNo : seen.tls.tls);
    return;
  }
  out.StartObject();
  WriteSuites(out, seen.tls);
  WriteHandshake(out, seen.handshake.value_or(probe::Handshake{}));
  WriteHabits(out, seen);
  out.EndObject();
  KnownField(out, "speaksTls", Known::kYes);
}

void WriteAnonymous(JsonWriter& out, const probe::Observation& seen) {
  out.Key("anonymous");
  out.StartObject();
  for (const probe::PathAnswer& answer : seen.anonymous) {
    out.Key(answer.path.c_str());
    if (answer.status) {
      out.Int(*answer.status);
    } else if (answer.refused) {
      out.Null();
    } else {
      out.String("unknown");
    }
  }
  out.EndObject();
}

/// What a login got, where one was tried.
void WriteLogin(JsonWriter& out, const probe::Observation& seen) {
  if (!seen.login) return;
  out.Key("login");
  out.StartObject();
  Field(out, "as", seen.login->as);
  Field(out, "privileged", seen.login->privileged);
  out.Key("answers");
  out.StartObject();
  for (const probe::PathAnswer& answer : seen.login->answers) {
    out.Key(answer.path.c_str());
    answer.status ? (void)out.Int(*answer.status) : (void)out.String("unknown");
  }
  out.EndObject();
  out.EndObject();
}

/// Redirects, cross-origin answers and gRPC, where there are any.
void WriteMore(JsonWriter& out, const probe::Observation& seen) {
  const auto redirects = [](const probe::PathAnswer& answer) { return !answer.location.empty(); };
  if (std::ranges::any_of(seen.anonymous, redirects)) {
    out.Key("redirects");
    out.StartObject();
    for (const probe::PathAnswer& answer : seen.anonymous) {
      if (redirects(answer)) Field(out, answer.path.c_str(), answer.location);
    }
    out.EndObject();
  }
  if (!seen.allows_origin.empty()) Field(out, "allowsOrigin", seen.allows_origin);
  if (seen.grpc.empty()) return;
  out.Key("grpc");
  out.StartArray();
  for (const probe::GrpcAnswer& answer : seen.grpc) {
    out.StartObject();
    Field(out, "method", answer.method);
    Field(out, "with", answer.with);
    out.Key("status");
    if (answer.status) {
      out.Int(*answer.status);
    } else {
      answer.refused ? (void)out.Null() : (void)out.String("unknown");
    }
    if (answer.http_status) Field(out, "httpStatus", static_cast<int64_t>(*answer.http_status));
    if (!answer.why.empty()) Field(out, "answer", answer.why);
    out.EndObject();
  }
  out.EndArray();
}

void WriteProofs(JsonWriter& out, const probe::Observation& seen) {
  out.Key("proofs");
  out.StartArray();
  for (const probe::Proof& proof : seen.proofs) {
    out.StartObject();
    Field(out, "sent", proof.asked);
    Field(out, "received", proof.answered);
    Field(out, "at", MomentText(proof.at_ms));
    out.EndObject();
  }
  out.EndArray();
}

}  // namespace

std::string MomentText(int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", parts, ms % 1000);
}

std::string EndpointJson(const probe::Observation& seen) {
  JsonText json;
  auto& out = json.writer();
  out.StartObject();
  Field(out, "endpoint", seen.endpoint.ToString());
  Field(out, "component", seen.endpoint.component);
  Field(out, "role", seen.endpoint.role);
  Field(out, "from", seen.endpoint.why);
  if (!seen.endpoint.node.empty()) Field(out, "node", seen.endpoint.node);
  Field(out, "address", seen.address);
  if (!seen.endpoint.bound.empty()) Field(out, "boundTo", seen.endpoint.bound);
  KnownField(out, "reachable", seen.reachable);
  if (!seen.why.empty()) Field(out, "why", seen.why);
  WriteTls(out, seen);
  KnownField(out, "plainHttp", seen.plain_http);
  Field(out, "plainHttpAnswer", seen.plain_why);
  if (!seen.plain_location.empty()) Field(out, "plainHttpLocation", seen.plain_location);
  WriteAnonymous(out, seen);
  WriteLogin(out, seen);
  WriteMore(out, seen);
  Field(out, "connections", static_cast<int64_t>(seen.connections));
  Field(out, "milliseconds", seen.milliseconds);
  WriteProofs(out, seen);
  out.EndObject();
  return json.Take();
}

void ReachSummary::Add(const probe::Observation& seen) {
  ++endpoints;
  if (seen.reachable == Known::kYes) ++reachable;
  if (seen.reachable == Known::kNo) ++refused;
  if (seen.reachable == Known::kUnknown) ++unknown;
}

EndpointPart ProveJsonPart(const probe::Observation& seen, const std::vector<Record>& findings) {
  EndpointPart part;
  part.endpoint = EndpointJson(seen);
  JsonText json;
  for (const Record& finding : findings) {
    if (&finding != &findings.front()) json.Append(",\n");
    WriteFinding(json, finding);
  }
  part.findings = json.Take();
  return part;
}

std::string ProveJsonBegin(const Options& options) {
  JsonText json;
  auto& out = json.writer();
  out.StartObject();
  Field(out, "name", "seawall");
  Field(out, "version", options.version);
  out.EndObject();
  return "{\"schemaVersion\":\"1.0\",\n\"tool\":" + json.Take() + ",\n\"endpoints\":[\n";
}

std::string ProveJsonMiddle() { return "\n],\n\"findings\":[\n"; }

std::string ProveJsonEnd(const Summary& summary, const ReachSummary& reach, int exit_status) {
  JsonText json;
  auto& out = json.writer();
  const auto count = [&](const char* key, size_t n) { Field(out, key, static_cast<int64_t>(n)); };
  out.StartObject();
  count("endpoints", reach.endpoints);
  count("reachable", reach.reachable);
  count("refused", reach.refused);
  count("unreachable", reach.unknown);
  count("pass", summary.pass);
  count("fail", summary.fail);
  count("unknown", summary.unknown);
  count("manual", summary.manual);
  count("notApplicable", summary.not_applicable);
  count("waived", summary.waived);
  out.Key("failBySeverity");
  out.StartObject();
  for (int s = 3; s >= 0; --s)
    count(rules::ToString(static_cast<rules::Severity>(s)), summary.fail_by_severity[s]);
  out.EndObject();
  Field(out, "exitStatus", static_cast<int64_t>(exit_status));
  out.EndObject();
  return "\n],\n\"summary\":" + json.Take() + "}\n";
}

}  // namespace seawall::report
