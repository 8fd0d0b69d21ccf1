#include "proofs/proof.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/files.h"
#include "base/text.h"
#include "rules/recipe.h"

namespace seawall::proofs {
namespace {

using probe::CertificateTrial;
using probe::ClientAuth;
using probe::GrpcAnswer;
using probe::Known;
using probe::Observation;
using rules::Verdict;
using tls::Version;

/// An endpoint that does everything as it should.
Observation Good(std::string component, std::string role = "") {
  Observation seen;
  seen.endpoint = {"192.0.2.11", 6443, std::move(component), std::move(role), "test"};
  seen.address = "192.0.2.11";
  seen.reachable = Known::kYes;
  seen.plain_http = Known::kNo;
  seen.tls.tls = Known::kYes;
  for (size_t i = 0; i < 5; ++i) {
    tls::VersionResult& version = seen.tls.versions[i];
    version.version = tls::kAllVersions[4 - i];
    version.accepted = version.version >= Version::kTls12 ? Known::kYes : Known::kNo;
    version.complete = true;
  }
  seen.tls.versions[0].suites = {0x1301};
  seen.tls.versions[1].suites = {0xC02F};
  seen.tls.groups = {4588, 29};
  seen.tls.groups_complete = true;
  x509::Certificate certificate;
  certificate.subject = "CN=kube-apiserver";
  certificate.issuer = "CN=kubernetes";
  certificate.not_before = 1000;
  certificate.not_after = 100'000'000;
  certificate.ip_addresses = {"192.0.2.11"};
  certificate.key_type = "RSA";
  certificate.key_bits = 2048;
  certificate.signature_algorithm = "sha256WithRSAEncryption";
  seen.handshake.emplace();
  seen.handshake->complete = true;
  seen.handshake->client_auth = ClientAuth::kRequested;
  seen.handshake->chain = {certificate};
  if (seen.endpoint.component == "etcd") seen.handshake->client_auth = ClientAuth::kRequired;
  seen.habits.renegotiates = Known::kNo;
  for (const char* kind : {"foreign-ca", "expired", "wrong-usage"}) {
    seen.trials.push_back({kind, "", CertificateTrial::Outcome::kRefused, "alert bad_certificate"});
  }
  if (seen.endpoint.component == "etcd") {
    GrpcAnswer answer;
    answer.method = "/etcdserverpb.KV/Range";
    answer.with = "no certificate";
    answer.refused = true;
    seen.grpc = {answer};
  }
  for (const char* path :
       {"/", "/pods", "/metrics", "/debug/pprof/", "/api/v1/secrets", "/v2/keys"}) {
    const bool refused = seen.endpoint.component == "etcd";
    seen.anonymous.push_back({path, refused ? std::nullopt : std::optional<int>(401), refused, ""});
  }
  return seen;
}

std::map<std::string, rules::Finding> Of(const Observation& seen,
                                         const cluster::Node* node = nullptr) {
  std::map<std::string, rules::Finding> by_rule;
  const cluster::Component* component = node ? &node->components.front() : nullptr;
  for (rules::Finding& finding :
       Judge({.seen = seen, .node = node, .component = component, .now = 50'000'000}, "cp-0"))
    by_rule.emplace(finding.rule->id, std::move(finding));
  return by_rule;
}

Verdict VerdictOf(const Observation& seen, const std::string& rule) {
  const auto all = Of(seen);
  const auto found = all.find(rule);
  EXPECT_NE(found, all.end()) << rule;
  return found == all.end() ? Verdict::kWaived : found->second.outcome.verdict;
}

TEST(Proofs, WhatIsGoodFailsNothing) {
  for (const char* component : {"kube-apiserver", "kube-controller-manager", "kube-scheduler",
                                "kubelet", "kube-proxy", "etcd", ""}) {
    for (const auto& [id, finding] : Of(Good(component))) {
      const Verdict verdict = finding.outcome.verdict;
      if (id == "served-certificate-chain") continue;  // nobody said which CA clients have
      EXPECT_TRUE(verdict == Verdict::kPass || verdict == Verdict::kNotApplicable)
          << component << " " << id << ": " << finding.outcome.reason;
    }
  }
}

TEST(Proofs, AChainThatEndsAtAnIssuerThatIsNotShownIsUnknownWithoutItsCa) {
  const auto all = Of(Good("kube-apiserver"));
  const auto& outcome = all.at("served-certificate-chain").outcome;
  EXPECT_EQ(outcome.verdict, Verdict::kUnknown);
  EXPECT_TRUE(outcome.manual);
  EXPECT_NE(outcome.reason.find("CN=kubernetes"), std::string::npos);
  Observation seen = Good("kube-apiserver");
  seen.handshake->chain[0].self_signed = true;
  EXPECT_EQ(VerdictOf(seen, "served-certificate-chain"), Verdict::kPass);
}

TEST(Proofs, AShortPrimeIsBroken) {
  Observation seen = Good("");
  seen.tls.versions[1].suites = {0x0033};
  for (const auto& [bits, verdict] :
       {std::pair{1024, Verdict::kFail}, {1536, Verdict::kFail}, {2048, Verdict::kPass}}) {
    seen.tls.dh_bits = bits;
    EXPECT_EQ(VerdictOf(seen, "served-no-broken-suites"), verdict) << bits;
  }
}

TEST(Proofs, ACertificateThatIsAskedForInTheClearIsAskedFor) {
  Observation seen = Good("kubelet");
  seen.handshake->client_auth = ClientAuth::kUnknown;
  EXPECT_EQ(VerdictOf(seen, "asks-for-client-certificates"), Verdict::kUnknown);
  seen.handshake->asks = true;
  EXPECT_EQ(VerdictOf(seen, "asks-for-client-certificates"), Verdict::kPass);
}

/// What a server takes with which OpenSSL can make no handshake, and what a probe then sees.
Observation OutOfReach(const char* component, std::vector<uint16_t> suites,
                       std::vector<uint16_t> groups) {
  Observation seen = Good(component);
  seen.tls.versions[0].accepted = groups.empty() ? Known::kNo : Known::kYes;
  seen.tls.versions[1].accepted = suites.empty() ? Known::kNo : Known::kYes;
  seen.tls.versions[1].suites = std::move(suites);
  seen.tls.groups = std::move(groups);
  seen.handshake.emplace();
  seen.handshake->why = "alert handshake_failure";
  seen.habits = {};
  seen.trials.clear();
  seen.grpc.clear();
  for (auto& answer : seen.anonymous) answer.status.reset(), answer.refused = false;
  return seen;
}

TEST(Proofs, WhatNoHandshakeShowsIsUnknownAndSaysWhy) {
  const std::set<std::string> without = {"served-no-plain-http",    "served-tls-floor",
                                         "served-no-broken-suites", "served-no-weak-suites",
                                         "served-post-quantum",     "served-no-compression"};
  for (const char* component : {"kube-apiserver", "kubelet", "etcd"}) {
    for (const auto& [seen, only, how] :
         {std::tuple{OutOfReach(component, {0x0005, 0x000A}, {}),
                     "TLS_RSA_WITH_RC4_128_SHA, TLS_RSA_WITH_3DES_EDE_CBC_SHA",
                     "served-no-broken-suites"},
          std::tuple{OutOfReach(component, {}, {4588}), "X25519MLKEM768", "OpenSSL 3.5"},
          std::tuple{OutOfReach(component, {0x000A}, {4588}),
                     "TLS_RSA_WITH_3DES_EDE_CBC_SHA, X25519MLKEM768", "prove again"}}) {
      size_t unknown = 0;
      for (const auto& [id, finding] : Of(seen)) {
        if (without.contains(id)) continue;
        const auto& outcome = finding.outcome;
        EXPECT_NE(outcome.verdict, Verdict::kPass) << component << " " << id;
        EXPECT_NE(outcome.verdict, Verdict::kFail) << component << " " << id;
        if (outcome.verdict != Verdict::kUnknown) continue;
        ++unknown;
        EXPECT_NE(outcome.reason.find(only), std::string::npos) << id << ": " << outcome.reason;
        EXPECT_NE(outcome.reason.find(how), std::string::npos) << id << ": " << outcome.reason;
      }
      EXPECT_GE(unknown, 8u) << component;
    }
  }
}

TEST(Proofs, ASuiteThatOpenSslHasIsNoReason) {
  for (const Observation& seen :
       {OutOfReach("etcd", {0x000A, 0xC02F}, {}), OutOfReach("etcd", {}, {4588, 29}),
        OutOfReach("etcd", {0xC02F}, {4588})}) {
    const std::string reason = Of(seen).at("etcd-refuses-without-certificate").outcome.reason;
    EXPECT_NE(reason.find("alert handshake_failure"), std::string::npos) << reason;
  }
}

TEST(Proofs, ACertificateThatAComponentMadeForItselfWasIssuedByNobody) {
  const auto verdict = [](const char* name, const char* issuer) {
    Observation seen = Good("kube-apiserver");
    seen.handshake->chain[0].common_name = name;
    seen.handshake->chain[0].issuer = issuer;
    return VerdictOf(seen, "served-certificate-issued");
  };
  EXPECT_EQ(verdict("192.0.2.11@1795496954", "CN=192.0.2.11-ca@1795496954"), Verdict::kFail);
  // The clock may have gone on between the two.
  EXPECT_EQ(verdict("192.0.2.11@1795496954", "CN=192.0.2.11-ca@1795496953"), Verdict::kFail);
  EXPECT_EQ(verdict("192.0.2.11@1795496954", "CN=192.0.2.12-ca@1795496954"), Verdict::kPass);
  EXPECT_EQ(verdict("192.0.2.11@1795496954", "CN=192.0.2.11-ca@"), Verdict::kPass);
  EXPECT_EQ(verdict("admin@example", "CN=admin-ca@example"), Verdict::kPass);
}

TEST(Proofs, WhatWasNotReachedPassesNothing) {
  for (const char* component : {"kube-apiserver", "kubelet", "kube-proxy", "etcd", ""}) {
    for (const Known reachable : {Known::kNo, Known::kUnknown}) {
      Observation seen;
      seen.endpoint = {"192.0.2.11", 1, component, "", ""};
      seen.reachable = reachable;
      for (size_t i = 0; i < 5; ++i) seen.tls.versions[i].version = tls::kAllVersions[i];
      bool unknown = false;
      for (const auto& [id, finding] : Of(seen)) {
        EXPECT_NE(finding.outcome.verdict, Verdict::kPass) << component << " " << id;
        EXPECT_NE(finding.outcome.verdict, Verdict::kFail) << component << " " << id;
        unknown |= finding.outcome.verdict == Verdict::kUnknown;
      }
      EXPECT_TRUE(unknown) << component;
    }
  }
}

TEST(Proofs, EachMistakeFailsItsRule) {
  struct Case {
    const char* component;
    const char* rule;
    void (*plant)(Observation&);
  };
  const Case cases[] = {
      {"", "served-no-plain-http", [](Observation& o) { o.plain_http = Known::kYes; }},
      {"", "served-tls-floor", [](Observation& o) { o.tls.versions[3].accepted = Known::kYes; }},
      {"", "served-no-broken-suites", [](Observation& o) { o.tls.versions[1].suites = {0x000A}; }},
      {"", "served-no-broken-suites",
       [](Observation& o) { o.tls.versions[1].suites = {0xC02F, 0x0034}; }},
      {"", "served-no-weak-suites", [](Observation& o) { o.tls.versions[1].suites = {0xC013}; }},
      {"", "served-post-quantum", [](Observation& o) { o.tls.groups = {29, 23}; }},
      {"", "served-no-compression", [](Observation& o) { o.tls.versions[1].compression = true; }},
      {"", "served-no-renegotiation", [](Observation& o) { o.habits.renegotiates = Known::kYes; }},
      {"", "served-no-renegotiation",
       [](Observation& o) { o.habits.secure_renegotiation = Known::kNo; }},
      {"", "served-certificate-chain",
       [](Observation& o) { o.handshake->chain.push_back(o.handshake->chain.front()); }},
      {"kubelet", "refuses-foreign-certificates",
       [](Observation& o) { o.trials[1].outcome = CertificateTrial::Outcome::kAccepted; }},
      {"etcd", "refuses-other-cas-of-the-cluster",
       [](Observation& o) {
         o.trials.push_back({"other-ca", "/etc/kubernetes/pki/ca.crt",
                             CertificateTrial::Outcome::kAccepted, "GET /: status 404"});
       }},
      {"etcd", "etcd-reads-out-nothing", [](Observation& o) { o.grpc[0].status = 0; }},
      {"etcd", "etcd-reads-out-nothing", [](Observation& o) { o.anonymous.back().status = 200; }},
      {"etcd", "etcd-serves-no-v2",
       [](Observation& o) { o.anonymous.back() = {"/v2/keys", 401, false, ""}; }},
      {"kube-apiserver", "no-foreign-origins",
       [](Observation& o) { o.allows_origin = "https://seawall-none.invalid"; }},
      {"", "served-certificate-in-time",
       [](Observation& o) { o.handshake->chain[0].not_after = 2000; }},
      {"", "served-certificate-in-time",
       [](Observation& o) { o.handshake->chain[0].not_before = 60'000'000; }},
      {"", "served-certificate-strong",
       [](Observation& o) { o.handshake->chain[0].key_bits = 1024; }},
      {"", "served-certificate-strong",
       [](Observation& o) { o.handshake->chain[0].signature_sha1_or_md5 = true; }},
      {"", "served-certificate-issued",
       [](Observation& o) { o.handshake->chain[0].self_signed = true; }},
      {"kube-apiserver", "served-certificate-names",
       [](Observation& o) { o.handshake->chain[0].ip_addresses.clear(); }},
      {"kubelet", "no-anonymous-kubelet", [](Observation& o) { o.anonymous[1].status = 403; }},
      {"kubelet", "no-anonymous-kubelet", [](Observation& o) { o.anonymous[1].status = 200; }},
      {"kube-apiserver", "no-anonymous-apiserver",
       [](Observation& o) { o.anonymous[0].status = 403; }},
      {"kube-apiserver", "no-anonymous-secrets",
       [](Observation& o) { o.anonymous[4].status = 200; }},
      {"kube-scheduler", "no-anonymous-profiles",
       [](Observation& o) { o.anonymous[3].status = 200; }},
      {"kube-proxy", "no-anonymous-metrics", [](Observation& o) { o.anonymous[2].status = 200; }},
      {"kubelet", "no-read-only-kubelet", [](Observation& o) { o.endpoint.role = "read-only"; }},
      {"kube-apiserver", "no-insecure-port",
       [](Observation& o) {
         o.endpoint.role = "insecure";
         o.plain_http = Known::kYes;
       }},
      {"etcd", "etcd-refuses-without-certificate",
       [](Observation& o) { o.handshake->client_auth = ClientAuth::kNone; }},
      {"etcd", "etcd-refuses-without-certificate",
       [](Observation& o) { o.handshake->client_auth = ClientAuth::kRequested; }},
      {"kubelet", "asks-for-client-certificates",
       [](Observation& o) { o.handshake->client_auth = ClientAuth::kNone; }},
  };
  for (const Case& one : cases) {
    Observation seen = Good(one.component);
    one.plant(seen);
    EXPECT_EQ(VerdictOf(seen, one.rule), Verdict::kFail) << one.rule;
  }
}

TEST(Proofs, WhatWasNotAnsweredIsUnknown) {
  struct Case {
    const char* component;
    const char* rule;
    void (*plant)(Observation&);
  };
  const Case cases[] = {
      {"", "served-no-plain-http", [](Observation& o) { o.plain_http = Known::kUnknown; }},
      {"", "served-tls-floor",
       [](Observation& o) { o.tls.versions[4].accepted = Known::kUnknown; }},
      {"", "served-no-weak-suites", [](Observation& o) { o.tls.versions[1].complete = false; }},
      {"", "served-post-quantum",
       [](Observation& o) {
         o.tls.groups = {29};
         o.tls.groups_complete = false;
       }},
      {"", "served-certificate-in-time", [](Observation& o) { o.handshake.reset(); }},
      {"kubelet", "no-anonymous-kubelet", [](Observation& o) { o.anonymous[2].status.reset(); }},
      // A kubelet without the paths that were asked for has not shown anything.
      {"kubelet", "no-anonymous-kubelet",
       [](Observation& o) {
         for (auto& answer : o.anonymous) answer.status = 404;
       }},
      {"etcd", "etcd-refuses-without-certificate",
       [](Observation& o) { o.handshake->client_auth = ClientAuth::kUnknown; }},
      {"", "served-no-renegotiation",
       [](Observation& o) { o.habits.renegotiates = Known::kUnknown; }},
      {"kubelet", "refuses-foreign-certificates",
       [](Observation& o) { o.trials[0].outcome = CertificateTrial::Outcome::kUnknown; }},
      {"kubelet", "refuses-foreign-certificates", [](Observation& o) { o.trials.clear(); }},
      {"etcd", "etcd-reads-out-nothing", [](Observation& o) { o.grpc[0].refused = false; }},
  };
  for (const Case& one : cases) {
    Observation seen = Good(one.component);
    one.plant(seen);
    EXPECT_EQ(VerdictOf(seen, one.rule), Verdict::kUnknown) << one.rule;
  }
}

/// A server that wants a name answers every hello without one with an alert: that it refused old
/// versions and weak suites, too, says nothing about those whom it knows.
TEST(Proofs, WhoRefusesEveryHelloHasShownNothing) {
  Observation seen = Good("kube-apiserver");
  for (tls::VersionResult& version : seen.tls.versions) {
    version.accepted = Known::kNo;
    version.suites.clear();
  }
  seen.tls.groups.clear();
  for (const char* rule : {"served-tls-floor", "served-no-broken-suites", "served-no-weak-suites",
                           "served-post-quantum", "served-no-compression"})
    EXPECT_EQ(VerdictOf(seen, rule), Verdict::kUnknown) << rule;
}

TEST(Proofs, PortsWhereNobodyShouldListenPassWhenNobodyDoes) {
  Observation seen;
  seen.endpoint = {"127.0.0.1", 10255, "kubelet", "read-only", ""};
  seen.reachable = Known::kNo;
  for (const auto& [id, finding] : Of(seen)) {
    EXPECT_EQ(finding.outcome.verdict,
              id == "no-read-only-kubelet" ? Verdict::kPass : Verdict::kNotApplicable)
        << id;
  }
  seen.reachable = Known::kUnknown;
  EXPECT_EQ(VerdictOf(seen, "no-read-only-kubelet"), Verdict::kUnknown);
}

TEST(Proofs, MetricsOfTheMachineItselfMayBePlaintext) {
  Observation seen = Good("etcd", "metrics");
  seen.plain_http = Known::kYes;
  EXPECT_EQ(VerdictOf(seen, "served-no-plain-http"), Verdict::kFail);
  seen.address = "127.0.0.1";
  EXPECT_EQ(VerdictOf(seen, "served-no-plain-http"), Verdict::kNotApplicable);
}

cluster::Node NodeWith(const char* anonymous) {
  cluster::Node node;
  node.files = std::make_shared<MemoryFiles>();
  cluster::Component kubelet;
  kubelet.kind = cluster::ComponentKind::kKubelet;
  kubelet.instance = "kubelet.service";
  kubelet.version = cluster::Version{1, 37, 2, "test", {}};
  cluster::Setting setting;
  setting.name = "authentication.anonymous.enabled";
  setting.state = cluster::SettingState::kSet;
  setting.text = anonymous;
  setting.items = {{anonymous, {}}};
  setting.origin = {cluster::OriginKind::kFile, {"/var/lib/kubelet/config.yaml", 3, 5, {}}, ""};
  kubelet.written.emplace(setting.name, setting);
  node.components.push_back(std::move(kubelet));
  return node;
}

TEST(Proofs, WhereFileAndProofDisagreeTheProofWinsAndSaysSo) {
  const cluster::Node says_off = NodeWith("false");
  Observation seen = Good("kubelet");
  seen.anonymous[1].status = 200;
  auto finding = Of(seen, &says_off).at("no-anonymous-kubelet");
  EXPECT_EQ(finding.outcome.verdict, Verdict::kFail);
  EXPECT_NE(finding.outcome.reason.find("its files say otherwise"), std::string::npos);
  EXPECT_EQ(finding.outcome.evidence.back().place.file, "/var/lib/kubelet/config.yaml");

  const cluster::Node says_on = NodeWith("true");
  finding = Of(Good("kubelet"), &says_on).at("no-anonymous-kubelet");
  EXPECT_EQ(finding.outcome.verdict, Verdict::kPass);
  EXPECT_NE(finding.outcome.reason.find("its files say otherwise"), std::string::npos);

  finding = Of(Good("kubelet"), &says_off).at("no-anonymous-kubelet");
  EXPECT_EQ(finding.outcome.reason.find("otherwise"), std::string::npos);
}

/// What the files say, beside what was proven of these listeners.
rules::Finding Reconciled(const cluster::Node& node, const std::vector<Observation>& listeners) {
  const cluster::Component& kubelet = node.components.front();
  rules::Selection one;
  one.ids = {"kubelet-anonymous-auth"};
  std::vector<rules::Finding> files = rules::Evaluate(node, one, 0);
  std::vector<Proven> proven;
  for (const Observation& seen : listeners) {
    proven.push_back(
        {&kubelet, seen.endpoint,
         Judge({.seen = seen, .node = &node, .component = &kubelet, .now = 50'000'000}, "cp-0")});
  }
  LetProofsWin(proven, files);
  EXPECT_EQ(files.size(), 1U);
  return files.front();
}

TEST(Proofs, WhatIsProvenOverrulesTheFindingOfTheFiles) {
  const cluster::Node off = NodeWith("false");
  const cluster::Node on = NodeWith("true");
  Observation open = Good("kubelet");
  open.anonymous[1].status = 200;
  Observation silent = Good("kubelet");
  silent.anonymous[1].status = std::nullopt;

  rules::Finding finding = Reconciled(off, {open});
  EXPECT_EQ(finding.outcome.verdict, Verdict::kFail);
  EXPECT_NE(finding.outcome.reason.find("its files say otherwise"), std::string::npos);
  EXPECT_NE(finding.outcome.reason.find("no-anonymous-kubelet"), std::string::npos);
  EXPECT_EQ(finding.outcome.reason.find("otherwise"), finding.outcome.reason.rfind("otherwise"));
  EXPECT_EQ(finding.outcome.evidence.back().origin, "proof");

  finding = Reconciled(on, {Good("kubelet")});
  EXPECT_EQ(finding.outcome.verdict, Verdict::kPass);
  EXPECT_NE(finding.outcome.reason.find("from its next start on"), std::string::npos);

  // One listener that lets strangers in is enough, and one that is not known keeps the files' word.
  EXPECT_EQ(Reconciled(on, {Good("kubelet"), open}).outcome.verdict, Verdict::kFail);
  EXPECT_EQ(Reconciled(on, {Good("kubelet"), silent}).outcome.verdict, Verdict::kFail);
  EXPECT_EQ(Reconciled(off, {silent}).outcome.verdict, Verdict::kPass);
  EXPECT_EQ(Reconciled(off, {Good("kubelet")}).outcome.reason.find("otherwise"), std::string::npos);
}

TEST(Proofs, AProofThatShowsLessThanTheRuleAsksOnlyRefutesIt) {
  const auto words = [](const char* id, const char* role) {
    std::map<std::string, bool> all;
    for (const ProofRule& proof : AllProofRules()) {
      if (std::string_view(proof.rule.id) != id) continue;
      for (const FileRule& file : FileRulesOf(proof, {"", 0, "etcd", role, ""}))
        all[file.rule->id] = file.only_refutes;
    }
    return all;
  };
  EXPECT_EQ(words("no-anonymous-profiles", "client"),
            (std::map<std::string, bool>{{"etcd-pprof-off", true}}));
  EXPECT_EQ(words("etcd-refuses-without-certificate", "client"),
            (std::map<std::string, bool>{{"etcd-client-cert-auth", false}}));
  EXPECT_EQ(words("etcd-refuses-without-certificate", "peer"),
            (std::map<std::string, bool>{{"etcd-peer-client-cert-auth", false}}));
  EXPECT_TRUE(words("etcd-refuses-without-certificate", "metrics").empty());
}

TEST(Proofs, TheTableSaysEverything) {
  std::set<std::string_view> ids;
  for (const ProofRule& proof : AllProofRules()) {
    const rules::Rule& rule = proof.rule;
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_EQ(rules::FindRule(rule.id), nullptr) << rule.id << " is a rule of the audit, too";
    EXPECT_EQ(FindProofRule(rule.id), &rule);
    for (const char* text : {rule.title, rule.row, rule.expected, rule.remedy, rule.why, rule.link})
      EXPECT_FALSE(std::string_view(text).empty()) << rule.id;
    EXPECT_TRUE(std::ranges::any_of(rules::AllRows(), [&](const rules::Row& row) {
      return std::string_view(row.id) == rule.row;
    }));
    for (std::string_view id : Split(proof.files, ' ')) {
      if (id.empty()) continue;
      if (id.starts_with('!')) id.remove_prefix(1);
      EXPECT_NE(rules::FindRule(id.substr(0, id.find('@'))), nullptr) << rule.id << " names " << id;
    }
  }
  EXPECT_EQ(FindProofRule("no-such-proof"), nullptr);
}

}  // namespace
}  // namespace seawall::proofs
