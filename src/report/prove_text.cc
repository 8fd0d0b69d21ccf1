// What was proven, for people: an endpoint, what it accepts, what fails there.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/prove_report.h"
#include "report/redact.h"
#include "report/style.h"
#include "report/wrap.h"
#include "rules/rule.h"

namespace seawall::report {
namespace {

using probe::Known;
using rules::Verdict;

std::string Clean(std::string_view text) { return Printable(Redact(text)); }

class EndpointText {
 public:
  EndpointText(const probe::Observation& seen, const Options& options)
      : seen_(seen), options_(options), style_(options.color) {}

  std::string Write(const std::vector<Record>& findings) {
    Head();
    const bool fails = std::ranges::any_of(
        findings, [](const Record& finding) { return finding.verdict == Verdict::kFail; });
    if (seen_.reachable != Known::kYes && !fails && !options_.verbose) return Unreached(findings);
    if (seen_.reachable == Known::kYes && !options_.quiet) {
      Tls();
      if (seen_.scope == probe::Scope::kEverything)
        Line("plain HTTP: " + Answer(seen_.plain_http) + " (" + Clean(seen_.plain_why) + ")", 2);
      Anonymous();
      Grpc();
    }
    for (const Verdict verdict :
         {Verdict::kFail, Verdict::kUnknown, Verdict::kPass, Verdict::kNotApplicable}) {
      if (!Shown(verdict)) continue;
      for (const Record& finding : findings) {
        if (finding.verdict != verdict) continue;
        const auto group = Alike(finding, findings);
        if (group.empty()) {
          Finding(finding);
        } else if (group.front() == &finding) {
          FindingsAlike(group);
        }
      }
    }
    if (options_.verbose) Proofs();
    return std::move(out_);
  }

 private:
  void Line(std::string_view text, size_t indent) { out_ += Wrap(text, options_.width, indent); }
  bool Shown(Verdict verdict) const {
    if (verdict == Verdict::kFail) return true;
    return verdict == Verdict::kUnknown ? !options_.quiet : options_.verbose;
  }
  static std::string Answer(Known known) {
    return known == Known::kYes ? "yes" : known == Known::kNo ? "no" : "unknown";
  }

  void Head() {
    const std::string component =
        seen_.endpoint.component.empty() ? "component unknown" : Clean(seen_.endpoint.component);
    const char* state = seen_.reachable == Known::kYes  ? "reachable"
                        : seen_.reachable == Known::kNo ? "refused"
                                                        : "unknown";
    out_ += style_(Ink::kBold, Clean(seen_.endpoint.ToString()));
    out_ += fmt::format("  {}, {}", component, state);
    if (!seen_.endpoint.node.empty()) out_ += fmt::format(" (node {})", Clean(seen_.endpoint.node));
    if (!seen_.why.empty()) out_ += fmt::format(": {}", Clean(seen_.why));
    out_ += "\n";
  }

  /// What was not reached has one thing to say, not one for each rule.
  std::string Unreached(const std::vector<Record>& findings) {
    const auto unknown = std::ranges::count_if(
        findings, [](const Record& finding) { return finding.verdict == Verdict::kUnknown; });
    if (unknown > 0 && !options_.quiet) {
      Line(style_(Ink::kYellow, "UNKNOWN") +
               fmt::format(" {} rules could not be asked (-v lists them)", unknown),
           2);
    }
    return std::move(out_);
  }

  void Tls() {
    if (seen_.tls.tls != Known::kYes) {
      Line("TLS: " + Answer(seen_.tls.tls), 2);
      return;
    }
    for (const tls::VersionResult& version : seen_.tls.versions) {
      std::vector<std::string> names;
      for (const uint16_t id : version.suites) names.push_back(tls::SuiteName(id));
      if (version.accepted == Known::kYes) {
        Line(fmt::format("{}: {}{}", tls::ToString(version.version), Join(names, ", "),
                         version.complete ? "" : ", … (not complete: " + Clean(version.why) + ")"),
             2);
      } else if (version.accepted == Known::kUnknown) {
        Line(fmt::format("{}: unknown: {}", tls::ToString(version.version), Clean(version.why)), 2);
      }
    }
    if (seen_.tls.dh_bits > 0) Line(fmt::format("prime of DHE: {} bits", seen_.tls.dh_bits), 2);
    if (seen_.scope == probe::Scope::kSuites) return;
    std::vector<std::string> groups;
    for (const uint16_t id : seen_.tls.groups) groups.push_back(tls::GroupName(id));
    Line(fmt::format("groups: {}{}", groups.empty() ? "none" : Join(groups, ", "),
                     seen_.tls.groups_complete ? "" : ", … (not complete)"),
         2);
    if (!seen_.handshake) return;
    const probe::Handshake& shake = *seen_.handshake;
    const bool insists = shake.client_auth == probe::ClientAuth::kUnknown && shake.asks;
    Line(fmt::format("client certificate: {}{}",
                     insists ? "asked for, whether it is required is unknown"
                             : probe::ToString(shake.client_auth),
                     Trials()),
         2);
    Line(Habits(shake), 2);
    if (!shake.chain.empty()) {
      Line(fmt::format("certificate: {}, issued by {}", Clean(shake.chain.front().subject),
                       Clean(shake.chain.front().issuer)),
           2);
    }
    if (!shake.complete) Line("no full handshake: " + Clean(shake.why), 2);
  }

  /// "; foreign-ca refused, expired refused"
  std::string Trials() const {
    std::string all;
    for (const probe::CertificateTrial& trial : seen_.trials) {
      all += fmt::format("{}{}{} {}", all.empty() ? "; " : ", ", trial.kind,
                         trial.issuer.empty() ? "" : " " + Clean(trial.issuer),
                         probe::ToString(trial.outcome));
    }
    return all;
  }

  std::string Habits(const probe::Handshake& shake) const {
    const probe::Habits& habits = seen_.habits;
    if (seen_.scope != probe::Scope::kEverything) {
      return fmt::format("ALPN {}, session tickets {}; only TLS was asked",
                         shake.protocol.empty() ? "none" : Clean(shake.protocol),
                         Answer(shake.tickets));
    }
    return fmt::format("ALPN {}, session tickets {}, renegotiation {}, another name: {}",
                       shake.protocol.empty() ? "none" : Clean(shake.protocol),
                       Answer(shake.tickets), Answer(habits.renegotiates),
                       habits.other_name.empty() ? "unknown" : habits.other_name);
  }

  void Grpc() {
    for (const probe::GrpcAnswer& answer : seen_.grpc) {
      const std::string said = answer.status    ? fmt::format("status {}", *answer.status)
                               : answer.refused ? "refused"
                                                : "unknown";
      Line(fmt::format("gRPC {} with {}: {}", answer.method, answer.with, said), 2);
    }
  }

  void Anonymous() {
    std::string all;
    for (const probe::PathAnswer& answer : seen_.anonymous) {
      const std::string said = answer.status    ? std::to_string(*answer.status)
                               : answer.refused ? "refused"
                                                : "unknown";
      all += fmt::format("{}{} {}{}", all.empty() ? "" : ", ", answer.path, said,
                         answer.location.empty() ? "" : " to " + Clean(answer.location));
    }
    if (!all.empty()) Line("anonymous: " + all, 2);
    if (!seen_.login) return;
    std::string got;
    for (const probe::PathAnswer& answer : seen_.login->answers) {
      got += fmt::format("{}{} {}", got.empty() ? "" : ", ", answer.path,
                         answer.status ? std::to_string(*answer.status) : "unknown");
    }
    Line(fmt::format("{}: {}", Clean(seen_.login->as),
                     seen_.login->privileged ? "may read every Secret, and was not tried" : got),
         2);
  }

  void Finding(const Record& finding) {
    const RuleText& rule = *finding.rule;
    const Verdict verdict = finding.verdict;
    const Ink ink = verdict == Verdict::kFail      ? Ink::kRed
                    : verdict == Verdict::kUnknown ? Ink::kYellow
                                                   : Ink::kGreen;
    const char* word = verdict == Verdict::kFail            ? "FAIL"
                       : verdict == Verdict::kUnknown       ? "UNKNOWN"
                       : verdict == Verdict::kNotApplicable ? "n/a"
                                                            : "pass";
    out_ += fmt::format("  {} {:<8} {}\n", style_(ink, fmt::format("{:<7}", word)),
                        rules::ToString(rule.severity), style_(Ink::kBold, rule.id));
    Line(Clean(finding.reason), 10);
    if (verdict != Verdict::kFail) return;
    Line("edit:   " + Printable(finding.remedy()), 10);
  }

  /// Rules that are unknown for one and the same reason, if they are so many that a page of them
  /// would hide the others.
  std::vector<const Record*> Alike(const Record& one, const std::vector<Record>& findings) const {
    constexpr size_t kMostTold = 3;
    if (one.verdict != Verdict::kUnknown || options_.verbose) return {};
    std::vector<const Record*> group;
    for (const Record& finding : findings) {
      if (finding.verdict == Verdict::kUnknown && finding.reason == one.reason)
        group.push_back(&finding);
    }
    if (group.size() < kMostTold) group.clear();
    return group;
  }

  void FindingsAlike(const std::vector<const Record*>& group) {
    std::vector<std::string> rules;
    auto worst = group.front()->rule->severity;
    for (const Record* finding : group) {
      rules.push_back(Printable(finding->rule->id));
      worst = std::max(worst, finding->rule->severity);
    }
    out_ += fmt::format("  {} {:<8} {}\n", style_(Ink::kYellow, "UNKNOWN"), rules::ToString(worst),
                        style_(Ink::kBold, fmt::format("{} rules alike", group.size())));
    Line(Clean(group.front()->reason), 10);
    Line("rules: " + Join(rules, ", "), 10);
  }

  void Proofs() {
    for (const probe::Proof& proof : seen_.proofs)
      out_ += fmt::format("    {} {}: {}\n", MomentText(proof.at_ms), Clean(proof.asked),
                          Clean(proof.answered));
  }

  const probe::Observation& seen_;
  const Options& options_;
  Style style_;
  std::string out_;
};

}  // namespace

EndpointPart ProveTextPart(const probe::Observation& seen, const std::vector<Record>& findings,
                           const Options& options) {
  EndpointPart part;
  const bool failed = std::ranges::any_of(
      findings, [](const Record& finding) { return finding.verdict == Verdict::kFail; });
  if (!options.quiet || failed) part.endpoint = EndpointText(seen, options).Write(findings);
  return part;
}

std::string ProveTextEnd(const Summary& summary, const ReachSummary& reach, const Options& options,
                         int exit_status) {
  const Style style(options.color);
  const Ink ink = summary.fail ? Ink::kRed : exit_status != 0 ? Ink::kYellow : Ink::kGreen;
  return fmt::format(
      "\n{}, {} unknown, {} pass, {} not applicable; {} endpoints: {} reachable, {} refused, {} "
      "unknown. Exit status {}.\n",
      style(ink, fmt::format("{} fail", summary.fail)), summary.unknown, summary.pass,
      summary.not_applicable, reach.endpoints, reach.reachable, reach.refused, reach.unknown,
      exit_status);
}

}  // namespace seawall::report
