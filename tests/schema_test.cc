// Every JSON output is valid against its published schema.
#include <fmt/chrono.h>
#include <gtest/gtest.h>

#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <ctime>

#include "examples.h"
#include "http_api.h"
#include "program.h"
#include "rbac_api.h"
#include "tree.h"

namespace seawall::test {
namespace {

/// What the schema has against a document; "" when it is valid.
std::string Complaints(const std::string& schema_name, const rapidjson::Document& document) {
  rapidjson::Document text =
      Json(ReadFile(Source() + "/docs/schema/" + schema_name + ".schema.json"));
  valijson::Schema schema;
  valijson::SchemaParser parser;
  valijson::adapters::RapidJsonAdapter schema_adapter(text);
  parser.populateSchema(schema_adapter, schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  valijson::adapters::RapidJsonAdapter adapter(document);
  validator.validate(schema, adapter, &results);
  std::string complaints;
  for (valijson::ValidationResults::Error error;
       results.popError(error) && complaints.size() < 2000;) {
    for (const std::string& step : error.context) complaints += step;
    complaints += ": " + error.description + "\n";
  }
  return complaints;
}

TEST(Schema, AuditOfEveryExampleNode) {
  const Examples& examples = Examples::Get();
  Ran run = Seawall({"audit", "-o", "json", "--root", examples.Path("cp-0"), "--root",
                     examples.Path("master-1"), "--root", examples.Path("etcd-0"), "--root",
                     examples.Path("etcd-1"), "--root", examples.Path("etcd-2")});
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(Complaints("audit", Json(run.out)), "");
}

TEST(Schema, AuditOfAnEmptyFolderAndOfConfiguration) {
  Tree empty;
  Ran run = Seawall({"audit", "-o", "json", "--root", empty.root()});
  EXPECT_EQ(run.status, 3);
  EXPECT_EQ(Complaints("audit", Json(run.out)), "");
  run = Seawall({"audit", "-o", "json", "-f", "-"},
                {.input = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"
                          "kubernetesVersion: v1.37.2\n"});
  EXPECT_EQ(Complaints("audit", Json(run.out)), "");
}

TEST(Schema, AuditAndProveOfACluster) {
  HttpApi api(HttpApi::Empty());
  Ran run = Seawall({"audit", "-o", "json", "--kubeconfig", api.Kubeconfig()});
  EXPECT_LE(run.status, 3) << run.err;
  EXPECT_EQ(Complaints("audit", Json(run.out)), "");
  run = Seawall({"prove", "-o", "json", "--kubeconfig", api.Kubeconfig()});
  EXPECT_EQ(Complaints("prove", Json(run.out)), "");
}

TEST(Schema, Bundle) {
  Tree tree;
  ASSERT_EQ(
      Seawall({"collect", "--root", Examples::Get().Path("cp-0"), "--out", tree.Path("/b")}).status,
      0);
  const Ran run = Seawall({"bundle", "show", "-o", "json", tree.Path("/b")});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(Complaints("bundle", Json(run.out)), "");
}

TEST(Schema, WhatComponentsAndTheApiSaidInABundle) {
  HttpApi api(HttpApi::Empty());
  Tree tree;
  Ran run = Seawall({"collect", "-q", "--prove", "--timeout", "50ms", "--root",
                     Examples::Get().Path("cp-0"), "--kubeconfig", api.Kubeconfig(), "--out",
                     tree.Path("/b")});
  ASSERT_LE(run.status, 3) << run.err;
  const auto entry = [&](const std::string& name) {
    return RunCommand(
        {"sh", "-c", "zstd -dc \"$1\" | tar -xO \"$2\"", "sh", tree.Path("/b"), name});
  };
  run = entry("proofs.json");
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(Complaints("proofs", Json(run.out)), "");
  EXPECT_GT(Json(run.out)["asked"].Size(), 4u);
  for (const char* name : {"bindings", "cluster", "nodes", "pods", "roles", "webhooks"}) {
    run = entry(std::string("api/") + name + ".json");
    ASSERT_EQ(run.status, 0) << name << run.err;
    EXPECT_EQ(Complaints("kept-api", Json(run.out)), "") << name;
  }
}

TEST(Schema, WithWaiversAndABaseline) {
  const std::string node = Examples::Get().Path("cp-0");
  Tree tree;
  tree.Write(
      "/w.yaml",
      "waivers:\n- {rule: apiserver-*, node: cp-0, reason: \"password: hunter2\", expires: "
      "2099-01-31, who: w}\n- {rule: etcd-client-cert-auth, reason: r, expires: 2025-01-31}\n");
  ASSERT_EQ(
      Seawall({"audit", "--root", node, "-o", "json=" + tree.Path("/a.json"), "--severity", "high"})
          .status,
      1);
  for (const char* format : {"json", "sarif", "policyreport"}) {
    Ran run = Seawall({"audit", "--root", node, "--waivers", tree.Path("/w.yaml"), "--baseline",
                       tree.Path("/a.json"), "-o", format});
    EXPECT_EQ(Complaints(std::string(format) == "json" ? "audit" : format, Json(run.out)), "");
    EXPECT_EQ(run.out.find("hunter2"), std::string::npos);
    if (std::string(format) != "policyreport") {
      EXPECT_NE(run.out.find("\"new\""), std::string::npos);
    }
  }
}

TEST(Schema, WithEvidenceAndAttestations) {
  Tree tree;
  tree.Write("/a.yaml",
             "attestations:\n- {rule: rbac-secrets, node: cp-0, who: Ann, when: 2026-11-30, "
             "statement: seen, digest: " +
                 std::string(64, 'a') + ", expires: 2099-01-31}\n");
  Ran run =
      Seawall({"audit", "--root", "cp-0=" + Examples::Get().Path("cp-0"), "--at", "2026-12-01",
               "--evidence", "--attestations", tree.Path("/a.yaml"), "-o", "json"});
  EXPECT_NE(run.out.find("\"verdict\":\"attested\""), std::string::npos) << run.err;
  EXPECT_EQ(Complaints("audit", Json(run.out)), "");
}

TEST(Schema, APolicyOfEveryField) {
  // The same text is YAML.
  const std::string policy =
      R"({"rules": [{"id": "acme-a", "title": "t", "row": "3d", "component": "kube-apiserver",
          "setting": "audit-log-maxage", "comparison": "at-least", "value": 365,
          "severity": "high", "remedy": "r", "why": "w", "link": "https://wiki.example/",
          "refs": [{"framework": "f", "edition": "1", "item": "2"}]}],
          "thresholds": [{"rule": "certificates-not-near-end", "value": 60}]})";
  EXPECT_EQ(Complaints("policy", Json(policy)), "");
  Tree tree;
  tree.Write("/p.json", policy);
  Ran run = Seawall({"rules", "--policy", tree.root(), "-o", "json"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(Complaints("rules", Json(run.out)), "");
  EXPECT_NE(run.out.find("acme-a"), std::string::npos);
}

TEST(Schema, Frameworks) {
  for (const char* framework : {"cis", "nsa", "stig", "pci", "soc2"}) {
    Ran run = Seawall({"rules", "--framework", framework, "-o", "json"});
    EXPECT_EQ(Complaints("framework", Json(run.out)), "") << framework;
  }
}

TEST(Schema, PlanJournalAndStatus) {
  Tree tree;
  tree.CopyFrom(Examples::Get().Path("cp-0"));
  Ran run = Seawall({"harden", "plan", "--root", tree.root(), "-o", "json", "--owned-by",
                     "us=/var/lib/kubelet", "--component-version", "kubelet=1.37.2"});
  EXPECT_EQ(run.status, 1);
  const rapidjson::Document plan = Json(run.out);
  EXPECT_EQ(Complaints("plan", plan), "");
  EXPECT_FALSE(plan["handedOver"].Empty());
  ASSERT_EQ(Seawall({"harden", "apply", "--root", tree.root(), "--offline", "--yes"}).status, 0);
  run = Seawall({"harden", "status", "--root", tree.root(), "-o", "json"});
  const rapidjson::Document status = Json(run.out);
  EXPECT_EQ(Complaints("harden-status", status), "");
  ASSERT_EQ(status["journals"].Size(), 1u);
  const std::string id = status["journals"][0]["id"].GetString();
  EXPECT_EQ(
      Complaints("journal", Json(ReadFile(tree.Path("/var/lib/seawall/" + id + "/journal.json")))),
      "");
  tree.Write("/var/lib/seawall/" + id + "/journal.json", "{");
  run = Seawall({"harden", "history", "--root", tree.root(), "-o", "json"});
  const rapidjson::Document unreadable = Json(run.out);
  EXPECT_EQ(Complaints("harden-status", unreadable), "");
  EXPECT_EQ(unreadable["unreadable"].Size(), 1u);
}

TEST(Schema, WhatIsChangedThroughTheApi) {
  RbacApi api;
  api.Add("ClusterRole", "", "all",
          R"("rules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}])");
  api.Add(
      "ClusterRoleBinding", "", "gone",
      R"("roleRef":{"kind":"ClusterRole","name":"all"},"subjects":[{"kind":"User","name":"bob"}])");
  std::string log;
  for (int at = 60; at >= 0; --at) {
    const std::string time =
        fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr) - 60 * at));
    log += fmt::format(
        R"({{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"{0}","stage":"ResponseComplete",)"
        R"("requestURI":"/x","verb":"get","user":{{"username":"system:x"}},)"
        R"("objectRef":{{"resource":"pods"}},"responseStatus":{{"code":200}},)"
        R"("requestReceivedTimestamp":"{0}","stageTimestamp":"{0}",)"
        R"("annotations":{{"authorization.k8s.io/decision":"allow"}}}})"
        "\n",
        time);
  }
  Tree tree;
  tree.Write("/log", log);
  tree.Write("/policy", "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n");
  const Ran run =
      Seawall({"rbac", "review", "--kubeconfig", api.Kubeconfig(), "--audit-log", tree.Path("/log"),
               "--audit-policy", tree.Path("/policy"), "--root", tree.root(), "--apply", "--yes"});
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  const auto status = Json(Seawall({"harden", "status", "--root", tree.root(), "-o", "json"}).out);
  EXPECT_EQ(Complaints("harden-status", status), "");
  const std::string folder =
      tree.Path("/var/lib/seawall/") + status["journals"][0]["id"].GetString();
  const auto journal = Json(ReadFile(folder + "/journal.json"));
  EXPECT_EQ(Complaints("journal", journal), "");
  EXPECT_STREQ(journal["schemaVersion"].GetString(), "2.0");
  const auto plan = Json(ReadFile(folder + "/plan.json"));
  EXPECT_EQ(Complaints("object-plan", plan), "");
  EXPECT_GT(plan["questions"].Size(), 0u);
}

TEST(Schema, Config) {
  EXPECT_EQ(Complaints("config", Json(Seawall({"config", "view", "-o", "json"}).out)), "");
}

TEST(Schema, Fleet) {
  Tree tree;
  const std::string node = "cp-0=" + Examples::Get().Path("cp-0");
  for (const char* day : {"2026-11-01", "2026-11-02"}) {
    Seawall({"audit", "--root", node, "--at", day, "-o",
             "json=" + tree.Path("/east-" + std::string(day) + ".json")});
  }
  Ran run = Seawall({"report", "--fleet", tree.Path("/east-2026-11-01.json"),
                     tree.Path("/east-2026-11-02.json"), tree.Path("/none.json"), "-o", "json"});
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(Complaints("fleet", Json(run.out)), "");
}

TEST(Schema, Diff) {
  Tree tree;
  for (const char* node : {"cp-0", "master-1"}) {
    ASSERT_EQ(Seawall({"audit", "--root", "n=" + Examples::Get().Path(node), "-o",
                       "json=" + tree.Path("/") + node})
                  .status,
              1);
  }
  Ran run = Seawall({"diff", tree.Path("/cp-0"), tree.Path("/master-1"), "-o", "json"});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(Complaints("diff", Json(run.out)), "");
}

TEST(Schema, OtherFormatsOfJson) {
  const Examples& examples = Examples::Get();
  Tree hostile;
  hostile.Write("/etc/hostname", "CP_0.example\n");
  hostile.Write("/etc/kubernetes/manifests/a b%#?.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  "
                "containers:\n  - name: kube-apiserver\n    command: [kube-apiserver, "
                "\"--bind-address=\\u202e</script>\"]\n");
  for (const char* format : {"sarif", "policyreport"}) {
    Ran run = Seawall({"audit", "-o", format, "--root", examples.Path("cp-0"), "--root",
                       examples.Path("etcd-0"), "--root", hostile.root()});
    EXPECT_EQ(run.status, 1) << run.err;
    EXPECT_EQ(Complaints(format, Json(run.out)), "") << format;
    run = Seawall({"audit", "-o", format, "-f", hostile.Path("/etc/kubernetes/manifests")});
    EXPECT_EQ(Complaints(format, Json(run.out)), "") << format;
  }
}

TEST(Schema, ProofsOfEndpoints) {
  const Ran run = Seawall({"prove", "-o", "json", "--timeout", "200ms", "--endpoint",
                           "127.0.0.1:1=etcd", "--endpoint", "no-such-host.invalid:6443"});
  EXPECT_EQ(run.status, 3);
  EXPECT_EQ(Complaints("prove", Json(run.out)), "");
  EXPECT_EQ(Complaints("rules", Json(Seawall({"rules", "--proofs", "-o", "json"}).out)), "");
}

TEST(Schema, ManagedClusters) {
  const std::string data = Source() + "/tests/data/managed/";
  for (const char* format : {"json", "sarif", "policyreport"}) {
    Ran run =
        Seawall({"audit", "--gke", data + "gke-weak.json", "--eks", data + "eks.json", "--aks",
                 data + "aks-weak.json", "--terraform", data + "plan.json", "-o", format});
    EXPECT_EQ(run.status, 1) << run.err;
    EXPECT_EQ(Complaints(std::string(format) == "json" ? "audit" : format, Json(run.out)), "");
  }
}

TEST(Schema, Rules) {
  EXPECT_EQ(Complaints("rules", Json(Seawall({"rules", "-o", "json"}).out)), "");
  EXPECT_EQ(
      Complaints("rules", Json(Seawall({"explain", "etcd-client-cert-auth", "-o", "json"}).out)),
      "");
}

TEST(Schema, Version) {
  EXPECT_EQ(Complaints("version", Json(Seawall({"version", "-o", "json"}).out)), "");
}

TEST(Schema, Errors) {
  EXPECT_EQ(
      Complaints("error", Json(Seawall({"audit", "-o", "json", "--root", "/no/such/folder"}).err)),
      "");
  EXPECT_EQ(Complaints("error", Json(Seawall({"audit", "-o", "json", "--rules", "nothing"}).err)),
            "");
}

TEST(Schema, AMissingFieldIsSeen) {
  EXPECT_NE(Complaints("version", Json(R"({"schemaVersion":"1.0","name":"seawall"})")), "");
}

TEST(Schema, RbacCanI) {
  Tree tree;
  tree.Write(
      "/r.yaml",
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n"
      "rules: [{verbs: [get], apiGroups: [''], resources: [nodes]}]\n---\napiVersion: "
      "rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: "
      "{kind: ClusterRole, name: r}\nsubjects: [{kind: User, name: u}]\n");
  const std::string file = tree.Path("/r.yaml");
  for (const char* verb : {"get", "list"}) {
    const Ran run = Seawall(
        {"rbac", "can-i", verb, "nodes", "--as", "u", "-f", file, "--why-not", "-o", "json"});
    EXPECT_EQ(Complaints("rbac-can-i", Json(run.out)), "") << run.out;
  }
  const Ran who = Seawall({"rbac", "who-can", "get", "nodes", "-f", file, "-o", "json"});
  EXPECT_NE(who.out.find("\"name\":\"u\""), std::string::npos) << who.out << who.err;
  EXPECT_EQ(Complaints("rbac-who-can", Json(who.out)), "") << who.out;
  const Ran what = Seawall({"rbac", "what-can", "u", "-f", file, "-o", "json"});
  EXPECT_NE(what.out.find("\"resource\":\"nodes\""), std::string::npos) << what.out << what.err;
  EXPECT_EQ(Complaints("rbac-what-can", Json(what.out)), "") << what.out;
  const Ran graph = Seawall({"rbac", "graph", "-f", file, "-o", "json"});
  EXPECT_NE(graph.out.find("\"name\":\"u\""), std::string::npos) << graph.out << graph.err;
  EXPECT_EQ(Complaints("rbac-graph", Json(graph.out)), "") << graph.out;
  tree.Write("/abac", "{\"user\":\"a\",\"group\":\"g\"}\n{\"user\":\"b\"}\n");
  const Ran abac = Seawall({"rbac", "from-abac", tree.Path("/abac"), "-o", "json"});
  EXPECT_EQ(abac.status, 3) << abac.err;
  EXPECT_EQ(Complaints("rbac-from-abac", Json(abac.out)), "") << abac.out;
  const Ran risks = Seawall({"rbac", "risks", "-f", file, "-o", "json"});
  EXPECT_EQ(Complaints("audit", Json(risks.out)), "") << risks.out;
  tree.Write("/log",
             "{\"kind\":\"Event\",\"stage\":\"ResponseComplete\",\"user\":{\"username\":\"u\"},"
             "\"verb\":\"get\",\"requestURI\":\"/healthz\",\"responseStatus\":{\"code\":200}}\n");
  const Ran learn = Seawall({"rbac", "learn", "--audit-log", tree.Path("/log"), "-o", "json"});
  EXPECT_NE(learn.out.find("/healthz"), std::string::npos) << learn.out << learn.err;
  EXPECT_EQ(Complaints("rbac-learn", Json(learn.out)), "") << learn.out;
  tree.Write("/none.yaml", "");
  const Ran review =
      Seawall({"rbac", "review", "-f", file, "--audit-log", tree.Path("/log"), "-o", "json"});
  EXPECT_NE(review.status, 2) << review.err;
  EXPECT_EQ(Complaints("rbac-review", Json(review.out)), "") << review.out;
  const Ran diff = Seawall({"rbac", "diff", tree.Path("/none.yaml"), file, "-o", "json"});
  EXPECT_EQ(diff.status, 1) << diff.err;
  EXPECT_EQ(Complaints("rbac-diff", Json(diff.out)), "") << diff.out;
  tree.Write("/odd.yaml",
             "kind: ClusterRole\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: "
             "{name: o}\nrules: [{apiGroups: [''], resources: [Pods]}]\n");
  const Ran lint = Seawall({"rbac", "lint", "-f", tree.Path("/odd.yaml"), "-o", "json"});
  EXPECT_EQ(lint.status, 1) << lint.err;
  EXPECT_EQ(Complaints("rbac-lint", Json(lint.out)), "") << lint.out;
}

}  // namespace
}  // namespace seawall::test
