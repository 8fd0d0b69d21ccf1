// `seawall rbac can-i`, `who-can`, `what-can`, `from-abac`, `risks` and `graph` as a user types
// them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

constexpr const char* kShop = R"(# Source: shop/templates/rbac.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- verbs: [get, list]
  apiGroups: [""]
  resources: [pods, secrets]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: devs, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: Group, name: devs}]
)";

class CanI : public testing::Test {
 protected:
  void SetUp() override { tree_.Write("/rbac/shop.yaml", kShop); }
  Ran Ask(std::vector<std::string> words, const RunOptions& options = {}) {
    words.insert(words.begin(), {"rbac", "can-i"});
    words.insert(words.end(), {"-f", "rbac"});
    RunOptions here = options;
    here.directory = tree_.root();
    return Seawall(words, here);
  }
  Tree tree_;
};

TEST_F(CanI, YesWithItsReason) {
  const Ran run = Ask({"get", "po", "-n", "shop", "--as", "alice", "--as-group", "devs", "--why"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out,
            "yes - RBAC: allowed by RoleBinding \"devs/shop\" of ClusterRole \"reader\" to Group "
            "\"devs\"\n"
            "  RoleBinding \"devs/shop\" of ClusterRole \"reader\" to Group \"devs\" "
            "(rbac/shop.yaml:10)\n"
            "  rule 1 (rbac/shop.yaml:6): verbs [get list], resources [pods secrets] of apiGroups "
            "[\"\"]\n");
}

TEST_F(CanI, NoAndWhatWouldDo) {
  const Ran run =
      Ask({"delete", "pods/x", "-n", "shop", "--as", "alice", "--as-group", "devs", "--why-not"});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_TRUE(run.out.starts_with("no\n  nearest: RoleBinding \"devs/shop\"")) << run.out;
  EXPECT_NE(run.out.find("it lacks: verb delete\n"), std::string::npos) << run.out;
  // What it proposes does what it says.
  tree_.Write("/rbac/more.yaml", run.out.substr(run.out.find("apiVersion: ")));
  EXPECT_EQ(Ask({"delete", "pods/x", "-n", "shop", "--as", "alice"}).status, 0);
  EXPECT_EQ(Ask({"delete", "pods/y", "-n", "shop", "--as", "alice"}).status, 1);
}

TEST_F(CanI, WhatAnAuthorizerOfItsOwnDecidesIsUnknown) {
  const Ran run = Ask({"get", "pods/x", "-n", "shop", "--as", "system:node:a", "--as-group",
                       "system:nodes", "--authorization-mode", "Node,RBAC"});
  EXPECT_EQ(run.status, 3);
  EXPECT_TRUE(run.out.starts_with("unknown - ")) << run.out;
  EXPECT_EQ(Ask({"get", "pods", "-n", "shop", "--as", "a", "--as-group", "devs",
                 "--authorization-mode", "Webhook,RBAC"})
                .status,
            3);
  EXPECT_EQ(Ask({"get", "pods", "-n", "shop", "--as", "a", "--as-group", "devs",
                 "--authorization-mode", "RBAC,Webhook"})
                .status,
            0);
}

constexpr const char* kAuthorizers = R"yaml(apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- type: Webhook
  name: opa
  webhook:
    timeout: 3s
    subjectAccessReviewVersion: v1
    matchConditionSubjectAccessReviewVersion: v1
    failurePolicy: Deny
    connectionInfo: {type: InClusterConfig}
    matchConditions:
    - expression: "request.resourceAttributes.namespace == 'shop'"
    - expression: "!('admins' in request.groups)"
- {type: RBAC, name: rbac}
)yaml";

TEST_F(CanI, AuthorizationConfigurationWithWhatItsWebhooksAnswer) {
  tree_.Write("/authz.yaml", kAuthorizers);
  const auto ask = [&](std::vector<std::string> words, const char* group) {
    words.insert(words.end(),
                 {"--as", "alice", "--as-group", group, "--authorization-config", "authz.yaml"});
    return Ask(words);
  };
  const std::vector<std::string> get = {"get", "pods", "-n", "shop"};
  const auto with = [&](const char* answer) {
    std::vector<std::string> words = get;
    words.insert(words.end(), {"--webhook", answer});
    return words;
  };
  const Ran unknown = ask(get, "devs");
  EXPECT_EQ(unknown.status, 3);
  EXPECT_EQ(unknown.out, "unknown - the webhook opa was not asked\n");
  EXPECT_EQ(ask(with("opa=no-opinion"), "devs").status, 0);
  EXPECT_EQ(ask(with("opa=deny"), "devs").status, 1);
  EXPECT_EQ(ask(with("opa=allow"), "others").status, 0);
  // Conditions leave it out.
  EXPECT_EQ(ask(get, "admins").status, 1);
  EXPECT_EQ(ask({"get", "pods", "-n", "mail"}, "devs").status, 1);
  // One that fails is as the failure policy says.
  EXPECT_EQ(ask({"get", "/healthz", "--webhook", "opa=allow"}, "devs").status, 1);

  const Ran strange = ask(with("oap=deny"), "devs");
  EXPECT_EQ(strange.status, 2);
  EXPECT_NE(strange.err.find("there is no webhook 'oap'"), std::string::npos) << strange.err;
  EXPECT_EQ(ask(with("opa=perhaps"), "devs").status, 2);
  tree_.Write("/authz.yaml", R"(apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers: [{type: Webhook, name: x}]
)");
  const Ran refused = ask(get, "devs");
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("authz.yaml:3"), std::string::npos) << refused.err;
}

TEST_F(CanI, ConditionsAboutWhatOnlyQuestionsCarry) {
  std::string config = kAuthorizers;
  const size_t at = config.find("    - expression:");
  config =
      config.substr(0, at) +
      "    - expression: \"'ci' in request.extra && 'x' in request.extra['ci'] && request.uid == "
      "'u1'\"\n- {type: RBAC, name: rbac}\n";
  tree_.Write("/authz.yaml", config);
  const auto line = [](const std::string& more) {
    return R"({"user":"alice","groups":["devs"],)" + more +
           R"("resourceAttributes":{"namespace":"shop","verb":"get","resource":"pods"}})"
           "\n";
  };
  tree_.Write("/q.jsonl",
              line("") + line(R"("uid":"u1",)") + line(R"("uid":"u1","extra":{"ci":["x"]},)"));
  const Ran run = Ask({"--questions", "q.jsonl", "--authorization-config", "authz.yaml"});
  EXPECT_EQ(run.status, 3) << run.err;
  EXPECT_EQ(run.out.find("{\"allowed\":true"), 0u) << run.out;
  EXPECT_NE(run.out.find("\n{\"allowed\":true"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("\n{\"allowed\":null,\"reason\":\"the webhook opa was not asked\"}\n"),
            std::string::npos)
      << run.out;
  // Of a question on the command line nobody knows.
  EXPECT_EQ(Ask({"get", "pods", "-n", "shop", "--as", "alice", "--as-group", "devs",
                 "--authorization-config", "authz.yaml"})
                .status,
            3);
}

TEST_F(CanI, AFileOfQuestions) {
  const RunOptions input = {
      .input =
          "{\"user\":\"a\",\"groups\":[\"devs\"],\"resourceAttributes\":{\"namespace\":"
          "\"shop\",\"verb\":\"get\",\"resource\":\"pods\"}}\r\n\n{\"user\":5}\nnonsense\n"
          "{\"groups\":[\"system:masters\"],\"nonResourceAttributes\":{\"path\":\"/\","
          "\"verb\":\"get\"}}\n{\"user\":\"a\",\"resourceAttributes\":{\"verb\":\"get\"}}"};
  const Ran run = Ask({"--questions", "-"}, input);
  EXPECT_EQ(run.status, 2) << run.err;
  EXPECT_EQ(run.out,
            "{\"allowed\":true,\"reason\":\"RBAC: allowed by RoleBinding \\\"devs/shop\\\" of "
            "ClusterRole \\\"reader\\\" to Group \\\"devs\\\"\"}\n"
            "{\"error\":\"user is a number\"}\n"
            "{\"error\":\"not JSON: Invalid value. (byte 1)\"}\n"
            "{\"allowed\":true,\"reason\":\"\"}\n"
            "{\"allowed\":false,\"reason\":\"\"}\n");
}

TEST_F(CanI, BadInputIsAnErrorWithItsPlace) {
  EXPECT_EQ(Ask({"get", "pods"}).status, 2);  // nobody asks
  EXPECT_EQ(Ask({"get", "--as", "a"}).status, 2);
  tree_.Write("/rbac/bad.yaml",
              "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: "
              "x}\nrules:\n- verbs: get\n");
  const Ran run = Ask({"get", "pods", "--as", "a"});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("rbac/bad.yaml:5: rules.verbs is a string, where the API has array"),
            std::string::npos)
      << run.err;
  EXPECT_EQ(Seawall({"rbac", "can-i", "get", "pods", "--as", "a", "-f", "gone"}).status, 2);
  EXPECT_EQ(Seawall({"rbac", "can-i", "get", "pods", "--as", "a"}).status, 2);
}

TEST_F(CanI, AGroupOfCommandsHelpsByItself) {
  EXPECT_EQ(Seawall({"rbac"}).status, 2);
  const Ran help = Seawall({"rbac", "--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("rbac can-i"), std::string::npos);
  EXPECT_NE(Seawall({"rbac", "cani"}).err.find("did you mean `seawall rbac can-i`?"),
            std::string::npos);
  EXPECT_EQ(Seawall({"help", "rbac", "can-i"}).out, Seawall({"rbac", "can-i", "--help"}).out);
}

TEST_F(CanI, WhoCanListsSubjectsWithTheirBindings) {
  tree_.Write("/rbac/named.yaml",
              "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: one, "
              "namespace: shop}\nrules: [{verbs: [get], apiGroups: [''], resources: [secrets], "
              "resourceNames: [db]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: "
              "RoleBinding\nmetadata: {name: one, namespace: shop}\nroleRef: {kind: Role, name: "
              "one}\nsubjects: [{kind: ServiceAccount, name: ci}]\n");
  const RunOptions here = {.directory = tree_.root()};
  const Ran run = Seawall({"rbac", "who-can", "get", "secret", "-n", "shop", "-f", "rbac"}, here);
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out,
            "who can get secrets, in namespace shop:\n"
            "  Group devs              shop        RoleBinding shop/devs of ClusterRole reader "
            "(rbac/shop.yaml:10)\n"
            "and of what is named only:\n"
            "  ServiceAccount shop/ci  shop        RoleBinding shop/one of Role one "
            "(rbac/named.yaml:6)\n"
            "    named db\n"
            "and Group system:masters, about whom no authorizer is asked\n");
  const auto who = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"rbac", "who-can"});
    words.insert(words.end(), {"-f", "rbac"});
    return Seawall(words, here);
  };
  EXPECT_NE(who({"get", "secrets/db", "-n", "shop"}).out.find("  ServiceAccount shop/ci"),
            std::string::npos);
  EXPECT_NE(who({"get", "secrets"}).out.find("  nobody\n"), std::string::npos);
  EXPECT_NE(who({"get", "secrets", "-A"}).out.find("  Group devs"), std::string::npos);
  EXPECT_NE(who({"get", "/healthz"}).out.find("  nobody\n"), std::string::npos);
  EXPECT_EQ(who({"get"}).status, 2);
  EXPECT_EQ(who({"get", "/healthz", "-n", "shop"}).status, 2);
}

TEST_F(CanI, WhatCanIsAMatrix) {
  const RunOptions here = {.directory = tree_.root()};
  const Ran run =
      Seawall({"rbac", "what-can", "alice", "--as-group", "devs", "-f", "rbac", "--why"}, here);
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out,
            "User alice, of devs, system:authenticated\n\nnamespace shop\n"
            "  by RoleBinding \"devs/shop\" of ClusterRole \"reader\" to Group \"devs\" "
            "(rbac/shop.yaml:10)\n"
            "            get list watch create update patch delete delcoll others\n"
            "  pods       x   x     .     .      .      .     .       .\n"
            "  secrets    x   x     .     .      .      .     .       .\n");
  EXPECT_NE(Seawall({"rbac", "what-can", "group:devs", "-f", "rbac"}, here).out.find("  pods "),
            std::string::npos);
  EXPECT_NE(Seawall({"rbac", "what-can", "sa:shop/x", "-f", "rbac"}, here)
                .out.find("User system:serviceaccount:shop:x"),
            std::string::npos);
  EXPECT_EQ(Seawall({"rbac", "what-can", "sa:shop", "-f", "rbac"}, here).status, 2);
}

TEST(RbacFromAbac, WritesObjectsThatAnswerTheSameAndTellsWhatIsNot) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  tree.Write("/policy",
             "# people\n{\"user\":\"alice\",\"namespace\":\"shop\"}\n"
             "{\"apiVersion\":\"abac.authorization.kubernetes.io/v1beta1\",\"kind\":\"Policy\","
             "\"spec\":{\"group\":\"devs\",\"namespace\":\"*\",\"resource\":\"pods\",\"readonly\":"
             "true}}\n");
  const Ran loose = Seawall({"rbac", "from-abac", "policy"}, here);
  EXPECT_EQ(loose.status, 3);
  EXPECT_NE(loose.err.find("policy:3: not exact: pods with whatever subresources"),
            std::string::npos)
      << loose.err;
  const Ran run = Seawall({"rbac", "from-abac", "policy", "--discovery", "kubernetes-1.37"}, here);
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.err, "");
  EXPECT_NE(run.out.find("seawall.dev/abac-line: policy:2\n"), std::string::npos) << run.out;
  tree.Write("/rbac.yaml", run.out);
  const auto ask = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"rbac", "can-i"});
    words.insert(words.end(), {"-f", "rbac.yaml"});
    return Seawall(words, here).status;
  };
  EXPECT_EQ(ask({"delete", "secrets", "-n", "shop", "--as", "alice"}), 0);
  EXPECT_EQ(ask({"delete", "secrets", "-n", "bank", "--as", "alice"}), 1);
  EXPECT_EQ(ask({"get", "pods", "--subresource", "log", "--as", "b", "--as-group", "devs"}), 0);
  EXPECT_EQ(ask({"delete", "pods", "--as", "b", "--as-group", "devs"}), 1);
  tree.Write("/bad", "{}\n{user: a}\n");
  const Ran bad = Seawall({"rbac", "from-abac", "bad"}, here);
  EXPECT_EQ(bad.status, 2);
  EXPECT_NE(bad.err.find("bad:2: not JSON"), std::string::npos) << bad.err;
}

constexpr const char* kPodMaker =
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: maker, namespace: "
    "ci}\nrules: [{verbs: [create], apiGroups: [''], resources: [pods]}]\n---\napiVersion: "
    "rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: makers, namespace: "
    "ci}\nroleRef: {kind: Role, name: maker}\nsubjects: [{kind: User, name: alice}]\n---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\nrules: "
    "[{verbs: ['*'], apiGroups: ['*'], resources: ['*']}]\n---\napiVersion: "
    "rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: all}\nroleRef: "
    "{kind: ClusterRole, name: all}\nsubjects: [{kind: ServiceAccount, name: boss, namespace: "
    "ci}]\n";

TEST(RbacRisks, ReportsAsTheAuditDoesWithSubjectAndPath) {
  Tree tree;
  tree.Write("/rbac.yaml", kPodMaker);
  const RunOptions here = {.directory = tree.root()};
  const Ran run = Seawall({"rbac", "risks", "-f", "rbac.yaml", "-o", "json"}, here);
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_NE(
      run.out.find("\"subject\":\"User alice\",\"path\":[{\"from\":\"User alice\",\"to\":"
                   "\"ServiceAccount ci/boss\",\"binding\":\"RoleBinding ci/makers\",\"rule\":"
                   "\"rule 1 of Role ci/maker (rbac.yaml:4): verbs [create], resources [pods] "
                   "of apiGroups [\\\"\\\"]\"},{\"from\":\"ServiceAccount ci/boss\",\"to\":"
                   "\"cluster-admin\""),
      std::string::npos)
      << run.out;
  // A stored report is written again as it was.
  tree.Write("/report.json", run.out);
  EXPECT_EQ(Seawall({"report", "report.json", "-o", "json"}, here).out, run.out);
  EXPECT_EQ(Seawall({"report", "report.json", "-o", "sarif"}, here).out,
            Seawall({"rbac", "risks", "-f", "rbac.yaml", "-o", "sarif"}, here).out);
}

TEST(RbacRisks, PodsAndAccountsAmongTheManifests) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  const auto risks = [&] {
    return Json(
        Seawall({"rbac", "risks", "-f", "rbac.yaml", "-f", "pods.yaml", "-o", "json"}, here).out);
  };
  tree.Write("/rbac.yaml", kPodMaker);
  tree.Write("/pods.yaml", "");
  EXPECT_EQ(VerdictOf(risks(), "risk-mounted-account"), "not-applicable");
  EXPECT_EQ(VerdictOf(risks(), "risk-missing-account"), "not-applicable");
  const std::string deployment =
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: ci}\nspec: "
      "{template: {spec: {serviceAccountName: boss, containers: []}}}\n";
  const std::string account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ";
  tree.Write("/pods.yaml", deployment);
  EXPECT_EQ(VerdictOf(risks(), "risk-mounted-account"), "fail");
  tree.Write("/pods.yaml",
             deployment + account + "boss, namespace: ci}\nautomountServiceAccountToken: false\n");
  EXPECT_EQ(VerdictOf(risks(), "risk-mounted-account"), "pass");
  EXPECT_EQ(VerdictOf(risks(), "risk-missing-account"), "pass");
  tree.Write("/pods.yaml", account + "other, namespace: ci}\n");
  EXPECT_EQ(VerdictOf(risks(), "risk-missing-account"), "fail");
}

TEST(RbacRisks, WhoGetsIntoPodsBecomesWhatTheyCarry) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  std::string exec = kPodMaker;
  exec.replace(exec.find("resources: [pods]"), 17, "resources: [pods/exec]");
  tree.Write("/rbac.yaml", exec);
  const auto alice = [&] {
    const Ran run = Seawall({"rbac", "risks", "-f", "rbac.yaml", "-f", "pods.yaml", "--rules",
                             "risk-path-cluster-admin"},
                            here);
    return run.out.find("User alice → ServiceAccount ci/boss → cluster-admin") != run.out.npos;
  };
  tree.Write("/pods.yaml", "");
  EXPECT_TRUE(alice()) << "nothing is known of pods";
  const auto pod = [&](const std::string& account) {
    return "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: ci}\nspec: "
           "{serviceAccount: " +
           account + "}\n";
  };
  tree.Write("/pods.yaml", pod("boss"));
  EXPECT_TRUE(alice());
  tree.Write("/pods.yaml", pod("default"));
  EXPECT_FALSE(alice()) << "no pod carries the token";
}

TEST(RbacGraph, EveryFormatAndHostileNames) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  std::string rbac = kPodMaker;
  const std::string evil = "\"</title><script>alert(1)</script>\\\"\\e[31m\\u202e\"";
  rbac.replace(rbac.find("name: alice"), 11, "name: " + evil);
  tree.Write("/rbac.yaml", rbac);
  const auto graph = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"rbac", "graph", "-f", "rbac.yaml"});
    return Seawall(more, here);
  };
  const Ran html = graph({"-o", "html"});
  EXPECT_EQ(html.status, 0) << html.err;
  EXPECT_EQ(FaultsOfPage(html.out), "");
  EXPECT_EQ(html.out.find("<script>alert"), std::string::npos);
  EXPECT_NE(html.out.find("&lt;script&gt;alert"), std::string::npos);
  EXPECT_EQ(html.out.find("http://") == std::string::npos ||
                html.out.find("http://") == html.out.find("http://www.w3.org/2000/svg"),
            true)
      << "no network but the name of SVG";
  EXPECT_NE(html.out.find("<span class=\"t\">ServiceAccount ci/boss</span>"), std::string::npos)
      << "ways are in the page without scripts";
  const Ran dot = graph({});
  EXPECT_EQ(dot.status, 0);
  for (const Ran* run : {&html, &dot}) {
    EXPECT_EQ(run->out.find('\x1b'), std::string::npos);
    EXPECT_EQ(run->out.find("\u202e"), std::string::npos);
  }
  EXPECT_NE(dot.out.find("script>\\\"\\\\x1b"), std::string::npos) << dot.out;
  const Ran one = graph({"--subject", "sa:ci/boss", "-o", "json"});
  EXPECT_EQ(Json(one.out)["subjects"].Size(), 1u) << one.out;
  EXPECT_EQ(graph({"--subject", "user:nobody"}).status, 2);
}

TEST(RbacRisks, RulesAreChosenWaivedAndExplained) {
  Tree tree;
  tree.Write("/rbac.yaml", kPodMaker);
  const RunOptions here = {.directory = tree.root()};
  const auto risks = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"rbac", "risks", "-f", "rbac.yaml"});
    return Seawall(more, here);
  };
  EXPECT_EQ(risks({"--rules", "risk-anonymous"}).status, 0);
  const Ran some = risks({"--rules", "risk-create-pods"});
  EXPECT_EQ(some.status, 1);
  EXPECT_NE(some.out.find("User alice may create pods in namespace ci"), std::string::npos);
  EXPECT_EQ(risks({"--rules", "risk-create-pods", "--fail-on", "critical"}).status, 0);
  EXPECT_NE(risks({"--rules", "risk-create-pod"}).err.find("did you mean risk-create-pods?"),
            std::string::npos);
  tree.Write("/w.yaml",
             "waivers:\n- {rule: risk-create-pods, node: rbac, who: Ann, reason: agreed, expires: "
             "2099-01-31}\n");
  EXPECT_EQ(risks({"--rules", "risk-create-pods", "--waivers", "w.yaml"}).status, 0);
  EXPECT_NE(Seawall({"explain", "risk-node-proxy"}).out.find("get is enough"), std::string::npos);
  EXPECT_NE(Seawall({"rules", "--risks"}).out.find("risk-path-cluster-admin"), std::string::npos);
}

TEST(Rbac, WhatHoldsNoObjectIsNoPolicy) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  tree.Write("/empty.yaml", "# nothing\n");
  tree.Write("/folder/readme.md", "x");
  tree.Write("/pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n");
  tree.Write("/none.json", R"({"apiVersion":"v1","kind":"List","items":[]})");
  for (const char* file : {"empty.yaml", "folder"}) {
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"rbac", "risks"}, {"rbac", "lint"}, {"rbac", "who-can", "get", "pods"}}) {
      auto words = command;
      words.insert(words.end(), {"-f", file});
      const Ran ran = Seawall(words, here);
      EXPECT_EQ(ran.status, 2) << command[1] << " " << file;
      EXPECT_NE(ran.err.find("there is no object in it"), std::string::npos) << ran.err;
    }
  }
  for (const auto& [file, said] :
       {std::pair{"pod.yaml", "but 1 object of other kinds"}, {"none.json", "but 0 objects"}}) {
    const Ran ran = Seawall({"rbac", "can-i", "get", "pods", "--as", "u", "-f", file}, here);
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.err.find(said), std::string::npos) << ran.err;
  }
}

TEST(Rbac, ASubresourceWrittenAsANameIsTold) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  tree.Write("/none.json", R"({"apiVersion":"v1","kind":"List","items":[]})");
  const Ran name =
      Seawall({"rbac", "can-i", "get", "pods/log", "--as", "u", "-f", "none.json"}, here);
  EXPECT_NE(name.err.find("--subresource log"), std::string::npos) << name.err;
  const Ran meant = Seawall(
      {"rbac", "can-i", "get", "pods/web", "--subresource", "log", "--as", "u", "-f", "none.json"},
      here);
  EXPECT_EQ(meant.err.find("--subresource"), std::string::npos) << meant.err;
}

TEST(Rbac, TheNameOfNothingIsEverythingWithoutAName) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  tree.Write("/r.yaml", R"yaml(apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [""], resources: [secrets], resourceNames: [""], verbs: [list]}
- {apiGroups: [""], resources: [nodes/proxy], resourceNames: [""], verbs: [create]}
- {nonResourceURLs: ["/x/**"], verbs: [get]}
- {apiGroups: ["apps/v1", "batch*"], resources: [jobs], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects: [{kind: User, name: u}, {kind: User, name: u}]
)yaml");
  const Ran risks = Seawall({"rbac", "risks", "-f", "r.yaml", "-q"}, here);
  EXPECT_EQ(risks.status, 1);
  EXPECT_NE(risks.out.find("risk-read-all-secrets"), std::string::npos) << risks.out;
  EXPECT_EQ(risks.out.find("risk-node-proxy"), std::string::npos) << risks.out;
  const Ran who = Seawall({"rbac", "who-can", "list", "secrets", "-f", "r.yaml"}, here);
  EXPECT_NE(who.out.find("  User u "), std::string::npos) << who.out;
  EXPECT_EQ(who.out.find("  User u "), who.out.rfind("  User u ")) << "once, though named twice";
  const Ran lint = Seawall({"rbac", "lint", "-f", "r.yaml"}, here);
  EXPECT_NE(lint.out.find("(name-empty)"), std::string::npos) << lint.out;
  EXPECT_NE(lint.out.find("apps/v1: an apiGroup has no version"), std::string::npos) << lint.out;
  EXPECT_NE(lint.out.find("(group-star)"), std::string::npos) << lint.out;
  EXPECT_EQ(lint.out.find("url-star"), std::string::npos) << lint.out;
  EXPECT_EQ(lint.out.find("names-without-effect"), std::string::npos) << lint.out;
}

}  // namespace
}  // namespace seawall::test
