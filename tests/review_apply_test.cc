// `seawall rbac review --apply` against an API server that keeps objects: what is taken away, what
// is refused, what becomes of it when something fails in the middle, and the way back.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "program.h"
#include "rbac_api.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEverything =
    R"("rules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}])";
constexpr const char* kDev =
    R"("rules":[{"verbs":["get","delete"],"apiGroups":[""],"resources":["pods"]},{"verbs":["get"],"apiGroups":[""],"resources":["secrets"]}])";

std::string Bound(const std::string& kind, const std::string& role, const std::string& subjects) {
  return fmt::format(
      R"("roleRef":{{"apiGroup":"rbac.authorization.k8s.io","kind":"{}","name":"{}"}},"subjects":[{}])",
      kind, role, subjects);
}
std::string Subject(const std::string& kind, const std::string& name) {
  return fmt::format(R"({{"apiGroup":"rbac.authorization.k8s.io","kind":"{}","name":"{}"}})", kind,
                     name);
}
constexpr const char* kCi = R"({"kind":"ServiceAccount","name":"ci","namespace":"shop"})";

std::string Ago(int minutes) {
  const std::time_t at = std::time(nullptr) - 60 * std::time_t{minutes};
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.000000Z", fmt::gmtime(at));
}
std::string Line(const std::string& user, const std::string& groups, const std::string& verb,
                 const std::string& group, const std::string& resource, int minutes) {
  return fmt::format(
      R"({{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"{0}{2}{4}{5}","stage":"ResponseComplete","requestURI":"/x/{4}","verb":"{2}","user":{{"username":"{0}","groups":[{1}]}},"objectRef":{{"resource":"{4}","namespace":"shop","name":"a","apiGroup":"{3}"}},"responseStatus":{{"code":200}},"requestReceivedTimestamp":"{5}","stageTimestamp":"{5}","annotations":{{"authorization.k8s.io/decision":"allow"}}}})"
      "\n",
      user, groups, verb, group, resource, Ago(minutes));
}
/// From `from` minutes ago until `to`, what the cluster's own components write.
std::string Beat(int from, int to) {
  std::string log;
  for (int at = from; at >= to; at -= 10)
    log += Line("system:kube-scheduler", "", "update", "coordination.k8s.io", "leases", at);
  return log;
}

class ReviewApply : public testing::Test {
 protected:
  ReviewApply() {
    api_.Add("Role", "shop", "dev", kDev, R"(,"annotations":{"team":"shop"})");
    api_.Add("RoleBinding", "shop", "devs", Bound("Role", "dev", Subject("Group", "devs")));
    api_.Add("ClusterRole", "", "all", kEverything);
    api_.Add("ClusterRoleBinding", "", "gone", Bound("ClusterRole", "all", Subject("User", "bob")));
    api_.Add("ClusterRoleBinding", "", "ci", Bound("ClusterRole", "all", kCi));
    api_.Add("ClusterRoleBinding", "", "break-glass",
             Bound("ClusterRole", "all", Subject("User", "oncall")));
    api_.Add("ClusterRoleBinding", "", "nodes",
             Bound("ClusterRole", "all", Subject("Group", "system:nodes")));
    tree_.Write("/all.yaml",
                "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n");
    tree_.Write("/audit.log", Log(0));
    tree_.Write("/root/placeholder", "");
    was_ = api_.Snapshot();
  }
  static std::string Log(int end) {
    return Beat(end + 600, end + 300) +
           Line("alice", R"("devs","system:authenticated")", "get", "", "pods", end + 295) +
           Line("system:serviceaccount:shop:ci", R"("system:serviceaccounts")", "patch", "apps",
                "deployments", end + 294) +
           Beat(end + 290, end);
  }
  std::vector<std::string> Words(const std::vector<std::string>& more) const {
    std::vector<std::string> words = {
        "rbac",     "review",      "--kubeconfig", api_.Kubeconfig(), "--audit-policy",
        "all.yaml", "--audit-log", "audit.log",    "--root",          tree_.Path("/root"),
        "--apply"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Ran Apply(const std::vector<std::string>& more = {"--yes"}) const {
    return Seawall(Words(more), {.directory = tree_.root()});
  }
  Ran Harden(std::vector<std::string> words) const {
    words.insert(words.begin(), "harden");
    words.insert(words.end(), {"--root", tree_.Path("/root")});
    return Seawall(words, {.directory = tree_.root()});
  }
  static void Has(const Ran& run, const std::string& text) {
    EXPECT_NE((run.out + run.err).find(text), std::string::npos) << text << "\n"
                                                                 << run.out << run.err;
  }
  void ExpectUntouched() const {
    EXPECT_EQ(api_.Snapshot(), was_);
    EXPECT_TRUE(api_.writes.empty());
  }
  void ExpectRefused(const Ran& run, const std::string& why) const {
    EXPECT_EQ(run.status, 2) << run.out << run.err;
    Has(run, why);
    ExpectUntouched();
    EXPECT_EQ(Journals(), 0u);
  }
  /// What is taken away, all and only.
  void ExpectDone() const {
    EXPECT_FALSE(api_.Has(RbacApi::Path("ClusterRoleBinding", "", "gone")));
    EXPECT_FALSE(api_.Has(RbacApi::Path("ClusterRoleBinding", "", "ci")));
    EXPECT_TRUE(api_.Text(RbacApi::Path("ClusterRole", "", "ci-ci-reviewed"))
                    .contains(R"("verbs":["patch"])"));
    EXPECT_TRUE(api_.Has(RbacApi::Path("ClusterRoleBinding", "", "ci-ci-reviewed")));
    const std::string dev = api_.Text(RbacApi::Path("Role", "shop", "dev"));
    EXPECT_FALSE(dev.contains("delete")) << dev;
    EXPECT_FALSE(dev.contains("secrets")) << dev;
    EXPECT_TRUE(dev.contains(R"("team":"shop")")) << dev;
    for (const char* stays : {"break-glass", "nodes"}) {
      const std::string path = RbacApi::Path("ClusterRoleBinding", "", stays);
      EXPECT_EQ(api_.Snapshot().at(path), was_.at(path));
    }
  }
  std::string Folder() const { return tree_.Path("/root/var/lib/seawall"); }
  size_t Journals() const {
    size_t count = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(Folder(), error))
      count += entry.is_directory() ? 1 : 0;
    return count;
  }
  /// Ends the program that is asking, as by a power failure.
  void KillIt() const {
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != name.npos) continue;
      std::ifstream file(entry.path() / "cmdline");
      const std::string words((std::istreambuf_iterator<char>(file)), {});
      if (words.contains(tree_.Path("/root")) && words.contains("seawall"))
        kill(std::stoi(name), SIGKILL);
    }
  }
  /// `what` is done to the writing of that number (of RBAC objects, dry runs not).
  RbacApi::Fault AtWrite(size_t number,
                         const std::function<std::optional<HttpApi::Answer>()>& what) {
    return [this, number, what](const HttpApi::Asked& asked) -> std::optional<HttpApi::Answer> {
      const bool write = asked.method != "GET" && asked.path.starts_with(RbacApi::kGroup) &&
                         !asked.query.contains("dryRun");
      if (!write || ++written_ != number) return std::nullopt;
      return what();
    };
  }

  RbacApi api_;
  Tree tree_;
  std::map<std::string, std::string> was_;
  size_t written_ = 0;
};

TEST_F(ReviewApply, TakesAwayWhatNobodyUsedAndGivesItBack) {
  const Ran run = Apply();
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  Has(run, "--- a/Role/shop/dev.yaml");
  Has(run, "-  verbs: [get, delete]");
  Has(run, "ClusterRoleBinding gone binds nobody any more, and is deleted\n");
  Has(run, "changed ClusterRoleBinding ci\n");
  ExpectDone();
  const Ran status = Harden({"status"});
  EXPECT_EQ(status.status, 0) << status.out << status.err;
  Has(status, "  applied  5 changes\n");
  Has(status, fmt::format("  {:<12}  Role shop/dev\n", "after"));
  EXPECT_EQ(Harden({"history"}).status, 0);
  EXPECT_EQ(Harden({"fsck"}).status, 0) << Harden({"fsck"}).out;
  for (const auto& entry : fs::recursive_directory_iterator(Folder())) {
    EXPECT_EQ(entry.status().permissions() & fs::perms(0077), fs::perms(0)) << entry.path();
  }
  // A second one has nothing to do.
  const Ran again = Apply();
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.out, "nothing to do\n");

  const Ran dry = Harden({"rollback", "--dry-run"});
  EXPECT_EQ(dry.status, 0) << dry.err;
  Has(dry, "would change Role shop/dev\n");
  const Ran back = Harden({"rollback", "--yes"});
  EXPECT_EQ(back.status, 0) << back.out << back.err;
  EXPECT_EQ(api_.Snapshot(), was_);
  Has(Harden({"status"}), "rolled back");
  EXPECT_EQ(Harden({"rollback", "--yes"}).status, 2) << "there is nothing to take back";
}

TEST_F(ReviewApply, ADryRunChangesNothing) {
  const Ran run = Apply({"--dry-run"});
  EXPECT_EQ(run.status, 0) << run.err;
  Has(run, "would change Role shop/dev\n");
  ExpectUntouched();
  EXPECT_EQ(Journals(), 0u);
  ExpectRefused(Apply({}), "nobody is here who could say yes");
}

TEST_F(ReviewApply, WithoutAClusterThereIsNothingToChange) {
  const Ran run =
      Seawall({"rbac", "review", "-f", "rbac.yaml", "--audit-log", "audit.log", "--apply", "--yes"},
              {.directory = tree_.root()});
  EXPECT_EQ(run.status, 2);
  Has(run, "-o diff shows what to take away");
  const Ran guess = Seawall({"rbac", "review", "--kubeconfig", api_.Kubeconfig(), "--audit-log",
                             "audit.log", "--root", tree_.Path("/root"), "--apply", "--yes"},
                            {.directory = tree_.root()});
  EXPECT_EQ(guess.status, 2);
  Has(guess, "name it with --audit-policy FILE");
  EXPECT_EQ(Apply({"--yes", "-o", "json"}).status, 2);
  EXPECT_EQ(Apply({"--yes", "--follow", "audit.log"}).status, 2);
  EXPECT_EQ(Seawall({"rbac", "review", "--kubeconfig", api_.Kubeconfig(), "--audit-log",
                     "audit.log", "--yes"},
                    {.directory = tree_.root()})
                .status,
            2);
  ExpectUntouched();
}

TEST_F(ReviewApply, WhatIsNotKnownIsNotTakenAway) {
  // A gap, a log that ends, one that is damaged.
  tree_.Write("/audit.log", Beat(900, 600) + Log(0).substr(Beat(600, 300).size()));
  ExpectRefused(Apply(), "has 1 gap");
  tree_.Write("/audit.log", Log(300));
  ExpectRefused(Apply(), "the log of audit says nothing since");
  tree_.Write("/audit.log", Log(0) + "{\"kind\":\"Event\",\n" + Beat(5, 0));
  ExpectRefused(Apply(), "is damaged");
  tree_.Write("/audit.log", Log(0));
  ExpectRefused(Apply({"--yes", "--since", "90d"}), "has 1 gap");
  // Not every API server.
  api_.servers = {"192.0.2.1:6443", "192.0.2.2:6443", "192.0.2.3:6443"};
  ExpectRefused(Apply(), "the cluster has 3 API servers, and there is the log of 1");
  api_.servers = {"192.0.2.1:6443"};
  // A list that may not be read.
  api_.before = [](const HttpApi::Asked& asked) -> std::optional<HttpApi::Answer> {
    if (asked.path.ends_with("/clusterrolebindings") && asked.method == "GET")
      return HttpApi::Answer{403, R"({"kind":"Status","message":"no"})"};
    return std::nullopt;
  };
  ExpectRefused(Apply(), "clusterrolebindings cannot be listed");
}

/// Another API server of the cluster; it says so to everything: to all questions.
HttpApi OtherServer(bool allows) {
  const HttpApi::Answer answer = {201, fmt::format(R"({{"status":{{"allowed":{}}}}})", allows)};
  return HttpApi([answer](const HttpApi::Asked&) { return answer; });
}

TEST_F(ReviewApply, TheLogsOfOneFileMayBeOfAllServers) {
  const std::string own = fmt::format("127.0.0.1:{}", api_.port());
  api_.servers = {own, "127.0.0.2:" + std::to_string(api_.port())};
  const Ran run = Apply({"--yes", "--all-servers"});
  // Nobody listens at the second address: that it sees the changes is not known, and not believed.
  EXPECT_EQ(run.status, 3) << run.err;
  Has(run,
      fmt::format("not proven: that the API server at 127.0.0.2:{} sees the changes: it cannot "
                  "be asked",
                  api_.port()));
  ExpectDone();
}

TEST_F(ReviewApply, AServerThatStillAllowsWhatWentIsTold) {
  const HttpApi stale = OtherServer(true);
  const std::string place = fmt::format("127.0.0.1:{}", stale.port());
  api_.servers = {fmt::format("127.0.0.1:{}", api_.port()), place};
  const Ran run = Apply({"--yes", "--all-servers"});
  EXPECT_EQ(run.status, 3) << run.err;
  Has(run, fmt::format("or the API server has not seen the change yet ({})", place));
  ExpectDone();
}

TEST_F(ReviewApply, AServerThatCutsSomebodyOffTakesAllBack) {
  const HttpApi strict = OtherServer(false);
  const std::string place = fmt::format("127.0.0.1:{}", strict.port());
  api_.servers = {fmt::format("127.0.0.1:{}", api_.port()), place};
  const auto before = api_.Snapshot();
  const Ran run = Apply({"--yes", "--all-servers"});
  EXPECT_EQ(run.status, 1) << run.err;
  Has(run, fmt::format("the API server refuses what was used in the window ({})", place));
  EXPECT_EQ(api_.Snapshot(), before);
}

TEST_F(ReviewApply, HowManyServersThereAreHasToBeKnownForAProof) {
  api_.servers.clear();
  const Ran run = Apply();
  EXPECT_EQ(run.status, 3) << run.err;
  Has(run, "not proven: that the logs are of every API server");
  ExpectDone();
}

TEST_F(ReviewApply, WhatOthersWriteIsHandedOver) {
  const std::string dev = RbacApi::Path("Role", "shop", "dev");
  for (const char* mark :
       {R"(,"labels":{"app.kubernetes.io/managed-by":"Helm"})",
        R"(,"annotations":{"argocd.argoproj.io/tracking-id":"x"})",
        R"(,"annotations":{"rbac.authorization.kubernetes.io/autoupdate":"true"})",
        R"(,"labels":{"kubernetes.io/bootstrapping":"rbac-defaults"})",
        R"(,"ownerReferences":[{"kind":"Shop","name":"x"}])",
        R"(,"managedFields":[{"manager":"kustomize-controller","operation":"Apply"}])",
        R"(,"finalizers":["x/y"])"}) {
    api_.Add("Role", "shop", "dev", kDev, mark);
    was_ = api_.Snapshot();
    const Ran run = Apply({"--dry-run"});
    EXPECT_EQ(run.status, 0) << mark << run.err;
    Has(run, "not changed here, for others write it:\n  Role shop/dev: ");
    Has(run, "-  verbs: [get, delete]");
    EXPECT_FALSE(run.out.contains("would change Role shop/dev")) << mark << run.out;
    Has(run, "would change ClusterRoleBinding gone\n");
  }
  // Nothing else is left: refused.
  for (const char* name : {"gone", "ci"})
    api_.Edit(RbacApi::Path("ClusterRoleBinding", "", name), R"("metadata":{)",
              R"("metadata":{"ownerReferences":[{"kind":"Shop","name":"x"}],)");
  was_ = api_.Snapshot();
  ExpectRefused(Apply(), "others write every object that would be changed");
  // A person's tools are nobody else.
  api_.Add("Role", "shop", "dev", kDev,
           R"(,"managedFields":[{"manager":"kubectl-client-side-apply","operation":"Update"}])");
  EXPECT_EQ(Apply().status, 0);
  EXPECT_FALSE(api_.Text(dev).contains("delete"));
}

TEST_F(ReviewApply, AggregatedRolesStay) {
  api_.Drop(RbacApi::Path("ClusterRoleBinding", "", "ci"));
  api_.Drop(RbacApi::Path("ClusterRoleBinding", "", "gone"));
  api_.Drop(RbacApi::Path("Role", "shop", "dev"));
  const std::string rules =
      R"("rules":[{"verbs":["get","delete"],"apiGroups":[""],"resources":["pods"]}])";
  api_.Add("ClusterRole", "", "parts",
           R"("aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"a":"b"}}]},)" + rules);
  api_.Add("ClusterRole", "", "part", rules, R"(,"labels":{"a":"b"})");
  api_.Drop(RbacApi::Path("RoleBinding", "shop", "devs"));
  api_.Add("RoleBinding", "shop", "devs", Bound("ClusterRole", "parts", Subject("Group", "devs")));
  const Ran run = Apply();
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_TRUE(api_.Text(RbacApi::Path("ClusterRole", "", "parts")).contains("delete"));
  EXPECT_TRUE(api_.Text(RbacApi::Path("ClusterRole", "", "part")).contains("delete"));
  EXPECT_TRUE(api_.Has(RbacApi::Path("Role", "shop", "devs-devs-reviewed")));
}

TEST_F(ReviewApply, NobodyTakesAwayWhatHeChangesItWith) {
  api_.user = "bob";
  api_.groups = R"("people")";
  const Ran run = Apply();
  EXPECT_EQ(run.status, 0) << run.err;
  Has(run, "it gives you (bob) what you change it with");
  EXPECT_TRUE(api_.Has(RbacApi::Path("ClusterRoleBinding", "", "gone")));
}

TEST_F(ReviewApply, WhatCouldNotBeTakenBackIsNotChanged) {
  const auto refuses = [&](const std::string& word) {
    api_.before = [word](const HttpApi::Asked& asked) -> std::optional<HttpApi::Answer> {
      if (asked.body.contains(word))
        return HttpApi::Answer{403, R"({"kind":"Status","message":"attempting to grant"})"};
      return std::nullopt;
    };
    return Apply();
  };
  ExpectRefused(refuses("seawall-trial-"), "cannot prove that it could be taken back");
  ExpectRefused(refuses("SubjectAccessReview"), "attempting to grant");
  // The API server would not take it, or store something else.
  api_.before = [](const HttpApi::Asked& asked) -> std::optional<HttpApi::Answer> {
    if (asked.method == "PUT" && asked.query.contains("dryRun"))
      return HttpApi::Answer{200, R"({"metadata":{"name":"dev"}})"};
    return std::nullopt;
  };
  ExpectRefused(Apply(), "the API server would store something else");
  // Its journal cannot be written.
  api_.before = nullptr;
  tree_.Write("/root/var/lib", "no folder");
  const Ran run = Apply();
  EXPECT_EQ(run.status, 2) << run.out << run.err;
  ExpectUntouched();
}

TEST_F(ReviewApply, AFailureInTheMiddleTakesAllBack) {
  for (const int code : {500, 403, 409}) {
    for (size_t write = 1; write <= 5; ++write) {
      written_ = 0;
      api_.before = AtWrite(
          write, [code] { return HttpApi::Answer{code, R"({"kind":"Status","message":"no"})"}; });
      const Ran run = Apply();
      EXPECT_EQ(run.status, 1) << code << " " << write << "\n" << run.out << run.err;
      Has(run, "rolled back, everything is as before: ");
      EXPECT_EQ(api_.Snapshot(), was_) << code << " " << write;
    }
  }
  api_.before = nullptr;
  EXPECT_EQ(Harden({"status"}).status, 0);
}

TEST_F(ReviewApply, AnAnswerThatIsLostIsNoFailure) {
  for (size_t write = 1; write <= 5; ++write) {
    written_ = 0;
    api_.after = AtWrite(write, [] { return HttpApi::Answer{503, ""}; });
    const Ran run = Apply();
    EXPECT_EQ(run.status, 0) << write << "\n" << run.out << run.err;
    ExpectDone();
    api_.after = nullptr;
    EXPECT_EQ(Harden({"rollback", "--yes"}).status, 0);
    EXPECT_EQ(api_.Snapshot(), was_);
  }
}

TEST_F(ReviewApply, AConcurrentEditorIsNoticedAndNeverOverwritten) {
  struct Row {
    size_t write;
    std::string path, from, to;
  };
  const Row rows[] = {{1, RbacApi::Path("Role", "shop", "dev"), R"("secrets")", R"("configmaps")"},
                      {4, RbacApi::Path("ClusterRoleBinding", "", "ci"),
                       R"("name":"ci","namespace")", R"("name":"cd","namespace")"},
                      {5, RbacApi::Path("ClusterRoleBinding", "", "gone"), R"("bob")", R"("eve")"}};
  for (const Row& row : rows) {
    written_ = 0;
    api_.before = AtWrite(row.write, [&]() -> std::optional<HttpApi::Answer> {
      api_.Edit(row.path, row.from, row.to);
      return std::nullopt;
    });
    const Ran run = Apply();
    EXPECT_EQ(run.status, 1) << run.out << run.err;
    Has(run, "somebody else changed it meanwhile");
    api_.before = nullptr;
    EXPECT_TRUE(api_.Text(row.path).contains(row.to));
    api_.Edit(row.path, row.to, row.from);
    EXPECT_EQ(api_.Snapshot(), was_) << "all but theirs";
    EXPECT_EQ(Harden({"status"}).status, 0);
  }
}

TEST_F(ReviewApply, WhoIsCutOffGetsItBack) {
  // Something that only the API server knows: alice lives on what nobody else saw.
  api_.before = [this](const HttpApi::Asked& asked) -> std::optional<HttpApi::Answer> {
    if (asked.path.ends_with("/subjectaccessreviews") && asked.body.contains("alice") &&
        !api_.Text(RbacApi::Path("Role", "shop", "dev")).contains("secrets"))
      return HttpApi::Answer{201, R"({"status":{"allowed":false}})"};
    return std::nullopt;
  };
  const Ran run = Apply();
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  Has(run, "alice: get pods a in shop");
  Has(run, "the API server refuses what was used in the window");
  EXPECT_EQ(api_.Snapshot(), was_);
  EXPECT_EQ(Harden({"status"}).status, 0);
}

TEST_F(ReviewApply, WhatSomethingElseStillAllowsIsNoProof) {
  api_.before = [](const HttpApi::Asked& asked) -> std::optional<HttpApi::Answer> {
    if (asked.path.ends_with("/subjectaccessreviews") && asked.body.contains("\"bob\""))
      return HttpApi::Answer{201, R"({"status":{"allowed":true}})"};
    return std::nullopt;
  };
  const Ran run = Apply();
  EXPECT_EQ(run.status, 3) << run.out << run.err;
  Has(run, "not proven: bob: * *.* is still allowed");
  ExpectDone();
}

TEST_F(ReviewApply, AfterAKillTheSameCommandFinishesOrRollbackTakesBack) {
  for (size_t write = 1; write <= 5; ++write) {
    for (const bool done : {false, true}) {
      for (const bool finish : {false, true}) {
        const std::string at = fmt::format("{} {} {}", write, done, finish);
        written_ = 0;
        (done ? api_.after : api_.before) = AtWrite(write, [this] {
          KillIt();
          return HttpApi::Answer{503, ""};
        });
        EXPECT_EQ(Apply().status, 128 + SIGKILL) << at;
        api_.before = api_.after = nullptr;
        EXPECT_EQ(Harden({"status"}).status, 1) << at;
        EXPECT_EQ(Harden({"fsck"}).status, 1) << at;
        if (finish) {
          EXPECT_EQ(Apply({"--dry-run"}).status, 0);
          const Ran run = Apply();
          EXPECT_EQ(run.status, 0) << at << run.out << run.err;
          Has(run, "finished 20");
          ExpectDone();
          EXPECT_EQ(Harden({"status"}).status, 0);
        }
        const Ran back = Harden({"rollback", "--yes"});
        EXPECT_EQ(back.status, 0) << at << back.out << back.err;
        EXPECT_EQ(api_.Snapshot(), was_) << at;
        EXPECT_EQ(Harden({"fsck"}).status, 0) << at;
      }
    }
  }
}

TEST_F(ReviewApply, WhatWasInterruptedLongAgoIsNotFinished) {
  api_.after = AtWrite(2, [this] {
    KillIt();
    return HttpApi::Answer{503, ""};
  });
  EXPECT_EQ(Apply().status, 128 + SIGKILL);
  api_.after = nullptr;
  for (const auto& entry : fs::recursive_directory_iterator(Folder())) {
    if (entry.path().filename() != "journal.json") continue;
    std::string text = ReadFile(entry.path());
    const size_t at = text.find("\"made\": \"20");
    ASSERT_NE(at, std::string::npos) << text;
    text.replace(at + 9, 4, "2020");
    std::ofstream(entry.path()) << text;
  }
  const Ran run = Apply();
  EXPECT_EQ(run.status, 2) << run.out;
  Has(run, "it is of more than a day ago");
  EXPECT_EQ(Harden({"rollback", "--yes"}).status, 0);
  EXPECT_EQ(api_.Snapshot(), was_);
}

TEST_F(ReviewApply, AKillWhileItIsTakenBackIsFinishedByTheSameCommand) {
  ASSERT_EQ(Apply().status, 0);
  for (size_t write = 1; write <= 3; ++write) {
    written_ = 0;
    api_.before = AtWrite(2, [this] {
      KillIt();
      return HttpApi::Answer{503, ""};
    });
    EXPECT_EQ(Harden({"rollback", "--yes"}).status, 128 + SIGKILL);
  }
  api_.before = nullptr;
  const Ran apply = Apply();
  EXPECT_EQ(apply.status, 2) << apply.out;
  Has(apply, "rollback interrupted");
  EXPECT_EQ(Harden({"rollback", "--yes"}).status, 0);
  EXPECT_EQ(api_.Snapshot(), was_);
}

TEST_F(ReviewApply, WhatSomebodyHasEditedSinceIsNotTakenBack) {
  ASSERT_EQ(Apply().status, 0);
  const std::string made = RbacApi::Path("ClusterRole", "", "ci-ci-reviewed");
  api_.Edit(made, "deployments", "daemonsets");
  EXPECT_EQ(Harden({"rollback", "--yes"}).status, 2);
  api_.Edit(made, "daemonsets", "deployments");
  const std::string dev = RbacApi::Path("Role", "shop", "dev");
  api_.Edit(dev, R"("pods")", R"("configmaps")");
  Ran run = Harden({"rollback", "--yes"});
  EXPECT_EQ(run.status, 2) << run.out;
  Has(run, "\n  Role shop/dev:\n    from before to ours:\n");
  Has(run, "\n    from ours to now:\n");
  Has(run, "\n  +    \"configmaps\"\n");
  run = Harden({"rollback", "--yes", "--untouched"});
  EXPECT_EQ(run.status, 3) << run.out << run.err;
  Has(run, "left as it is, for somebody has edited it since: Role shop/dev\n");
  EXPECT_TRUE(api_.Text(dev).contains("configmaps"));
  auto now = api_.Snapshot();
  now[dev] = was_[dev];
  EXPECT_EQ(now, was_);
}

TEST_F(ReviewApply, AnotherClusterIsNotTheOneThatWasChanged) {
  ASSERT_EQ(Apply().status, 0);
  RbacApi other;
  other.before = [](const HttpApi::Asked& asked) -> std::optional<HttpApi::Answer> {
    if (asked.path.ends_with("/kube-system"))
      return HttpApi::Answer{200, R"({"metadata":{"uid":"another"}})"};
    return std::nullopt;
  };
  const Ran run = Harden({"rollback", "--yes", "--kubeconfig", other.Kubeconfig()});
  EXPECT_EQ(run.status, 2) << run.out;
  Has(run, "this is not the cluster that was changed");
  EXPECT_TRUE(other.writes.empty());
}

TEST_F(ReviewApply, WhoeverHoldsTheClustersLockIsWaitedFor) {
  api_.before = [](const HttpApi::Asked& asked) -> std::optional<HttpApi::Answer> {
    if (asked.path.ends_with("/leases/seawall-harden") && asked.method == "GET")
      return HttpApi::Answer{
          200, fmt::format(R"({{"metadata":{{"resourceVersion":"1"}},"spec":{{"holderIdentity":)"
                           R"("cp-9, process 4","renewTime":"{}","leaseDurationSeconds":900}}}})",
                           Ago(0))};
    return std::nullopt;
  };
  ExpectRefused(Apply(), "cp-9, process 4 holds it");
}

TEST_F(ReviewApply, ABrokenJournalIsToldAndNothingIsDone) {
  ASSERT_EQ(Apply().status, 0);
  const auto now = api_.Snapshot();
  for (const auto& entry : fs::recursive_directory_iterator(Folder())) {
    if (entry.path().filename() == "plan.json") std::ofstream(entry.path(), std::ios::app) << "x";
  }
  const Ran fsck = Harden({"fsck"});
  EXPECT_EQ(fsck.status, 1);
  Has(fsck, "the objects before are lost");
  const Ran run = Harden({"rollback", "--yes"});
  EXPECT_EQ(run.status, 2) << run.out;
  Has(run, "plan.json is not what was stored");
  EXPECT_EQ(api_.Snapshot(), now);
}

}  // namespace
}  // namespace seawall::test
