// `seawall rbac diff`, `minimize` and `lint`: policies by what they mean.
#include <gtest/gtest.h>

#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

std::string RoleFor(const std::string& subject, const std::string& rules) {
  return "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "
         "r}\nrules: " +
         rules +
         "\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: "
         "{name: b}\nroleRef: {kind: ClusterRole, name: r}\nsubjects: [" +
         subject + "]\n";
}
constexpr const char* kBob = "{kind: User, name: bob}";

TEST(RbacDiff, ByMeaningAndNotByText) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  tree.Write("/a.yaml",
             RoleFor(kBob, "[{verbs: [get, list], apiGroups: [''], resources: [pods]}]"));
  tree.Write("/same.yaml",
             RoleFor(kBob,
                     "[{verbs: [list], apiGroups: [''], resources: [pods]}, {verbs: [get], "
                     "apiGroups: [''], resources: [pods]}]"));
  tree.Write("/more.yaml",
             RoleFor(kBob, "[{verbs: [get, '*'], apiGroups: [''], resources: [pods]}]"));
  const auto diff = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"rbac", "diff"});
    return Seawall(words, here);
  };
  EXPECT_EQ(diff({"a.yaml", "same.yaml"}).out, "nobody gains or loses a right\n");
  const Ran more = diff({"a.yaml", "more.yaml"});
  EXPECT_EQ(more.status, 1);
  EXPECT_EQ(more.out,
            "+ User bob, everywhere: * pods\n"
            "    ClusterRoleBinding b of ClusterRole r, more.yaml:4\n");
  EXPECT_EQ(diff({"more.yaml", "a.yaml"}).status, 0);  // a loss
  EXPECT_EQ(diff({"a.yaml", "more.yaml", "--allow", "more.yaml"}).status, 0);
  EXPECT_EQ(diff({"a.yaml", "more.yaml", "--allow", "a.yaml"}).status, 1);
  EXPECT_NE(diff({"a.yaml", "more.yaml", "-o", "markdown"})
                .out.find("| User bob | everywhere | \\* pods | "),
            std::string::npos);
  EXPECT_EQ(diff({"a.yaml", "gone.yaml"}).status, 2);
}

TEST(RbacMinimize, SaysTheSameWithFewerRules) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  tree.Write("/a.yaml",
             RoleFor(kBob,
                     "[{verbs: [get], apiGroups: [''], resources: [pods]}, {verbs: [list], "
                     "apiGroups: [''], resources: [pods]}, {verbs: [get], apiGroups: [''], "
                     "resources: [pods], resourceNames: [x]}, {verbs: [get], "
                     "nonResourceURLs: [/a]}, {verbs: [get], nonResourceURLs: [/b]}]"));
  const Ran run = Seawall({"rbac", "minimize", "-f", "a.yaml", "--changed"}, here);
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out,
            "# a.yaml:1: 2 rules, which were 5\n---\napiVersion: rbac.authorization.k8s.io/v1\n"
            "kind: ClusterRole\nmetadata:\n  name: r\nrules:\n"
            "- apiGroups: [\"\"]\n  resources: [pods]\n  verbs: [get, list]\n"
            "- nonResourceURLs: [/a, /b]\n  verbs: [get]\n");
  tree.Write("/b.yaml", run.out + RoleFor(kBob, "[]").substr(RoleFor(kBob, "[]").find("---")));
  EXPECT_EQ(Seawall({"rbac", "diff", "a.yaml", "b.yaml"}, here).out,
            "nobody gains or loses a right\n");
  EXPECT_EQ(Seawall({"rbac", "minimize", "-f", "b.yaml", "--changed"}, here).out, "");
}

TEST(RbacMinimize, TheWholeGivesTheSameRights) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  tree.Write("/a.yaml", RoleFor(kBob,
                                "[{verbs: [get], apiGroups: [''], resources: [pods]}, "
                                "{verbs: [list], apiGroups: [''], resources: [pods]}]") +
                            R"(
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all, labels: {kind: parts}}
aggregationRule:
  clusterRoleSelectors:
  - matchLabels: {part: 'yes'}
  - matchExpressions: [{key: extra, operator: Exists}]
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: part, labels: {part: 'yes'}}
rules: [{verbs: [delete], apiGroups: [apps], resources: [deployments], resourceNames: [one]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: some, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}
subjects:
- {kind: ServiceAccount, name: ci, namespace: shop}
- {kind: Group, name: "on call", apiGroup: rbac.authorization.k8s.io}
)");
  const Ran run = Seawall({"rbac", "minimize", "-f", "a.yaml"}, here);
  EXPECT_EQ(run.status, 0) << run.err;
  tree.Write("/b.yaml", run.out);
  EXPECT_EQ(Seawall({"rbac", "diff", "a.yaml", "b.yaml"}, here).out,
            "nobody gains or loses a right\n")
      << run.out;
  EXPECT_EQ(Seawall({"rbac", "can-i", "delete", "deployments.apps/one", "-n", "shop", "--as", "x",
                     "--as-group", "on call", "-f", "b.yaml"},
                    here)
                .status,
            0);
  // What it writes is as small as it gets.
  EXPECT_EQ(Seawall({"rbac", "minimize", "-f", "b.yaml", "--changed"}, here).out, "");
}

TEST(RbacLint, FindsWhatDoesNotMeanWhatItSeems) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  tree.Write("/a.yaml",
             RoleFor("{kind: ServiceAccount, name: x}",
                     "\n- {verbs: [GET, post], apiGroups: [''], resources: [deployments, pods/*]}\n"
                     "- {verbs: [create], apiGroups: [''], resources: [po], resourceNames: ['*']}\n"
                     "- {verbs: [get], nonResourceURLs: [a, '/*/b']}"));
  const Ran run = Seawall({"rbac", "lint", "-f", "a.yaml"}, here);
  EXPECT_EQ(run.status, 1) << run.err;
  for (const char* id :
       {"a.yaml:5: GET: verbs are lower case (verb-case)", "(http-verb)", "(wrong-api-group)",
        "(resource-star)", "(resource-name)", "a.yaml:6: create has no name", "(name-star)",
        "(url-without-slash)", "(url-star)", "(account-without-namespace)"})
    EXPECT_NE(run.out.find(id), std::string::npos) << id << "\n" << run.out;
  tree.Write("/b.yaml", RoleFor(kBob,
                                "[{verbs: [get], apiGroups: [apps, extensions], resources: "
                                "[deployments]}]"));
  EXPECT_EQ(Seawall({"rbac", "lint", "-f", "b.yaml"}, here).status, 0);
  std::string old = RoleFor("{kind: User, name: bob}, {kind: User, name: bob}", "[]");
  old.replace(old.rfind(".k8s.io/v1\n"), 10, ".k8s.io/v1beta1");
  tree.Write("/c.yaml", old);
  const Ran third = Seawall({"rbac", "lint", "-f", "c.yaml"}, here);
  EXPECT_NE(third.out.find("(subject-twice)"), std::string::npos) << third.out;
  EXPECT_NE(third.out.find("rbac.authorization.k8s.io/v1beta1 is served by no API server"),
            std::string::npos)
      << third.out;
}

}  // namespace
}  // namespace seawall::test
