// Recipe row 3d: what the audit policy records (CIS 3.2), and what it must not.
#include <fmt/format.h>

#include <array>
#include <span>

#include "base/text.h"
#include "cluster/kinds/load.h"
#include "rules/audit_coverage.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"

namespace seawall::rules {
namespace {

namespace kinds = cluster::kinds;
using LoadedPolicy = kinds::Loaded<kinds::AuditPolicy>;

constexpr const char* kAuditing = "https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/";

/// One kind of request that an audit log is there for.
struct Concern {
  const char* group;
  const char* resource;
  bool changes_only;   ///< reading it is no concern
  bool secret_bodies;  ///< its objects hold secrets: nothing beyond Metadata
};
constexpr Concern kConcerns[] = {
    {"", "secrets", false, true},
    {"", "configmaps", false, true},
    {"authentication.k8s.io", "tokenreviews", true, true},
    {"", "pods", true, false},
    {"apps", "deployments", true, false},
    {"", "pods/exec", false, false},
    {"", "pods/portforward", false, false},
    {"", "pods/proxy", false, false},
    {"", "services/proxy", false, false},
};
constexpr std::array<std::string_view, 5> kChanges = {"create", "update", "patch", "delete",
                                                      "deletecollection"};
constexpr std::array<std::string_view, 8> kAll = {"create",           "update", "patch", "delete",
                                                  "deletecollection", "get",    "list",  "watch"};
constexpr std::array<std::string_view, 2> kConnects = {"create", "get"};
constexpr std::array<std::string_view, 1> kCreates = {"create"};

std::span<const std::string_view> VerbsOf(const Concern& concern) {
  const std::string_view resource = concern.resource;
  if (resource == "tokenreviews") return kCreates;
  if (resource.find('/') != std::string_view::npos) return kConnects;
  if (concern.changes_only) return kChanges;
  return kAll;
}

Evidence EvidenceOfRule(const kinds::AuditPolicy& policy, const kinds::AuditRule* rule) {
  if (rule == nullptr) return EvidenceIn("rules", "no rule matches", policy.place);
  return EvidenceIn("rules.level", rule->level.value,
                    rule->level.written ? rule->level.place : rule->place);
}

void JudgeConcern(const kinds::AuditPolicy& policy, const Concern& concern, Tally& tally) {
  for (const std::string_view verb : VerbsOf(concern)) {
    const Coverage coverage = CoverageOf(policy, concern.group, concern.resource, verb);
    if (coverage.recorded == Recorded::kNot) {
      tally.Bad(EvidenceOfRule(policy, coverage.rule),
                fmt::format("{} of {} is not recorded", verb, concern.resource));
      return;
    }
    if (concern.secret_bodies && coverage.strongest > 1) {
      tally.Bad(EvidenceOfRule(policy, coverage.loudest),
                fmt::format("{} of {} is recorded with its body", verb, concern.resource));
      return;
    }
    if (coverage.recorded == Recorded::kMostly) {
      tally.Unknown(fmt::format("{} of {} is not recorded for some users (the rule at line {})",
                                verb, concern.resource, coverage.rule->place.line),
                    "decide whether these users may be left out");
      return;
    }
  }
  const Coverage coverage = CoverageOf(policy, concern.group, concern.resource, "create");
  tally.Good(EvidenceOfRule(policy, coverage.loudest));
}

/// The policy, or the end of the check: without one nothing is recorded, which fails.
struct AskedPolicy {
  std::shared_ptr<const LoadedPolicy> held;
  const LoadedPolicy& loaded = *held;
  std::optional<Outcome> end = std::nullopt;
};
AskedPolicy Load(const Context& context) {
  AskedPolicy asked{Kept(context, "audit policy", kinds::LoadAuditPolicy)};
  asked.end = EndOf(context, asked.loaded, Verdict::kFail);
  if (asked.end && asked.end->verdict == Verdict::kFail) {
    asked.end->reason += ": without a policy nothing at all is recorded";
  }
  return asked;
}

Outcome PolicyIsThere(const Rule&, const Context& context) {
  const AskedPolicy asked = Load(context);
  if (asked.end) return *asked.end;
  const Outcome pass =
      Pass(Says(*context.component, asked.loaded.setting), {EvidenceOf(asked.loaded.setting)});
  return Trusted(context, asked.loaded, pass);
}

Outcome PolicyCoversConcerns(const Rule&, const Context& context) {
  const AskedPolicy asked = Load(context);
  if (asked.end) return *asked.end;
  Tally tally;
  for (const Concern& concern : kConcerns) JudgeConcern(*asked.loaded, concern, tally);
  Outcome outcome = std::move(tally).Done("");
  if (outcome.verdict == Verdict::kPass) {
    outcome.reason =
        "access to Secrets, ConfigMaps and TokenReviews, changes of pods and deployments, and use "
        "of "
        "exec, port forwards and proxies are recorded";
  }
  return Trusted(context, asked.loaded, std::move(outcome));
}

Outcome NoSecretBodies(const Rule&, const Context& context) {
  const AskedPolicy asked = Load(context);
  if (asked.end) {
    if (asked.end->verdict != Verdict::kFail) return *asked.end;
    return NotApplicable(asked.end->reason);
  }
  constexpr Concern kSecretKinds[] = {{"", "secrets", false, true},
                                      {"", "configmaps", false, true},
                                      {"authentication.k8s.io", "tokenreviews", true, true},
                                      {"", "serviceaccounts/token", true, true}};
  Tally tally;
  for (const Concern& concern : kSecretKinds) {
    const kinds::AuditRule* loudest = nullptr;
    for (const std::string_view verb : kAll) {
      const Coverage coverage = CoverageOf(*asked.loaded, concern.group, concern.resource, verb);
      if (coverage.strongest > 1) loudest = coverage.loudest;
    }
    if (loudest != nullptr) {
      tally.Bad(EvidenceOfRule(*asked.loaded, loudest),
                fmt::format("requests for {} may be recorded with their bodies ({})",
                            concern.resource, loudest->level.value));
    } else {
      tally.Good(EvidenceIn("rules", concern.resource, asked.loaded->place));
    }
  }
  return Trusted(context, asked.loaded, std::move(tally).Done(""));
}

Outcome RecordsSomething(const Rule&, const Context& context) {
  const AskedPolicy asked = Load(context);
  if (asked.end) return *asked.end;
  const cluster::Component& component = *context.component;
  const cluster::Setting path = component.Get("audit-log-path");
  const cluster::Setting webhook = component.Get("audit-webhook-config-file");
  for (const cluster::Setting* setting : {&path, &webhook}) {
    if (setting->state == cluster::SettingState::kUnknown)
      return UnknownSetting(component, *setting);
  }
  if (Empty(path) && Empty(webhook)) {
    return Fails(
        "there is a policy, and neither --audit-log-path nor --audit-webhook-config-file says "
        "where to record",
        {EvidenceOf(path), EvidenceOf(webhook)});
  }
  const kinds::AuditPolicy& policy = *asked.loaded;
  for (const kinds::AuditRule& rule : policy.rules) {
    if (Writes(policy, rule)) {
      return Trusted(context, asked.loaded,
                     Pass("the policy records requests, and there is a place for them",
                          {EvidenceOfRule(policy, &rule)}));
    }
    if (rule.CatchesAll()) {
      return Fails(rule.level.value == "None"
                       ? "the first rule for everything is of level None: nothing is recorded"
                       : "every stage at which something could be recorded is omitted",
                   {EvidenceOfRule(policy, &rule)});
    }
  }
  return Fails("no rule records anything", {EvidenceOfRule(policy, nullptr)});
}

constexpr Rule kRules[] = {
    {.id = "audit-policy",
     .title = "kube-apiserver has an audit policy",
     .row = "3d",
     .cis = "3.2.1",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = PolicyIsThere,
     .setting = "audit-policy-file",
     .expected = "--audit-policy-file names a policy that kube-apiserver takes",
     .remedy = "write an audit policy (its least: apiVersion: audit.k8s.io/v1, kind: Policy, "
               "rules: [{level: Metadata}]) "
               "and name it with --audit-policy-file at {where}",
     .why = "Without a policy nothing is recorded, whatever the other audit flags say.",
     .link = kAuditing},
    {.id = "audit-policy-covers-key-concerns",
     .title = "The audit policy records what an attacker would do",
     .row = "3d",
     .cis = "3.2.2",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = PolicyCoversConcerns,
     .setting = "audit-policy-file",
     .expected = "Secrets, ConfigMaps and TokenReviews at Metadata; changes of pods and "
                 "deployments, and pods/exec, "
                 "pods/portforward, pods/proxy and services/proxy at Metadata or above",
     .remedy = "end the policy's rules with \"- level: Metadata\", and take rules of level None "
               "for these away, at {where}",
     .why = "These are the requests by which a cluster is taken over; what is not recorded cannot "
            "be found out.",
     .link = kAuditing},
    {.id = "audit-policy-no-secret-bodies",
     .title = "The audit log does not hold the Secrets themselves",
     .row = "3d",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = NoSecretBodies,
     .setting = "audit-policy-file",
     .expected = "no rule above Metadata matches secrets, configmaps, tokenreviews or "
                 "serviceaccounts/token",
     .remedy = "put \"- level: Metadata\" for secrets, configmaps, tokenreviews and "
               "serviceaccounts/token before that rule at {where}",
     .why = "Whoever reads the log, or the system that it is sent to, would read every Secret and "
            "token.",
     .link = kAuditing},
    {.id = "audit-log-records-something",
     .title = "Requests are really recorded",
     .row = "3d",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = RecordsSomething,
     .setting = "audit-policy-file",
     .expected =
         "a policy with a rule that records, and --audit-log-path or --audit-webhook-config-file",
     .remedy =
         "set --audit-policy-file, and --audit-log-path or --audit-webhook-config-file, at {where}",
     .why = "Flags that look like an audit log, without one, are worse than none: nobody notices "
            "until it is needed.",
     .link = kAuditing},
};

}  // namespace

std::span<const Rule> AuditPolicyRules() { return kRules; }

}  // namespace seawall::rules
