// `seawall rbac can-i` as a user types it.
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
  const Ran run = Ask({"get", "pods", "-n", "shop", "--as", "system:node:a", "--as-group",
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

}  // namespace
}  // namespace seawall::test
