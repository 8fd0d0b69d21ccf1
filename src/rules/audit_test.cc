#include "rules/audit_coverage.h"
#include "rules/control_plane_rules.h"
#include "rules/test_cases.h"
#include "rules/test_pki.h"

namespace seawall::rules {
namespace {

using cluster::ComponentKind;

std::string Policy(const std::string& rules, const std::string& more = "") {
  return "apiVersion: audit.k8s.io/v1\nkind: Policy\n" + more + "rules:\n" + rules;
}
const std::string kMetadata = "- level: Metadata\n";
const Pairs kPolicy = {{"audit-policy-file", "/p"}};
const Pairs kLogged = {{"audit-policy-file", "/p"}, {"audit-log-path", "/var/log/audit.log"}};

Pairs File(const std::string& text) { return {{"/p", text}}; }
Pairs Path(const char* name, const char* value) {
  return {{"audit-log-path", "/l"}, {name, value}};
}

TEST(AuditLogs, EachRuleSaysWhatIsTrue) {
  std::vector<RuleCase> cases = {
      {"audit-log-path", {}, "fail"},
      {"audit-log-path", {{"audit-log-path", "/l"}}, "pass"},
      {"audit-log-path", {{"audit-log-path", "?"}}, "unknown"},
      {"audit-log-maxage", {{"audit-log-path", "/l"}}, "pass"},
      {"audit-log-maxage", {{"audit-log-path", "/l"}}, "fail", {}, 35},
      {"audit-log-maxage", {{"audit-log-path", "/l"}}, "unknown", {}, 0},
      {"audit-log-maxage", {{"audit-log-path", "-"}}, "unknown"},
      {"audit-log-maxage", {}, "fail"},
      {"audit-log-maxage", Path("audit-log-maxage", "29"), "fail"},
      {"audit-log-maxage", Path("audit-log-maxage", "0"), "fail"},
      {"audit-log-maxbackup", Path("audit-log-maxbackup", "10"), "pass"},
      {"audit-log-maxbackup", Path("audit-log-maxbackup", "9"), "fail"},
      {"audit-log-maxbackup", Path("audit-log-maxbackup", "?"), "unknown"},
      {"audit-log-maxsize", Path("audit-log-maxsize", "100"), "pass"},
      {"audit-log-maxsize", Path("audit-log-maxsize", "99"), "fail"},
      {"audit-log-maxsize", Path("audit-log-maxsize", "?"), "unknown"},
      {"audit-log-rotates", {}, "not-applicable"},
      {"audit-log-rotates", {{"audit-log-path", "/l"}}, "pass"},
      {"audit-log-rotates", {{"audit-log-path", "/l"}}, "fail", {}, 35},
      {"audit-log-rotates", Path("audit-log-maxsize", "0"), "fail"},
      {"audit-log-rotates", {{"audit-log-path", "?"}}, "unknown"},
      {"audit-log-outlives-container", {{"audit-log-path", "/l"}}, "pass"},
      {"audit-log-outlives-container", {{"audit-log-path", "?"}}, "unknown"},
      {"audit-log-outside-cluster", {}, "fail"},
      {"audit-log-outside-cluster", {{"audit-log-path", "/l"}}, "unknown"},
      {"audit-log-outside-cluster", {{"audit-webhook-config-file", "/w"}}, "pass", {{"/w", "x"}}},
      {"audit-log-outside-cluster", {{"audit-webhook-config-file", "/w"}}, "unknown"},
      {"audit-webhook-tls", {}, "not-applicable"},
      {"audit-webhook-tls",
       {{"audit-webhook-config-file", "/w"}},
       "pass",
       {{"/w", KubeconfigText("server: 'https://c'", "token: x")}}},
      {"audit-webhook-tls",
       {{"audit-webhook-config-file", "/w"}},
       "fail",
       {{"/w", KubeconfigText("server: 'http://c'", "token: x")}}},
      {"audit-webhook-tls", {{"audit-webhook-config-file", "/w"}}, "unknown", {{"/w", "["}}},
      {"audit-log-format", Path("audit-log-format", "legacy"), "fail"},
      {"audit-log-format", {{"audit-log-path", "/l"}}, "pass"},
      {"audit-log-format", {{"audit-log-path", "/l"}}, "unknown", {}, 0},
      {"audit-log-mode-blocking", Path("audit-log-mode", "batch"), "fail"},
      {"audit-log-mode-blocking", {{"audit-log-path", "/l"}}, "pass"},
      {"audit-log-mode-blocking", {{"audit-log-path", "/l"}}, "unknown", {}, 0},
  };
  RunCases(ComponentKind::kApiServer, cases);
  TestNode test;
  cluster::Component& server = test.Add(ComponentKind::kApiServer);
  server.in_container = true;
  TestNode::Set(server, "audit-log-path", "/var/log/audit.log");
  EXPECT_EQ(test.Verdict("audit-log-outlives-container"), "fail");
  cases.push_back({"audit-log-outlives-container", {}, "fail"});
  ExpectAllVerdicts(AuditLogRules(), cases);
}

TEST(AuditPolicy, EachRuleSaysWhatIsTrue) {
  const std::string bodies = "- level: RequestResponse\n";
  const std::string none = "- level: None\n";
  const auto covers = [](const char* verdict, const std::string& rules,
                         const std::string& more = "") {
    return RuleCase{"audit-policy-covers-key-concerns", kPolicy, verdict,
                    File(Policy(rules, more))};
  };
  const std::vector<RuleCase> cases = {
      {"audit-policy", {}, "fail"},
      {"audit-policy", kPolicy, "pass", File(Policy(kMetadata))},
      {"audit-policy", kPolicy, "unknown"},
      {"audit-policy", kPolicy, "unknown", File("rules: [")},
      {"audit-policy", kPolicy, "unknown", File(Policy("- level: Loud\n"))},
      {"audit-policy-covers-key-concerns", {}, "fail"},
      {"audit-policy-covers-key-concerns", kPolicy, "unknown"},
      covers("pass", kMetadata),
      covers("fail", none),
      covers("fail", bodies),
      covers("fail", "- {level: Metadata, resources: [{group: '', resources: [secrets]}]}\n"),
      covers("pass",
             "- {level: None, users: ['system:kube-proxy'], verbs: [watch], resources: [{group: "
             "'', resources: "
             "[endpoints, services]}]}\n" +
                 kMetadata),
      covers("unknown",
             "- {level: None, users: ['a'], resources: [{group: '', resources: [secrets]}]}\n" +
                 kMetadata),
      covers("fail", "- {level: None, userGroups: ['system:authenticated']}\n" + kMetadata),
      covers("fail", "- {level: None, namespaces: [kube-system]}\n" + kMetadata),
      covers("fail", "- {level: None, verbs: [get, list, watch]}\n" + kMetadata),
      covers("pass",
             "- {level: None, resources: [{group: '', resources: [pods/log, pods/status]}]}\n" +
                 kMetadata),
      covers("fail",
             "- {level: None, resources: [{group: '', resources: ['pods/*']}]}\n" + kMetadata),
      covers("fail", kMetadata, "omitStages: [RequestReceived, ResponseComplete]\n"),
      covers("pass", kMetadata, "omitStages: [RequestReceived]\n"),
      covers("pass",
             "- {level: Metadata, resources: [{group: '', resources: [secrets, configmaps, "
             "serviceaccounts/token]}, "
             "{group: authentication.k8s.io, resources: [tokenreviews]}]}\n" +
                 bodies),
      {"audit-policy-no-secret-bodies", kPolicy, "pass", File(Policy(kMetadata))},
      {"audit-policy-no-secret-bodies", kPolicy, "fail", File(Policy(bodies))},
      {"audit-policy-no-secret-bodies", kPolicy, "fail",
       File(Policy(
           "- {level: Request, users: [a], resources: [{group: '', resources: [secrets]}]}\n" +
           kMetadata))},
      {"audit-policy-no-secret-bodies", kPolicy, "pass",
       File(Policy("- {level: Request, resources: [{group: '', resources: [pods]}]}\n" +
                   kMetadata))},
      {"audit-policy-no-secret-bodies", kPolicy, "fail",
       File(Policy("- {level: None, namespaces: [kube-system]}\n" + bodies))},
      {"audit-policy-no-secret-bodies", kPolicy, "fail",
       File(Policy("- {level: None, userGroups: ['system:serviceaccounts']}\n" + bodies))},
      {"audit-policy-no-secret-bodies", kPolicy, "pass",
       File(Policy("- {level: None, userGroups: ['system:authenticated']}\n" + bodies))},
      {"audit-policy-no-secret-bodies", kPolicy, "unknown"},
      {"audit-policy-no-secret-bodies", {}, "not-applicable"},
      {"audit-log-records-something", kLogged, "pass", File(Policy(kMetadata))},
      {"audit-log-records-something", kLogged, "fail", File(Policy(none + kMetadata))},
      {"audit-log-records-something", kPolicy, "fail", File(Policy(kMetadata))},
      {"audit-log-records-something", {{"audit-log-path", "/l"}}, "fail"},
      {"audit-log-records-something", kLogged, "unknown"},
  };
  RunCases(ComponentKind::kApiServer, cases);
  ExpectAllVerdicts(AuditPolicyRules(), cases);
}

}  // namespace
}  // namespace seawall::rules
