// seawall harden from the plan to the rollback, on trees that are not running.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "examples.h"
#include "node_paths.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

/// Everything that a person could say yes to.
std::vector<std::string> Consents() {
  return {"--set", "accept-join-by-file=true",
          "--set", "accept-static-tokens-end=true",
          "--set", "accept-token-expiration=true",
          "--set", "accept-serving-approval=true",
          "--set", "service-account-max-token-expiration=24h",
          "--set", "oidc-issuer-url=https://dex.example.com",
          "--set", "oidc-client-id=kubernetes"};
}

std::vector<std::string> PlanOf(const Tree& tree, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"harden",
                                    "plan",
                                    "--root",
                                    tree.root(),
                                    "--component-version",
                                    "kubernetes=1.37.2,etcd=3.7.0"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

size_t Failing(const Tree& tree) {
  Ran run = Seawall({"audit", "--root", tree.root(), "-o", "json", "--component-version",
                     "kubernetes=1.37.2,etcd=3.7.0"});
  const auto report = Json(run.out);
  size_t failing = 0;
  for (const auto& finding : report["findings"].GetArray())
    failing += std::string(finding["verdict"].GetString()) == "fail" ? 1 : 0;
  return failing;
}

class HardenExample : public testing::TestWithParam<const char*> {};

TEST_P(HardenExample, PlanApplyBetterEmptyRollbackIdentical) {
  Tree tree;
  tree.CopyFrom(Examples::Get().Path(GetParam()));
  Tree elsewhere;
  const auto before = Snapshot(tree.root());
  const size_t failed = Failing(tree);
  std::vector<std::string> words = PlanOf(tree, Consents());
  words.insert(words.end(), {"--out", elsewhere.Path("/plan")});
  Ran plan = Seawall(words);
  ASSERT_EQ(plan.status, 1) << plan.out << plan.err;
  EXPECT_EQ(Snapshot(tree.root()), before) << "a plan changes nothing";
  struct stat stat{};
  ASSERT_EQ(::stat(elsewhere.Path("/plan").c_str(), &stat), 0);
  EXPECT_EQ(stat.st_mode & 0777u, 0600u);

  Ran apply = Seawall({"harden", "apply", elsewhere.Path("/plan"), "--offline", "--yes"});
  ASSERT_EQ(apply.status, 0) << apply.out << apply.err;
  EXPECT_LT(Failing(tree), failed);
  Ran again = Seawall(PlanOf(tree, Consents()));
  EXPECT_EQ(again.status, 0) << again.out;
  Ran twice = Seawall({"harden", "apply", elsewhere.Path("/plan"), "--offline", "--yes"});
  EXPECT_EQ(twice.status, 0) << twice.err;
  EXPECT_NE(twice.out.find("nothing to do"), std::string::npos) << twice.out;
  EXPECT_EQ(Seawall({"harden", "fsck", "--root", tree.root()}).status, 0);

  Ran back = Seawall({"harden", "rollback", "--root", tree.root(), "--offline", "--yes"});
  EXPECT_EQ(back.status, 0) << back.out << back.err;
  EXPECT_EQ(Snapshot(tree.root()), before);
  EXPECT_EQ(Seawall({"harden", "status", "--root", tree.root()}).status, 0);
}

INSTANTIATE_TEST_SUITE_P(Nodes, HardenExample,
                         testing::Values("cp-0", "master-1", "etcd-0", "etcd-1", "etcd-2"));

class Harden : public testing::Test {
 protected:
  void SetUp() override { tree_.CopyFrom(Examples::Get().Path("cp-0")); }
  Ran MakePlan() {
    std::vector<std::string> words = PlanOf(tree_);
    words.insert(words.end(), {"--out", plan_file_});
    return Seawall(words);
  }
  Ran Apply() { return Seawall({"harden", "apply", plan_file_, "--offline", "--yes"}); }
  Ran RollBack(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"harden",     "rollback",  "--root",
                                      tree_.root(), "--offline", "--yes"};
    words.insert(words.end(), more.begin(), more.end());
    return Seawall(words);
  }

  Tree tree_, elsewhere_;
  std::string plan_file_ = elsewhere_.Path("/plan");
};

TEST_F(Harden, AStalePlanIsRefusedWithTheDifference) {
  ASSERT_EQ(MakePlan().status, 1);
  tree_.Replace(kApiServer, "    - --secure-port=6443\n",
                "    - --secure-port=6443\n    - --v=4\n");
  const auto before = Snapshot(tree_.root());
  Ran run = Apply();
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("- --v=4"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find(kApiServer), std::string::npos) << run.err;
  EXPECT_EQ(Snapshot(tree_.root()), before);
}

TEST_F(Harden, WhatSomebodyEditedSinceIsNotTakenBack) {
  ASSERT_EQ(MakePlan().status, 1);
  const auto before = Snapshot(tree_.root());
  ASSERT_EQ(Apply().status, 0);
  tree_.Replace(kApiServer, "    - --secure-port=6443\n",
                "    - --secure-port=6443\n    - --v=4\n");
  const auto edited = Snapshot(tree_.root());
  Ran run = RollBack();
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("+    - --v=4"), std::string::npos) << run.err;
  EXPECT_EQ(Snapshot(tree_.root()), edited);
  run = RollBack({"--untouched"});
  EXPECT_EQ(run.status, 3) << run.out << run.err;
  auto after = Snapshot(tree_.root());
  EXPECT_EQ(after[kApiServer], edited.at(kApiServer));
  after[kApiServer] = before.at(kApiServer);
  EXPECT_EQ(after, before);
}

TEST_F(Harden, ItsOwnersFilesAreHandedOver) {
  tree_.Replace(kApiServer, "apiVersion: v1\n", "# Ansible managed\napiVersion: v1\n");
  Ran run = MakePlan();
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(run.out.find("handed over"), std::string::npos);
  EXPECT_NE(run.out.find("ansible: apiserver-profiling-off"), std::string::npos) << run.out;
  EXPECT_EQ(run.out.find(std::string("edit ") + kApiServer), std::string::npos) << run.out;
  run = Seawall(PlanOf(tree_, {"--owned-by", "us=/var/lib/kubelet"}));
  EXPECT_NE(run.out.find("us: kubelet-profiling-off"), std::string::npos) << run.out;
}

/// Several findings of one file: one diff, which patch takes, and after it nothing is left.
TEST_F(Harden, WhatIsHandedOverIsOneDiff) {
  tree_.Replace(kKubelet, "apiVersion: kubelet", "# Ansible managed\napiVersion: kubelet");
  tree_.Replace(kKubelet, "  mode: Webhook\n", "  mode: AlwaysAllow\n");
  ASSERT_EQ(MakePlan().status, 1);
  ASSERT_EQ(Apply().status, 0);
  Ran run = Seawall(PlanOf(tree_, {"-o", "unified-diff"}));
  EXPECT_EQ(run.status, 1) << "others have to do it";
  elsewhere_.Write("/d.patch", run.out);
  Ran patched = RunCommand({"patch", "-p1", "-s", "-i", elsewhere_.Path("/d.patch")},
                           {.directory = tree_.root()});
  EXPECT_EQ(patched.status, 0) << patched.out << patched.err << run.out;
  run = Seawall(PlanOf(tree_));
  EXPECT_EQ(run.status, 0) << run.out;
}

/// etcd's listener in the clear stays while this node's API server asks there.
TEST_F(Harden, NoApiServerLosesItsEtcd) {
  Tree node;
  node.CopyFrom(Examples::Get().Path("master-1"));
  Ran run = Seawall(PlanOf(node, {"-o", "json"}));
  ASSERT_EQ(run.status, 1) << run.err;
  const auto plan = Json(run.out);
  for (const auto& step : plan["steps"].GetArray()) {
    for (const auto& change : step["changes"].GetArray())
      EXPECT_STRNE(change["path"].GetString(), "/etc/etcd/etcd.env");
  }
  std::string why;
  for (const auto& one : plan["notDone"].GetArray()) {
    if (one["rule"] == "etcd-client-cert-auth") why = one["why"].GetString();
  }
  EXPECT_NE(why.find("asks etcd in the clear"), std::string::npos) << why;
  // Without an API server on this node nobody loses it.
  node.Remove("/etc/systemd/system/kube-apiserver.service");
  run = Seawall(PlanOf(node, {"--rules", "etcd-client-cert-auth"}));
  EXPECT_NE(run.out.find("edit /etc/etcd/etcd.env"), std::string::npos) << run.out;
}

/// A unit of the distribution gets a drop-in, beside a mode that changes.
TEST_F(Harden, TheDiffMakesNewFilesToo) {
  Tree node;
  node.CopyFrom(Examples::Get().Path("master-1"));
  const std::string name = "/system/kube-scheduler.service";
  fs::create_directories(node.Path("/usr/lib/systemd/system"));
  fs::rename(node.Path("/etc/systemd" + name), node.Path("/usr/lib/systemd" + name));
  Ran run = Seawall(PlanOf(node, {"-o", "unified-diff"}));
  elsewhere_.Write("/d.patch", run.out);
  Ran patched = RunCommand({"patch", "-p1", "-s", "-i", elsewhere_.Path("/d.patch")},
                           {.directory = node.root()});
  EXPECT_EQ(patched.status, 0) << patched.out << patched.err << run.out;
  EXPECT_TRUE(fs::exists(node.Path("/etc/systemd" + name + ".d/90-seawall.conf")));
  EXPECT_EQ(Seawall(PlanOf(node)).status, 0);
}

TEST_F(Harden, RefusesBeforeTheFirstChange) {
  ASSERT_EQ(MakePlan().status, 1);
  const auto before = Snapshot(tree_.root());
  // A second name of a file: a rename would part them.
  fs::create_hard_link(tree_.Path(kApiServer), tree_.Path("/etc/second"));
  Ran run = Apply();
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("hard links"), std::string::npos) << run.err;
  fs::remove(tree_.Path("/etc/second"));
  // Somebody else, who may not.
  run = Seawall({"harden", "apply", plan_file_, "--offline", "--yes"}, {.uid = 65534});
  EXPECT_EQ(run.status, 2) << run.out;
  EXPECT_EQ(Snapshot(tree_.root()), before);
  // Without a yes, and without saying that nothing runs.
  EXPECT_EQ(Seawall({"harden", "apply", plan_file_, "--offline"}).status, 2);
  EXPECT_EQ(Seawall({"harden", "apply", plan_file_, "--yes"}).status, 2);
  EXPECT_EQ(Seawall({"harden", "pln", "--root", tree_.root()}).status, 2);
  EXPECT_EQ(Seawall({"harden", "plan", "--root", tree_.root(), "--set", "nonsense=1"}).status, 2);
}

TEST_F(Harden, OneAtATime) {
  ASSERT_EQ(MakePlan().status, 1);
  tree_.Write("/var/lib/seawall/lock", "process 1, a test, since today");
  Ran run = RunCommand({"flock", tree_.Path("/var/lib/seawall/lock"), Program(), "harden", "apply",
                        plan_file_, "--offline", "--yes"});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("process 1, a test"), std::string::npos) << run.err;
  EXPECT_EQ(Apply().status, 0);
}

TEST_F(Harden, TheLockTellsWhoAndForHowLong) {
  ASSERT_EQ(MakePlan().status, 1);
  tree_.Write("/var/lib/seawall/lock",
              "process 1, seawall harden apply, since 2026-01-01T00:00:00Z");
  Ran run = RunCommand({"flock", tree_.Path("/var/lib/seawall/lock"), Program(), "harden", "apply",
                        plan_file_, "--offline", "--yes"});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("since 2026-01-01T00:00:00Z ("), std::string::npos) << run.err;
  EXPECT_NE(run.err.find(" s ago)"), std::string::npos) << run.err;
}

TEST_F(Harden, WhatDoesNotRunIsNotWaitedFor) {
  ASSERT_EQ(MakePlan().status, 1);
  const auto before = Snapshot(tree_.root());
  Ran run = Seawall({"harden", "apply", plan_file_, "--offline", "--yes", "--confirm", "5m"});
  EXPECT_EQ(run.status, 2) << run.out;
  EXPECT_EQ(Snapshot(tree_.root()), before);
  run = Seawall({"harden", "confirm", "--root", tree_.root()});
  EXPECT_EQ(run.status, 2) << run.out;
  EXPECT_NE(run.err.find("nothing waits for a confirmation"), std::string::npos) << run.err;
}

/// What an apply with --confirm leaves, taken back and kept: the journal decides.
TEST_F(Harden, WhatWasWrittenIntoANewFolderStays) {
  Tree node;
  node.Write("/etc/hostname", "cp-0\n", 0644);
  node.Write("/var/log/syslog", "", 0640);
  node.Write(kApiServer,
             "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\nspec:\n  containers:\n"
             "  - command:\n    - kube-apiserver\n    - --secure-port=6443\n    image: "
             "registry.k8s.io/kube-apiserver:v1.37.2\n    name: kube-apiserver\n");
  Ran run =
      Seawall({"harden", "apply", "--root", node.root(), "--row", "3d", "--offline", "--yes"});
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  ASSERT_TRUE(fs::is_directory(node.Path("/var/log/kubernetes/audit"))) << run.out;
  node.Write("/var/log/kubernetes/audit/audit.log", "{}\n");
  run = Seawall({"harden", "rollback", "--root", node.root(), "--offline", "--yes"});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_NE(run.out.find("since: /var/log/kubernetes/audit\n"), std::string::npos) << run.out;
  EXPECT_EQ(ReadFile(node.Path("/var/log/kubernetes/audit/audit.log")), "{}\n");
}

TEST_F(Harden, TheJournalTellsWhatWaits) {
  ASSERT_EQ(MakePlan().status, 1);
  ASSERT_EQ(Apply().status, 0);
  std::string folder;
  for (const auto& entry : fs::directory_iterator(tree_.Path("/var/lib/seawall"))) {
    if (entry.is_directory()) folder = entry.path();
  }
  std::string journal = ReadFile(folder + "/journal.json");
  EXPECT_NE(journal.find("\"component\": \"kube-apiserver\""), std::string::npos) << journal;
  const std::string kept = "\"confirmSeconds\": 0";
  ASSERT_NE(journal.find(kept), std::string::npos);
  journal.replace(journal.find(kept), kept.size(), "\"confirmSeconds\": 300");
  std::ofstream(folder + "/journal.json", std::ios::binary) << journal;
  Ran run = Seawall({"harden", "status", "--root", tree_.root()});
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(run.out.find("applied, not confirmed"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("unless: seawall harden confirm"), std::string::npos) << run.out;
  EXPECT_EQ(Seawall({"harden", "confirm", "--root", tree_.root()}).status, 0);
  EXPECT_EQ(Seawall({"harden", "status", "--root", tree_.root()}).status, 0);
  EXPECT_EQ(RollBack().status, 0);
}

/// A journal that was written before journals had steps.
TEST_F(Harden, AJournalOfTheReleaseBeforeIsTakenBack) {
  ASSERT_EQ(MakePlan().status, 1);
  const auto before = Snapshot(tree_.root());
  ASSERT_EQ(Apply().status, 0);
  for (const auto& entry : fs::directory_iterator(tree_.Path("/var/lib/seawall"))) {
    if (!entry.is_directory()) continue;
    const std::string path = entry.path().string() + "/journal.json";
    std::string journal = ReadFile(path);
    journal.replace(journal.find("\"1.1\""), 5, "\"1.0\"");
    journal.erase(journal.find(",\n \"live\""));
    std::ofstream(path, std::ios::binary) << journal << "\n}\n";
  }
  EXPECT_EQ(Seawall({"harden", "fsck", "--root", tree_.root()}).status, 0);
  EXPECT_EQ(RollBack().status, 0);
  EXPECT_EQ(Snapshot(tree_.root()), before);
}

TEST_F(Harden, LinksStayInsideOfTheRoot) {
  // The manifests lie behind a link that a process in the tree would follow within it.
  fs::create_directories(tree_.Path("/data"));
  fs::rename(tree_.Path("/etc/kubernetes/manifests"), tree_.Path("/data/manifests"));
  fs::create_symlink("/data/manifests", tree_.Path("/etc/kubernetes/manifests"));
  ASSERT_EQ(MakePlan().status, 1);
  Ran run = Apply();
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(ReadFile(tree_.Path("/data/manifests/kube-apiserver.yaml")).find("--profiling=false"),
            std::string::npos);
  EXPECT_TRUE(fs::is_symlink(tree_.Path("/etc/kubernetes/manifests")));
  ASSERT_EQ(RollBack().status, 0);
  // A file that became a link to something outside after the plan was made.
  ASSERT_EQ(MakePlan().status, 1);
  elsewhere_.Write("/outside", "mine\n");
  fs::remove(tree_.Path("/data/manifests/kube-scheduler.yaml"));
  fs::create_symlink(elsewhere_.Path("/outside"),
                     tree_.Path("/data/manifests/kube-scheduler.yaml"));
  EXPECT_EQ(Apply().status, 2);
  EXPECT_EQ(ReadFile(elsewhere_.Path("/outside")), "mine\n");
}

TEST_F(Harden, AChangedPlanOrJournalIsRefused) {
  ASSERT_EQ(MakePlan().status, 1);
  const std::string plan = ReadFile(plan_file_);
  const auto before = Snapshot(tree_.root());
  for (const auto& [what, with] : std::map<std::string, std::string>{
           {"\"path\": \"/etc", "\"path\": \"/../etc"},
           {"\"schemaVersion\": \"1.0\"", "\"schemaVersion\": \"3.0\""},
           {"seawall-plan", "plan"}}) {
    std::string changed = plan;
    ASSERT_NE(changed.find(what), std::string::npos) << what;
    changed.replace(changed.find(what), what.size(), with);
    elsewhere_.Write("/changed", changed);
    Ran run = Seawall({"harden", "apply", elsewhere_.Path("/changed"), "--offline", "--yes"});
    EXPECT_EQ(run.status, 2) << what << run.out;
  }
  EXPECT_EQ(Snapshot(tree_.root()), before);
  ASSERT_EQ(Apply().status, 0);
  const auto after = Snapshot(tree_.root());
  // Bytes before that are not those that were stored: nothing is taken back with them.
  for (const auto& entry : fs::recursive_directory_iterator(tree_.Path("/var/lib/seawall"))) {
    if (entry.path().filename().string().starts_with("before-")) {
      std::ofstream(entry.path(), std::ios::app) << "x";
      break;
    }
  }
  EXPECT_EQ(Seawall({"harden", "fsck", "--root", tree_.root()}).status, 1);
  EXPECT_EQ(RollBack().status, 2);
  EXPECT_EQ(Snapshot(tree_.root()), after);
}

TEST_F(Harden, AJournalThatCannotBeReadHidesNoOther) {
  ASSERT_EQ(MakePlan().status, 1);
  ASSERT_EQ(Apply().status, 0);
  std::string id;
  for (const auto& entry : fs::directory_iterator(tree_.Path("/var/lib/seawall")))
    if (entry.is_directory()) id = entry.path().filename();
  const std::string ours = "/var/lib/seawall/" + id;
  const std::string older = "/var/lib/seawall/20200101T000000Z-00000000";
  fs::copy(tree_.Path(ours), tree_.Path(older), fs::copy_options::recursive);
  tree_.Write(older + "/journal.json", "{\"kind\": \"seawall-jour");
  const auto status = [&] { return Seawall({"harden", "status", "--root", tree_.root()}); };
  Ran run = status();
  EXPECT_EQ(run.status, 3) << run.out;
  EXPECT_NE(run.out.find(id + "  applied"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("20200101T000000Z-00000000  cannot be read: "), std::string::npos);
  EXPECT_NE(run.out.find("by its log it came to its end"), std::string::npos) << run.out;
  run = Seawall({"harden", "history", "--root", tree_.root(), "-o", "json"});
  EXPECT_EQ(run.status, 3);
  // By its log it came to its end: nothing minds.
  EXPECT_EQ(RollBack().status, 0);
  EXPECT_EQ(Apply().status, 0);
  // Without that it may have left anything.
  fs::remove(tree_.Path(older) + "/log");
  EXPECT_EQ(RollBack().status, 0);
  const auto before = Snapshot(tree_.root());
  run = Apply();
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("20200101T000000Z-00000000"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("out of the way"), std::string::npos) << run.err;
  EXPECT_EQ(Snapshot(tree_.root()), before);
  EXPECT_EQ(Seawall({"harden", "fsck", "--root", tree_.root()}).status, 1);
}

/// Its log tells that it was begun: what it changed is not "nothing".
TEST_F(Harden, AJournalThatIsGoneIsNotNothing) {
  ASSERT_EQ(MakePlan().status, 1);
  ASSERT_EQ(Apply().status, 0);
  std::string journal;
  for (const auto& entry : fs::directory_iterator(tree_.Path("/var/lib/seawall")))
    if (entry.is_directory()) journal = entry.path() / "journal.json";
  for (const bool link : {false, true}) {
    fs::remove(journal);
    if (link) fs::create_symlink("plan.json", journal);
    Ran run = Seawall({"harden", "status", "--root", tree_.root()});
    EXPECT_EQ(run.status, 3) << run.out << run.err;
    EXPECT_NE(run.out.find("by its log it came to its end"), std::string::npos) << run.out;
    run = Seawall({"harden", "fsck", "--root", tree_.root()});
    EXPECT_EQ(run.status, 1);
    EXPECT_EQ(run.out.find("can be removed"), std::string::npos) << run.out;
    EXPECT_EQ(RollBack().status, 2);
  }
}

TEST_F(Harden, APlanWithoutStepsIsNone) {
  ASSERT_EQ(MakePlan().status, 1);
  std::string text = ReadFile(plan_file_);
  const size_t at = text.find("\"steps\"");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 7, "\"stepz\"");
  elsewhere_.Write("/plan", text);
  const Ran run = Apply();
  EXPECT_EQ(run.status, 2) << run.out;
  EXPECT_NE(run.err.find("it has no steps"), std::string::npos) << run.err;
}

/// The benchmark's rule fails for what is recorded too much as for what is left out.
TEST_F(Harden, APolicyThatRecordsBodiesIsMendedForTheBenchmarkToo) {
  tree_.Write("/etc/kubernetes/audit/policy.yaml",
              "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: RequestResponse\n",
              0600);
  const std::vector<std::string> rules = {"--rules", "audit-policy-covers-key-concerns"};
  const auto plan = Json(Seawall(PlanOf(tree_, {"-o", "json", rules[0], rules[1]})).out);
  EXPECT_EQ(plan["notDone"].Size(), 0u);
  EXPECT_EQ(plan["steps"].Size(), 1u);
}

/// A list whose flag comes twice names a plugin once.
TEST_F(Harden, APluginIsNamedOnce) {
  tree_.Replace(kApiServer, "    - --enable-admission-plugins=NodeRestriction\n",
                "    - --enable-admission-plugins=NodeRestriction\n"
                "    - --enable-admission-plugins=AlwaysAdmit,NodeRestriction\n");
  const Ran run = Seawall(PlanOf(tree_, {"--rules", "admission-not-always-admit"}));
  EXPECT_NE(run.out.find("+    - --enable-admission-plugins=NodeRestriction\n"), std::string::npos)
      << run.out;
}

/// The token file goes with the fix of one rule, and another one fails no more.
TEST_F(Harden, WhatAnothersFixCuresIsTold) {
  const Ran run = Seawall({"harden", "plan", "--root", tree_.root(), "--rules",
                           "bootstrap-token-auth", "--set", "accept-static-tokens-end=true"});
  EXPECT_NE(run.out.find("what does not fail then, either: apiserver-no-token-file"),
            std::string::npos)
      << run.out;
}

TEST_F(Harden, NothingIsEditedOfWhatIsNotKnown) {
  Tree systemd;
  systemd.CopyFrom(Examples::Get().Path("master-1"));
  Ran run = Seawall({"harden", "plan", "--root", systemd.root()});
  EXPECT_NE(run.out.find("are unknown: what is not known is not edited"), std::string::npos)
      << run.out;
}

TEST_F(Harden, ThePlanSaysWhichValidatorsWereNotAsked) {
  Tree systemd;
  systemd.CopyFrom(Examples::Get().Path("master-1"));
  const auto plan = Json(Seawall(PlanOf(systemd, {"-o", "json"})).out);
  ASSERT_GE(plan["notChecked"].Size(), 1u);
  EXPECT_NE(std::string(plan["notChecked"][0].GetString()).find("systemd-analyze verify"),
            std::string::npos);
  EXPECT_EQ(Json(Seawall(PlanOf(tree_, {"-o", "json", "--rules", "scheduler-profiling-off"}))
                     .out)["notChecked"]
                .Size(),
            0u);
}

TEST_F(Harden, TheDiffIsOneThatPatchTakes) {
  Ran run = Seawall(PlanOf(tree_, {"-o", "unified-diff"}));
  ASSERT_EQ(run.status, 1);
  elsewhere_.Write("/d.patch", run.out);
  Tree copy;
  copy.CopyFrom(tree_.root());
  Ran patched = RunCommand({"patch", "-p1", "-s", "-i", elsewhere_.Path("/d.patch")},
                           {.directory = copy.root()});
  EXPECT_EQ(patched.status, 0) << patched.out << patched.err;
  ASSERT_EQ(MakePlan().status, 1);
  ASSERT_EQ(Apply().status, 0);
  EXPECT_EQ(ReadFile(copy.Path(kApiServer)), ReadFile(tree_.Path(kApiServer)));
}

TEST_F(Harden, ADropInRestatesNoSecret) {
  Tree node;
  node.Write("/etc/hostname", "cp-0\n", 0644);
  node.Write("/etc/systemd/system/other.service", "", 0644);
  const std::string unit = "/usr/lib/systemd/system/kube-scheduler.service";
  const auto plan = [&](const std::string& more) {
    node.Write(unit,
               "[Service]\nExecStart=/usr/bin/kube-scheduler --leader-elect=true" + more + "\n",
               0644);
    return Seawall({"harden", "plan", "--root", node.root(), "--rules", "scheduler-profiling-off",
                    "--component-version", "kubernetes=1.37.2", "-o", "json"});
  };
  Ran run = plan(" --v=2");
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_NE(run.out.find("90-seawall.conf"), std::string::npos) << run.out;
  run = plan(" --master=https://admin:hunter2hunter2@192.0.2.1:6443");
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_EQ(run.out.find("hunter2"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("looks like a secret"), std::string::npos) << run.out;
}

TEST_F(Harden, NoSecretLeaves) {
  Ran run = Seawall(PlanOf(tree_, {"-o", "json"}));
  const std::string token = ReadFile(tree_.Path("/etc/kubernetes/tokens/known.csv")).substr(0, 12);
  for (const char* format : {"text", "json", "unified-diff"}) {
    run = Seawall(PlanOf(tree_, {"-o", format}));
    EXPECT_EQ(run.out.find(token), std::string::npos);
    EXPECT_EQ(run.out.find("PRIVATE KEY"), std::string::npos);
  }
}

}  // namespace
}  // namespace seawall::test
