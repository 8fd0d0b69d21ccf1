// `seawall rbac review` as a user runs it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "http_api.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

/// "2026-11-01T00:00:00.000000Z" and so many minutes later, within the month.
std::string At(int minutes) {
  return fmt::format("2026-11-{:02}T{:02}:{:02}:00.000000Z", 1 + minutes / 1440, minutes / 60 % 24,
                     minutes % 60);
}

struct Did {
  std::string user, verb, resource, space, name;
  int minutes = 0;
  std::string group{};
  std::string groups = "\"devs\",\"system:authenticated\"";
  std::string stage = "ResponseComplete", decision = "allow";
  int code = 200;
};
std::string Line(const Did& did) {
  return fmt::format(
             R"({{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"{0}{1}{2}{4}{5}","stage":"{8}","requestURI":"/x/{2}/{4}","verb":"{1}","user":{{"username":"{0}","groups":[{7}]}},"objectRef":{{"resource":"{2}","namespace":"{3}","name":"{4}","apiGroup":"{6}"}},"responseStatus":{{"code":{10}}},"requestReceivedTimestamp":"{5}","stageTimestamp":"{5}")",
             did.user, did.verb, did.resource, did.space, did.name, At(did.minutes), did.group,
             did.groups, did.stage, "", did.code) +
         (did.decision.empty()
              ? ""
              : R"(,"annotations":{"authorization.k8s.io/decision":")" + did.decision + "\"}") +
         "}\n";
}

std::string Lease(int minutes) {
  return Line({.user = "system:kube-scheduler",
               .verb = "update",
               .resource = "leases",
               .space = "kube-system",
               .name = "s",
               .minutes = minutes,
               .group = "coordination.k8s.io"});
}

/// What the cluster's own components write, every ten minutes.
std::string Beat(int from, int to) {
  std::string log;
  for (int at = from; at <= to; at += 10) log += Lease(at);
  return log;
}

constexpr const char* kRbac = R"(apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: dev, namespace: shop}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get, delete]}
- {apiGroups: [""], resources: [secrets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: devs, namespace: shop}
roleRef: {kind: Role, name: dev}
subjects: [{kind: Group, name: devs}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cluster-admin}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: gone}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: User, name: bob}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ci}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: ci, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: break-glass}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: User, name: oncall}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: nodes}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: "system:nodes"}]
)";
constexpr const char* kAll =
    "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n";

class RbacReview : public testing::Test {
 protected:
  RbacReview() {
    tree_.Write("/rbac.yaml", kRbac);
    tree_.Write("/all.yaml", kAll);
    tree_.Write("/audit.log", Beat(0, 600) + Work(30) + Beat(610, 1200));
  }
  static std::string Work(int minutes) {
    return Line({.user = "alice",
                 .verb = "get",
                 .resource = "pods",
                 .space = "shop",
                 .name = "a",
                 .minutes = minutes}) +
           Line({.user = "system:serviceaccount:shop:ci",
                 .verb = "patch",
                 .resource = "deployments",
                 .space = "shop",
                 .name = "web",
                 .minutes = minutes,
                 .group = "apps",
                 .groups = "\"system:serviceaccounts\""});
  }
  Ran Review(std::vector<std::string> more) const {
    std::vector<std::string> words = {"rbac", "review", "-f", "rbac.yaml"};
    words.insert(words.end(), more.begin(), more.end());
    return Seawall(words, {.directory = tree_.root()});
  }
  Ran Look(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"--audit-log", "audit.log", "--audit-policy", "all.yaml"});
    return Review(more);
  }
  static void Has(const Ran& run, const std::string& text) {
    EXPECT_NE(run.out.find(text), std::string::npos) << text << "\n" << run.out << run.err;
  }
  static void HasNot(const Ran& run, const std::string& text) {
    EXPECT_EQ(run.out.find(text), std::string::npos) << text << "\n" << run.out;
  }
  Tree tree_;
};

TEST_F(RbacReview, FindsWhatNobodyUsedAllAndOnly) {
  const Ran run = Look();
  EXPECT_EQ(run.status, 1) << run.err;
  Has(run, "    unused   delete pods  (rbac.yaml:5)\n    unused   get secrets  (rbac.yaml:6)\n");
  Has(run, "User bob: never came\n");
  Has(run, "    unused   * *.*  (rbac.yaml:17)\n");
  Has(run, "    wide     * *.*  (rbac.yaml:17): used for patch deployments.apps only\n");
  Has(run,
      "ClusterRoleBinding break-glass of ClusterRole cluster-admin to User oncall: never used");
  Has(run, "left alone: 1 grant of Kubernetes itself");
  Has(run, "\n3 rights unused, 1 used only in part through a wildcard, 0 unknown, 1 used\n");
}

TEST_F(RbacReview, TheProposalTakesExactlyThatAway) {
  const Ran run = Look({"-o", "yaml"});
  EXPECT_EQ(run.status, 1) << run.err;
  tree_.Write("/proposal.yaml", run.out);
  // As kubectl apply would leave it: the objects that are there, those of the proposal instead.
  tree_.Write("/after/a.yaml", kRbac);
  tree_.Write("/after/b.yaml", run.out);
  const Ran diff = Seawall({"rbac", "diff", "rbac.yaml", "after"}, {.directory = tree_.root()});
  EXPECT_EQ(diff.status, 0) << diff.out;  // nobody gains
  for (const char* lost :
       {"- Group devs, namespace shop: delete pods\n",
        "- Group devs, namespace shop: get secrets\n", "- User bob, everywhere: * *.*\n",
        "- ServiceAccount shop/ci, everywhere: * *.*\n"})
    Has(diff, lost);
  EXPECT_EQ(std::ranges::count(diff.out, '\n'), 8) << diff.out;
  // What was used is allowed still.
  const auto can = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"rbac", "can-i"});
    words.insert(words.end(), {"-n", "shop", "-f", "after", "-q"});
    return Seawall(words, {.directory = tree_.root()}).status;
  };
  EXPECT_EQ(can({"get", "pods", "--as", "alice", "--as-group", "devs"}), 0);
  EXPECT_EQ(can({"patch", "deployments.apps", "--as", "system:serviceaccount:shop:ci"}), 0);
  EXPECT_EQ(can({"delete", "deployments.apps", "--as", "system:serviceaccount:shop:ci"}), 1);
  EXPECT_EQ(can({"delete", "pods", "--as", "oncall"}), 0);
  // Once it is applied nothing is left to find.
  EXPECT_EQ(Seawall({"rbac", "review", "-f", "after", "-q", "--audit-log", "audit.log",
                     "--audit-policy", "all.yaml"},
                    {.directory = tree_.root()})
                .status,
            0);
  const Ran patch = Look({"-o", "diff"});
  Has(patch, "-  verbs: [get, delete]\n");
}

/// One ClusterRole, held by alice through a RoleBinding; more where `answers` says so.
HttpApi::Answers Cluster() {
  const std::string group = "/apis/rbac.authorization.k8s.io/v1/";
  auto answers = HttpApi::Empty();
  answers[group + "clusterroles"].body =
      R"({"kind":"XList","metadata":{},"items":[{"metadata":{"name":"pods"},"rules":[{"verbs":["get","delete"],"apiGroups":[""],"resources":["pods"]}]}]})";
  answers[group + "rolebindings"].body =
      R"({"kind":"XList","metadata":{},"items":[{"metadata":{"name":"pods","namespace":"shop"},"roleRef":{"kind":"ClusterRole","name":"pods"},"subjects":[{"kind":"User","name":"alice"}]}]})";
  return answers;
}

TEST_F(RbacReview, ARoleOfWhichNotEveryBindingIsKnownStays) {
  const auto look = [&](const HttpApi& api) {
    return Seawall({"rbac", "review", "--kubeconfig", api.Kubeconfig(), "--audit-log", "audit.log",
                    "--audit-policy", "all.yaml", "-o", "diff"},
                   {.directory = tree_.root()});
  };
  const std::string smaller = "+++ b/ClusterRole/pods.yaml\n";
  auto answers = Cluster();
  const HttpApi whole(answers);
  Ran run = look(whole);
  EXPECT_EQ(run.status, 1) << run.err;
  Has(run, smaller);
  answers["/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"] = {403, "{}"};
  const HttpApi part(answers);
  run = look(part);
  EXPECT_EQ(run.status, 1) << run.err;
  HasNot(run, smaller);
  Has(run, "+++ b/Role/shop/pods-alice-reviewed.yaml\n");
}

TEST_F(RbacReview, ThePageStandsAlone) {
  const std::string evil =
      "\"</pre></title><script>alert(1)</script>\\\"\\e[31m\\u202e\\\" onload=x\"";
  tree_.Write("/rbac.yaml",
              std::string(kRbac) +
                  "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: "
                  "RoleBinding\nmetadata: {name: " +
                  evil +
                  ", namespace: shop}\nroleRef: {kind: Role, name: dev}\nsubjects: [{kind: User, "
                  "name: " +
                  evil + "}]\n");
  tree_.Write("/audit.log",
              ReadFile(tree_.Path("/audit.log")) + Line({.user = "ev\\u001b[2J<img src=x>\\u202e",
                                                         .verb = "create",
                                                         .resource = "rolebindings",
                                                         .space = "shop",
                                                         .name = "</li><script>alert(2)</script>",
                                                         .minutes = 1200,
                                                         .group = "rbac.authorization.k8s.io"}));
  tree_.Write("/cp-1.log", Beat(0, 1200));
  const Ran run = Look({"-o", "html", "--audit-log", "<b>cp<i>=cp-1.log"});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(FaultsOfPage(run.out), "");
  for (const char* hostile :
       {"<script>alert", "<img", "<b>cp", "\x1b", "\u202e", "http://", "https://"})
    HasNot(run, hostile);
  for (const char* shown :
       {"User bob</code>", "unused</b> <code>* *.*</code>", "used for patch deployments.apps only",
        "&lt;script&gt;alert(1)", "&lt;script&gt;alert(2)",
        "<th scope=\"row\">&lt;b&gt;cp&lt;i&gt;</th>", "<th scope=\"row\">audit</th>",
        "<del>-- kind: User</del>", "name: ci-ci-reviewed", "the log of audit begins",
        "to <code>User oncall</code>: never used"})
    Has(run, shown);
  // With a gap there is nothing to take away, and the gap is shown.
  tree_.Write("/cp-1.log", Beat(0, 100) + Beat(500, 1200));
  const Ran gap = Look({"-o", "html", "--audit-log", "cp-1.log"});
  EXPECT_EQ(gap.status, 3) << gap.err;
  EXPECT_EQ(FaultsOfPage(gap.out), "");
  Has(gap, "Nothing can be called unused: the log of cp-1 has 1 gap");
  Has(gap, "2026-11-01T01:40:59Z to 2026-11-01T08:20:00Z");
  Has(gap, "<rect class=\"gap\"");
  Has(gap, "There is nothing to take away.");
}

TEST_F(RbacReview, RolesOfKubeadmStay) {
  std::string rbac = kRbac;
  for (size_t at = 0; (at = rbac.find("name: dev}", at)) != std::string::npos; at += 10)
    rbac.replace(at, 10, "name: \"kubeadm:dev\"}");
  for (size_t at = 0; (at = rbac.find("name: dev,", at)) != std::string::npos; at += 10)
    rbac.replace(at, 10, "name: \"kubeadm:dev\",");
  tree_.Write("/rbac.yaml", rbac);
  const Ran run = Look({"-o", "diff"});
  HasNot(run, "+++ b/Role/shop/kubeadm:dev.yaml");
  Has(run, "+++ b/Role/shop/devs-devs-reviewed.yaml");
}

TEST_F(RbacReview, WhatIsNotRecordedIsUnknownAndNeverUnused) {
  tree_.Write("/some.yaml",
              "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: None\n  resources: "
              "[{group: '', resources: [secrets]}]\n- level: Metadata\n");
  Ran run = Review(
      {"--audit-log", "audit.log", "--audit-policy", "all.yaml", "--audit-policy", "some.yaml"});
  Has(run, "    unknown  get secrets  (rbac.yaml:6): some.yaml:4 does not record it\n");
  Has(run, "             the rest is unknown: some.yaml:4 does not record all of it\n");
  EXPECT_EQ(run.status, 1);
  // Nor by guessing.
  run = Review({"--audit-log", "audit.log"});
  Has(run, "none is named (--audit-policy)");
  Has(run, "    unused   delete pods");
  Has(run, "    unknown  get secrets");
  Has(run, "no --audit-policy says that they would");
}

TEST_F(RbacReview, WhoActsForOthersUnrecordedLeavesTheirRightsUnknown) {
  tree_.Write(
      "/proxy.yaml",
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "
      "proxy}\nrules: [{apiGroups: [''], resources: [users], verbs: [impersonate]}]\n---\n"
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: "
      "proxy}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "
      "proxy}\nsubjects: [{kind: ServiceAccount, name: proxy, namespace: auth}]\n");
  const auto policy = [&](const std::string& user) {
    tree_.Write("/some.yaml", "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: None\n" +
                                  ("  users: ['" + user + "']\n- level: Metadata\n"));
    return Review({"--audit-log", "audit.log", "--audit-policy", "some.yaml", "-f", "proxy.yaml"});
  };
  Has(policy("system:serviceaccount:auth:proxy"),
      "unknown  * *.*  (rbac.yaml:17): ServiceAccount auth/proxy may act for others, and "
      "some.yaml:4 "
      "does not record it\n");
  // Who may not, does not matter.
  const Ran other = policy("system:serviceaccount:auth:other");
  Has(other, "    unused   impersonate users  (proxy.yaml:4)\n");
  HasNot(other, "may act for others");
}

TEST_F(RbacReview, WhatIsSilenceIsTheSameOfALogThatIsRemembered) {
  std::string log;
  for (int at = 0; at <= 1200; at += 5) {  // pauses that the state does not keep
    if (at <= 600 || at >= 670) log += Lease(at);
  }
  tree_.Write("/often.log", log);
  const auto look = [&] {
    const Ran run =
        Review({"--audit-log", "often.log", "--audit-policy", "all.yaml", "--state", "state"});
    return run.out.substr(0, run.out.find("audit policy"));
  };
  const std::string read = look();
  EXPECT_EQ(look(), read);
  EXPECT_NE(read.find("1 gap of more than 1 h"), std::string::npos) << read;
}

TEST_F(RbacReview, AGapOfAnyServerLeavesNothingUnused) {
  tree_.Write("/cp-1.log", Beat(0, 100) + Beat(500, 1200));
  const Ran run = Review({"--audit-log", "cp-0=audit.log", "--audit-log", "cp-1=cp-1.log",
                          "--audit-policy", "all.yaml"});
  EXPECT_EQ(run.status, 3);
  Has(run, "  cp-0: 2026-11-01T00:00:00Z to 2026-11-01T20:00:00Z, never silent for more than");
  Has(run, "    silent 2026-11-01T01:40:59Z to 2026-11-01T08:20:00Z\n");
  Has(run, "    unknown  delete pods  (rbac.yaml:5): the log of cp-1 has 1 gap\n");
  Has(run, "0 rights unused, ");
  // Not when it is agreed that silence is no gap, and not outside of the window.
  EXPECT_EQ(Review({"--audit-log", "cp-0=audit.log", "--audit-log", "cp-1=cp-1.log",
                    "--audit-policy", "all.yaml", "--gap", "8h"})
                .status,
            1);
  EXPECT_EQ(Review({"--audit-log", "cp-0=audit.log", "--audit-log", "cp-1=cp-1.log",
                    "--audit-policy", "all.yaml", "--since", "10h"})
                .status,
            1);
  // A window that begins before the logs do.
  Has(Look({"--since", "90d"}), "has 1 gap");
  // A server of which there is nothing.
  tree_.Write("/cp-2.log", "");
  EXPECT_EQ(Look({"--audit-log", "cp-2.log"}).status, 3);
}

TEST_F(RbacReview, WhatWasUsedBeforeTheWindowIsUnused) {
  const Ran run = Look({"--since", "10h"});
  Has(run, "unused   delete, get pods");
  EXPECT_EQ(Look({"--since", "10x"}).status, 2);
}

TEST_F(RbacReview, DamageAndDoubtAreNoProof) {
  const std::string log = ReadFile(tree_.Path("/audit.log"));
  tree_.Write("/audit.log", log + "{\"kind\":\"Event\",\n" + Beat(1210, 1220));
  Ran run = Look();
  EXPECT_EQ(run.status, 3) << run.out;
  EXPECT_NE(run.err.find("a line that is no JSON"), std::string::npos) << run.err;
  Has(run, "the log of audit is damaged");
  EXPECT_EQ(Look({"--strict"}).status, 2);
  // A line that is still being written is not damaged.
  tree_.Write("/audit.log", log + "{\"kind\":\"Event\",\"audit");
  EXPECT_EQ(Look().status, 1);
  // A request that does not say whether it was allowed.
  tree_.Write("/audit.log", log + Line({.user = "alice",
                                        .verb = "delete",
                                        .resource = "pods",
                                        .space = "shop",
                                        .name = "a",
                                        .minutes = 1200,
                                        .decision = "",
                                        .code = 500}));
  Has(Look(), "unknown  delete pods  (rbac.yaml:5): a request for it does not say");
  // One that was refused was not allowed.
  tree_.Write("/audit.log", log + Line({.user = "alice",
                                        .verb = "delete",
                                        .resource = "pods",
                                        .space = "shop",
                                        .name = "a",
                                        .minutes = 1200,
                                        .decision = "forbid",
                                        .code = 403}));
  Has(Look(), "unused   delete pods");
  // Nothing but beginnings.
  std::string early = log;
  for (size_t at = 0; (at = early.find("ResponseComplete", at)) != std::string::npos;)
    early.replace(at, 16, "RequestReceived");
  tree_.Write("/audit.log", early);
  run = Look();
  EXPECT_EQ(run.status, 3);
  Has(run, "the logs have no stage ResponseComplete");
}

TEST_F(RbacReview, WhoGivesRightsMustHaveThem) {
  tree_.Write("/audit.log",
              ReadFile(tree_.Path("/audit.log")) + Line({.user = "alice",
                                                         .verb = "create",
                                                         .resource = "rolebindings",
                                                         .space = "shop",
                                                         .name = "x",
                                                         .minutes = 1200,
                                                         .group = "rbac.authorization.k8s.io",
                                                         .code = 201}));
  const Ran run = Look();
  Has(run, "unknown  delete pods  (rbac.yaml:5): its holder gave rights to others");
  Has(run, "alice made rolebindings shop/x");
}

TEST_F(RbacReview, StateLetsLogsBeThrownAway) {
  const std::string log = ReadFile(tree_.Path("/audit.log"));
  const auto look = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"--state", "state", "--audit-policy", "all.yaml", "-v"});
    return Review(more);
  };
  const std::string used = "    used     get pods: 1 request, ";
  Ran run = look({"--audit-log", "audit.log"});
  EXPECT_EQ(run.status, 1) << run.err;
  Has(run, used);
  EXPECT_EQ(fs::status(tree_.Path("/state")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  // The same again, under other names too: nothing counts twice.
  tree_.Write("/logs/audit.log.1", log);
  ASSERT_EQ(RunCommand({"gzip", "-k", tree_.Path("/logs/audit.log.1")}).status, 0);
  for (const char* again : {"audit.log", "logs/audit.log.1", "logs/audit.log.1.gz", "logs"}) {
    run = look({"--audit-log", again});
    EXPECT_EQ(run.status, 1) << again << run.err << run.out;
    Has(run, used);
  }
  // What nothing changes is not written again.
  const auto file = [&] {
    struct stat is{};
    EXPECT_EQ(stat(tree_.Path("/state").c_str(), &is), 0);
    return std::pair(is.st_ino, is.st_mtim.tv_nsec);
  };
  const auto before = file();
  look({"--audit-log", "audit.log"});
  EXPECT_EQ(file(), before);
  fs::permissions(tree_.Path("/state"), fs::perms::group_read, fs::perm_options::add);
  look({"--audit-log", "audit.log"});
  EXPECT_NE(file(), before);
  EXPECT_EQ(fs::status(tree_.Path("/state")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  // It goes on.
  tree_.Write("/audit.log", log + Work(1205) + Beat(1210, 1300));
  Has(look({"--audit-log", "audit.log"}), "    used     get pods: 2 requests, ");
  // Without any log.
  tree_.Remove("/audit.log");
  run = look({});
  EXPECT_EQ(run.status, 1);
  Has(run, "    used     get pods: 2 requests, ");
  HasNot(run, "new or changed");
  // What is given since then is told.
  tree_.Write("/rbac.yaml",
              std::string(kRbac) +
                  "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: "
                  "{name: late, namespace: shop}\nroleRef: {kind: Role, name: dev}\nsubjects: "
                  "[{kind: User, name: eve}]\n");
  run = look({});
  Has(run, "1 grant is new or changed since the last review\n");
  // A part of a state is none.
  const std::string state = ReadFile(tree_.Path("/state"));
  tree_.Write("/state", state.substr(0, state.size() / 2));
  run = look({});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("it is damaged"), std::string::npos) << run.err;
}

TEST_F(RbacReview, TwoReviewsDoNotShareAState) {
  const Ran run =
      RunCommand({"sh", "-c",
                  "exec 9>state.lock; flock 9; " + Program() +
                      " rbac review -f rbac.yaml --audit-log audit.log --state state 9>&-"},
                 {.directory = tree_.root()});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("another review is using it"), std::string::npos) << run.err;
}

TEST_F(RbacReview, ServersAreToldApart) {
  tree_.Write("/logs/cp-0/audit.log", Beat(600, 1200));
  tree_.Write("/logs/cp-0/audit-2026-11-01T10-00-00.000.log", Beat(0, 590) + Work(30));
  tree_.Write("/logs/cp-1/audit.log", Beat(0, 1200));
  tree_.Write("/logs/cp-1/audit.log.1", "");
  const Ran run = Review({"--audit-log", "logs", "--audit-policy", "all.yaml"});
  EXPECT_EQ(run.status, 1) << run.out;
  Has(run, "  logs/cp-0/audit: 2026-11-01T00:00:00Z to 2026-11-01T20:00:00Z, never");
  Has(run, "  logs/cp-1/audit: 2026-11-01T00:00:00Z to 2026-11-01T20:00:00Z, never");
}

constexpr const char* kWaitFor =
    "seen() { for i in $(seq 300); do grep -qsx \"seawall_rbac_used_rights $1\" m && return; sleep "
    "0.1; done; echo \"never $1\"; cat m; }\n";

TEST_F(RbacReview, FollowsThroughRotationRestartAndTheEnd) {
  const std::string beat = Beat(0, 1200);
  const auto get = [](const char* verb, int minutes) {
    return Line({.user = "alice",
                 .verb = verb,
                 .resource = verb == std::string("get") ? "secrets" : "pods",
                 .space = "shop",
                 .name = "a",
                 .minutes = minutes});
  };
  tree_.Write("/log/audit.log", beat + Work(30));
  tree_.Write("/one", get("get", 1201) + Beat(1210, 1210));
  tree_.Write("/two", get("delete", 1202) + Beat(1220, 1220));
  tree_.Write("/three", Beat(1230, 1230) + Work(1231));
  const std::string follow = Program() +
                             " rbac review -f rbac.yaml --follow log/audit.log --state state "
                             "--metrics m --audit-policy all.yaml --every 1s";
  const Ran run = RunCommand(
      {"sh", "-c",
       std::string(kWaitFor) + follow + " & pid=$!\nseen 1\n" +
           // Renamed, with something behind what was read, and a new one.
           "cat one >> log/audit.log; mv log/audit.log log/audit-2026-11-01T21-00-00.000.log\n"
           "cat two > log/audit.log\nseen 3\n" +
           // Killed; rotated by copy and truncation while nobody looks; begun again.
           "kill -9 $pid; wait $pid\n"
           "cat three >> log/audit.log; cp log/audit.log log/audit.log.1; : > log/audit.log\n" +
           follow +
           " & pid=$!\n"
           "for i in $(seq 300); do grep -q '\"last\":1793565060' state && break; sleep 0.1; done\n"
           "kill -TERM $pid; wait $pid; echo ended $?\n" +
           Program() + " rbac review -f rbac.yaml --state state --audit-policy all.yaml -v"},
      {.timeout_seconds = 120, .directory = tree_.root()});
  HasNot(run, "never 1");
  HasNot(run, "never 3");
  Has(run, "ended 0\n");
  Has(run, "    used     get secrets: 1 request, ");
  Has(run, "    used     delete, get pods: 3 requests, ");
}

TEST_F(RbacReview, FollowingTellsWhatAManifestHoldsThatIsNotRead) {
  tree_.Write("/rbac.yaml", std::string(kRbac) + "hello: world\n");
  const Ran run =
      RunCommand({"sh", "-c",
                  std::string(kWaitFor) + Program() +
                      " rbac review -f rbac.yaml --follow audit.log --metrics m & pid=$!\nseen 1\n"
                      "kill -INT $pid; wait $pid; echo ended $?\n"},
                 {.timeout_seconds = 120, .directory = tree_.root()});
  Has(run, "ended 130\n");
  EXPECT_NE(run.err.find("unknown field hello"), std::string::npos) << run.err;
}

TEST_F(RbacReview, HostileLogs) {
  // A line without an end, by a pipe.
  Ran run = RunCommand(
      {"sh", "-c",
       "{ cat audit.log; yes xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx | tr -d '\\n' | head -c 60000000; } "
       "| " +
           Program() + " rbac review -f rbac.yaml --audit-log - --audit-policy all.yaml"},
      {.timeout_seconds = 120, .directory = tree_.root()});
  EXPECT_EQ(run.status, 3) << run.out;
  EXPECT_NE(run.err.find("a line of more than 16 MiB"), std::string::npos) << run.err;
  // Names that a terminal would obey.
  tree_.Write("/audit.log", Beat(0, 1200) + Line({.user = "ev\\u001b[2Jil\\u202e",
                                                  .verb = "create",
                                                  .resource = "rolebindings",
                                                  .space = "shop",
                                                  .name = "x\\ny",
                                                  .minutes = 1200,
                                                  .group = "rbac.authorization.k8s.io"}));
  run = Look();
  Has(run, "ev\\x1b[2Jil\\u202e made rolebindings shop/x\\ny");
  // Lists as webhooks get them, among lines; another time zone; a truncated archive.
  std::string event = Line({.user = "alice",
                            .verb = "get",
                            .resource = "pods",
                            .space = "shop",
                            .name = "a",
                            .minutes = 30});
  event.pop_back();
  std::string local = event;
  for (size_t at = 0; (at = local.find("T00:30:00.000000Z", at)) != std::string::npos;)
    local.replace(at, 17, "T02:30:00.000000+02:00");
  for (size_t at = 0; (at = local.find("alice")) != std::string::npos;)
    local.replace(at, 5, "anton");
  tree_.Write("/audit.log", Beat(0, 600) + "{\"kind\":\"EventList\",\"items\":[" + event + "," +
                                local + "," + event + "]}\n" + event + "\n" + Beat(610, 1200));
  run = Look({"-v"});
  EXPECT_EQ(run.status, 1);
  Has(run, "Group devs: 2 requests, 2026-11-01T00:30:00Z to 2026-11-01T00:30:00Z, by alice, anton");
  ASSERT_EQ(RunCommand({"sh", "-c", "gzip -c audit.log | head -c 300 > cut.gz"},
                       {.directory = tree_.root()})
                .status,
            0);
  run = Look({"--audit-log", "cut.gz"});
  EXPECT_EQ(run.status, 3) << run.out;
  EXPECT_NE(run.err.find("the gzip file ends too early"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace seawall::test
