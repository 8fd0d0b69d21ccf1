// Least privilege on a real control plane: a workload's rights are replaced by what its audit log
// teaches, the review finds the planted unused grants, all and only those, and ABAC is switched off
// under a client that lived on it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <map>
#include <set>

#include "bed.h"

namespace seawall::test {
namespace {

constexpr const char* kAdmin = "/etc/kubernetes/super-admin.conf";

constexpr const char* kAuditPolicy =
    "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n- level: "
    "Metadata\n";

/// As an administrator wrote it years ago.
constexpr const char* kAbac =
    R"({"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"legacy","namespace":"team","resource":"configmaps","apiGroup":""}}
# reads everything there
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"legacy","namespace":"team","resource":"*","apiGroup":"*","readonly":true}}
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"legacy","nonResourcePath":"/version*","readonly":true}}
)";

/// The workload, with far too much, and what is planted for the review: of each role one right is
/// used, or none.
constexpr const char* kObjects = R"(
apiVersion: v1
kind: Namespace
metadata: {name: team}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: worker, namespace: team}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: worker-too-much}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: worker, namespace: team}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: team}
rules:
- {apiGroups: [""], resources: [configmaps], verbs: [get, list, delete]}
- {apiGroups: [""], resources: [secrets], verbs: [get]}
- {apiGroups: ["apps"], resources: [deployments/scale], verbs: [patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: team}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: readers}
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: left-long-ago}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: break-glass}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: oncall}]
)";

/// What is planted for `--apply`: of the group's rights one is used, of the robot's a few, by a
/// person who left none. What Helm has written is Helm's.
constexpr const char* kPlanted = R"yaml(
apiVersion: v1
kind: Namespace
metadata: {name: plant}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: plant}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: robot-too-much, annotations: {why: "it was quick"}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: robot, namespace: plant}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: looker}
rules: [{apiGroups: [""], resources: [services], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: left}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: looker}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: left-last-year}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tools, namespace: plant, labels: {owner: tim}}
rules:
- {apiGroups: [""], resources: [configmaps], verbs: [get, list, delete]}
- {apiGroups: [""], resources: [secrets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tools, namespace: plant}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tools}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: tools}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: helms, namespace: plant, labels: {app.kubernetes.io/managed-by: Helm}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: looker}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: left-last-year}]
)yaml";

/// Who may change RBAC, the chief beyond what he has himself.
constexpr const char* kPeople = R"yaml(
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: boss}
rules:
- {apiGroups: [rbac.authorization.k8s.io], resources: ["*"], verbs: [get, list, create, update, delete]}
- {apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: [create]}
- {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, update, delete]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list]}
- {apiGroups: [""], resources: [namespaces], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: boss}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: boss}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: boss}
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: chief}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: chief}
rules:
- {apiGroups: [rbac.authorization.k8s.io], resources: ["*"], verbs: [escalate, bind]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: chief}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: chief}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: chief}]
)yaml";

class ReviewBed : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bed_ = new Bed();
    if (!bed_->up()) return;
    Write("audit-policy.yaml", kAuditPolicy);
    Write("abac.jsonl", kAbac);
    Write("openssl.cnf", "[req]\ndistinguished_name=dn\n[dn]\n");
    Write("objects.yaml", kObjects);
    Write("planted.yaml", kPlanted);
    Write("people.yaml", kPeople);
    StartServer();
  }
  static void TearDownTestSuite() {
    if (bed_->up()) StopServer();
    delete bed_;
    bed_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(bed_->up()); }

  static void Write(const std::string& name, const std::string& text) {
    std::ofstream(bed_->Root("cp-0") + "/root/" + name) << text;
  }
  static Ran Sh(const std::string& script) { return bed_->Exec("cp-0", {"sh", "-c", script}); }
  static Ran Kubectl(const std::string& words, const std::string& config = kAdmin) {
    return Sh("kubectl --kubeconfig " + config + " " + words);
  }

  /// The API server with an audit log and ABAC, in place of the one that kubelet runs, whose
  /// manifest is moved away.
  static void StartServer() {
    const std::vector<std::string> words = {"run",   "--stop",
                                            "--set", "authorization-mode=Node,RBAC,ABAC",
                                            "--set", "authorization-policy-file=/root/abac.jsonl",
                                            "--set", "audit-policy-file=/root/audit-policy.yaml",
                                            "--set", "audit-log-path=/root/audit.log",
                                            "cp-0",  "kube-apiserver"};
    server_ = std::async(std::launch::async, [words] { return bed_->Testbed(words, 600); });
    Await("pgrep -x kube-apiserver && test -s /root/audit.log");
  }
  /// Its own way of ending takes a minute.
  static void StopServer() {
    if (!server_.valid()) return;
    Sh("kill -9 $(pgrep -x kube-apiserver)");
    server_.get();
  }
  /// As kubeadm made it, without ABAC.
  static void StartKubeletsServer() {
    Sh("mv /etc/kubernetes/kube-apiserver.yaml.stopped "
       "/etc/kubernetes/manifests/kube-apiserver.yaml");
    Await("pgrep -x kube-apiserver");
  }
  static void Await(const std::string& condition) {
    ASSERT_TRUE(Eventually(std::chrono::seconds(120), [&] {
      return Sh(condition).status == 0 && Kubectl("get --raw /readyz").out == "ok";
    })) << "the API server does not come up";
  }

  /// A kubeconfig with a certificate of the cluster's own CA; in /root.
  static std::string Client(const std::string& user, const std::string& group) {
    const Ran made = Sh(fmt::format(
        "cd /root && export OPENSSL_CONF=/root/openssl.cnf && openssl req -newkey ec -pkeyopt "
        "ec_paramgen_curve:prime256v1 -nodes -keyout "
        "{0}.key -subj '/O={1}/CN={0}' -out {0}.csr && openssl x509 -req -in {0}.csr -CA "
        "/etc/kubernetes/pki/ca.crt -CAkey /etc/kubernetes/pki/ca.key -days 1 -out {0}.crt",
        user, group));
    EXPECT_EQ(made.status, 0) << made.err;
    return Config(
        user, fmt::format("client-certificate: /root/{0}.crt, client-key: /root/{0}.key", user));
  }
  static std::string Config(const std::string& name, const std::string& user) {
    Write(name + ".conf",
          fmt::format("apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                      "clusters: [{{name: k, cluster: {{server: \"https://192.0.2.11:6443\", "
                      "certificate-authority: /etc/kubernetes/pki/ca.crt}}}}]\n"
                      "users: [{{name: u, user: {{{}}}}}]\n"
                      "contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n",
                      user));
    return "/root/" + name + ".conf";
  }

  /// What the workload does, again and again; what failed.
  static std::string Work(const std::string& config) {
    std::string failed;
    for (const char* call :
         {"create configmap work -n team --from-literal=a=b", "get configmap work -n team",
          "patch configmap work -n team -p '{\"data\":{\"a\":\"c\"}}'", "get pods -n team",
          "get --raw /livez", "delete configmap work -n team"}) {
      const Ran run = Kubectl(call, config);
      if (run.status != 0) failed += std::string(call) + ": " + run.err;
    }
    return failed;
  }
  static std::string Lives(const std::string& config) {
    std::string failed;
    for (const char* call :
         {"create configmap old -n team --from-literal=a=b", "get configmaps -n team",
          "get services -n team", "get --raw /version", "delete configmap old -n team"}) {
      const Ran run = Kubectl(call, config);
      if (run.status != 0) failed += std::string(call) + ": " + run.err;
    }
    return failed;
  }
  static void ExpectRefused(const std::string& config, const std::string& call) {
    const Ran run = Kubectl(call, config);
    EXPECT_NE(run.status, 0) << call << "\n" << run.out;
    EXPECT_NE(run.err.find("orbidden"), std::string::npos) << call << "\n" << run.err;
  }
  static void Apply(const std::string& file) {
    const Ran dry = Kubectl("apply --server-side --dry-run=server -f " + file);
    ASSERT_EQ(dry.status, 0) << dry.err;
    EXPECT_EQ(dry.err, "");
    const Ran run = Kubectl("apply --server-side -f " + file);
    ASSERT_EQ(run.status, 0) << run.err;
  }
  /// How often ABAC has allowed something.
  static long AbacAllowed() {
    const Ran run = Kubectl(
        "get --raw /metrics | grep '^apiserver_authorization_decisions_total{.*type=\"ABAC\"' | "
        "grep 'decision=\"allowed\"' | sed 's/.* //'");
    return run.out.empty() ? 0 : std::stol(run.out);
  }

  static inline Bed* bed_ = nullptr;
  static inline std::future<Ran> server_;
};

TEST_F(ReviewBed, AWorkloadGoesOnWithWhatItsLogTeachesAndTheReviewFindsThePlanted) {
  ASSERT_EQ(Kubectl("apply --server-side -f /root/objects.yaml").status, 0);
  const Ran token = Kubectl("create token worker -n team");
  ASSERT_EQ(token.status, 0) << token.err;
  const std::string worker =
      Config("worker", "token: " + token.out.substr(0, token.out.find('\n')));
  const std::string ann = Client("ann", "readers");
  EXPECT_EQ(Work(worker), "");
  ASSERT_EQ(Kubectl("get configmaps -n team", ann).status, 0);

  // Learnt, applied, the rest taken away.
  const Ran learnt = bed_->SeawallInside("cp-0", {"rbac", "learn", "--audit-log", "/root/audit.log",
                                                  "--serviceaccount", "team/worker"});
  ASSERT_EQ(learnt.status, 0) << learnt.err;
  Write("learnt.yaml", learnt.out);
  Apply("/root/learnt.yaml");
  ASSERT_EQ(Kubectl("delete clusterrolebinding worker-too-much").status, 0);
  // The API server's own cache of roles is a moment behind.
  EXPECT_TRUE(Eventually(std::chrono::seconds(20),
                         [&] { return Kubectl("get secrets -n team", worker).status != 0; }));
  EXPECT_EQ(Work(worker), "") << learnt.out;
  for (const char* beyond :
       {"get secrets -n team", "get configmap other -n team", "get configmaps -n team",
        "delete configmap other -n team", "get pods -n kube-system", "get pods -A", "get nodes",
        "create serviceaccount x -n team", "get --raw /metrics", "create token worker -n team",
        "create configmap work -n default --from-literal=a=b"})
    ExpectRefused(worker, beyond);

  // The review of the live cluster.
  const std::vector<std::string> review = {"rbac",           "review",
                                           "--kubeconfig",   kAdmin,
                                           "--audit-policy", "/root/audit-policy.yaml",
                                           "--audit-log",    "cp-0=/root/audit.log"};
  std::vector<std::string> as_json = review;
  as_json.insert(as_json.end(), {"-o", "json"});
  const Ran run = bed_->SeawallInside("cp-0", as_json);
  ASSERT_EQ(run.status, 1) << run.err;
  const auto report = Json(run.out);
  EXPECT_EQ(report["doubts"].Size(), 0u) << run.out.substr(0, 2000);
  EXPECT_EQ(report["auditPolicy"].GetString(), std::string("given"));
  std::set<std::string> unused;
  for (const auto& grant : report["grants"].GetArray()) {
    if (grant["kept"].GetStringLength() > 0) continue;
    for (const auto& right : grant["rights"].GetArray()) {
      const std::string state = right["state"].GetString();
      if (state == "used" || state == "unknown") continue;
      for (const auto& verb : right["verbs"].GetArray())
        unused.insert(fmt::format("{} {} {} {}", state, grant["subject"].GetString(),
                                  verb.GetString(), right["resource"].GetString()));
    }
  }
  EXPECT_EQ(
      unused,
      std::set<std::string>(
          {"unused Group readers delete configmaps", "unused Group readers get configmaps",
           "unused Group readers get secrets", "unused Group readers patch deployments/scale",
           "unused User left-long-ago delete configmaps",
           "unused User left-long-ago get configmaps", "unused User left-long-ago get secrets",
           "unused User left-long-ago list configmaps",
           "unused User left-long-ago patch deployments/scale"}));
  bool kept = false;
  for (const auto& grant : report["grants"].GetArray()) {
    kept |= grant["subject"].GetString() == std::string("User oncall") &&
            grant["kept"].GetString() == std::string("break-glass");
  }
  EXPECT_TRUE(kept);

  // Its proposal is taken as it is, and cuts nobody off.
  std::vector<std::string> as_yaml = review;
  as_yaml.insert(as_yaml.end(), {"-o", "yaml"});
  Write("less.yaml", bed_->SeawallInside("cp-0", as_yaml).out);
  Apply("/root/less.yaml");
  EXPECT_TRUE(Eventually(std::chrono::seconds(20), [&] {
    return Kubectl("get configmap work -n team", ann).err.find("orbidden") != std::string::npos;
  }));
  EXPECT_EQ(Kubectl("get configmaps -n team", ann).status, 0);
  ExpectRefused(ann, "get secret x -n team");
  EXPECT_EQ(Work(worker), "");
}

/// Every RBAC object but what the API server alone writes.
std::map<std::string, std::string> RbacOf(const std::string& json) {
  std::map<std::string, std::string> all;
  auto list = Json(json);
  for (auto& item : list["items"].GetArray()) {
    auto& metadata = item["metadata"];
    for (const char* own : {"uid", "resourceVersion", "creationTimestamp", "managedFields"})
      metadata.RemoveMember(own);
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    item.Accept(writer);
    const std::string space =
        metadata.HasMember("namespace") ? metadata["namespace"].GetString() : "";
    all[fmt::format("{} {}/{}", item["kind"].GetString(), space, metadata["name"].GetString())] =
        buffer.GetString();
  }
  return all;
}

TEST_F(ReviewBed, TheReviewIsAppliedAndTakenBack) {
  ASSERT_EQ(Kubectl("apply -f /root/planted.yaml").status, 0);
  const Ran token = Kubectl("create token robot -n plant");
  ASSERT_EQ(token.status, 0) << token.err;
  const std::string robot = Config("robot", "token: " + token.out.substr(0, token.out.find('\n')));
  const std::string tim = Client("tim", "tools");
  const auto lives = [&] {
    std::string failed;
    for (const char* call : {"create configmap work -n plant --from-literal=a=b",
                             "get pods -n plant", "delete configmap work -n plant"}) {
      const Ran run = Kubectl(call, robot);
      if (run.status != 0) failed += std::string(call) + ": " + run.err;
    }
    const Ran run = Kubectl("get configmaps -n plant", tim);
    return run.status == 0 ? failed : failed + run.err;
  };
  EXPECT_EQ(lives(), "");
  const std::string list = "get roles,rolebindings,clusterroles,clusterrolebindings -A -o json";
  // Aggregated roles are filled by a controller that has just begun.
  ASSERT_TRUE(Eventually(std::chrono::seconds(120), [&] {
    return Kubectl("get clusterrole admin -o json").out.find("secrets") != std::string::npos;
  }));
  auto before = RbacOf(Kubectl(list).out);
  std::vector<std::string> apply = {"rbac",           "review",
                                    "--kubeconfig",   kAdmin,
                                    "--audit-policy", "/root/audit-policy.yaml",
                                    "--audit-log",    "cp-0=/root/audit.log",
                                    "--apply",        "--yes"};
  std::vector<std::string> dry = apply;
  dry.back() = "--dry-run";
  const Ran would = bed_->SeawallInside("cp-0", dry);
  EXPECT_EQ(would.status, 0) << would.out << would.err;
  EXPECT_EQ(RbacOf(Kubectl(list).out), before);

  const Ran run = bed_->SeawallInside("cp-0", apply);
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_NE(run.out.find("RoleBinding plant/helms: app.kubernetes.io/managed-by=Helm"),
            std::string::npos)
      << run.out;
  EXPECT_EQ(lives(), "") << run.out;
  for (const char* beyond :
       {"get secrets -n plant", "get nodes", "create serviceaccount x -n plant"})
    ExpectRefused(robot, beyond);
  for (const char* beyond : {"get secret x -n plant", "delete configmap x -n plant"})
    ExpectRefused(tim, beyond);
  const auto after = RbacOf(Kubectl(list).out);
  std::set<std::string> changed;
  for (const auto& [name, text] : before) {
    const auto at = after.find(name);
    if (at == after.end()) changed.insert("- " + name);
    if (at != after.end() && at->second != text) changed.insert("* " + name);
  }
  for (const auto& [name, text] : after) {
    if (!before.contains(name)) changed.insert("+ " + name);
  }
  EXPECT_EQ(changed, std::set<std::string>(
                         {"- ClusterRoleBinding /left", "- ClusterRoleBinding /robot-too-much",
                          "* Role plant/tools", "+ ClusterRole /robot-too-much-robot-reviewed",
                          "+ ClusterRoleBinding /robot-too-much-robot-reviewed"}))
      << run.out;
  EXPECT_NE(Kubectl("get lease seawall-harden -n kube-system").status, 0) << "the lock is kept";
  const Ran status = bed_->SeawallInside("cp-0", {"harden", "status"});
  EXPECT_EQ(status.status, 0) << status.err;
  EXPECT_NE(status.out.find("Role plant/tools"), std::string::npos) << status.out;

  const Ran back = bed_->SeawallInside("cp-0", {"harden", "rollback", "--yes"});
  EXPECT_EQ(back.status, 0) << back.out << back.err;
  EXPECT_EQ(RbacOf(Kubectl(list).out), before);
  EXPECT_EQ(lives(), "");
  EXPECT_TRUE(Eventually(std::chrono::seconds(20),
                         [&] { return Kubectl("get nodes", robot).status == 0; }));

  // Who could not give back what he takes away is refused; who may give anything is not, but keeps
  // what he changes it with.
  ASSERT_EQ(Kubectl("apply -f /root/people.yaml").status, 0);
  before = RbacOf(Kubectl(list).out);
  for (const bool may : {false, true}) {
    *(std::ranges::find(apply, "--kubeconfig") + 1) = Client(may ? "chief" : "boss", "people");
    const Ran theirs = bed_->SeawallInside("cp-0", apply);
    EXPECT_EQ(theirs.status, may ? 0 : 2) << theirs.out << theirs.err;
    EXPECT_EQ(RbacOf(Kubectl(list).out) == before, !may);
    if (!may) {
      EXPECT_NE(theirs.err.find("attempting to grant RBAC permissions not currently held"),
                std::string::npos)
          << theirs.err;
      continue;
    }
    EXPECT_NE(theirs.out.find("it gives you (chief) what you change it with"), std::string::npos)
        << theirs.out;
    EXPECT_EQ(lives(), "");
    const Ran taken = bed_->SeawallInside("cp-0", {"harden", "rollback", "--yes"});
    EXPECT_EQ(taken.status, 0) << taken.out << taken.err;
    EXPECT_EQ(RbacOf(Kubectl(list).out), before);
  }
}

TEST_F(ReviewBed, AbacGoesAndItsClientsStay) {
  if (Kubectl("get namespace team").status != 0) Kubectl("create namespace team");
  const std::string legacy = Client("legacy", "people");
  EXPECT_EQ(Lives(legacy), "");
  const long before = AbacAllowed();
  EXPECT_GT(before, 0) << "nobody lives on ABAC: nothing would be proven";

  // Stage 1: RBAC says it too.
  const Ran converted = bed_->SeawallInside(
      "cp-0", {"rbac", "from-abac", "/root/abac.jsonl", "--discovery", "kubernetes-1.37"});
  ASSERT_EQ(converted.status, 0) << converted.err;
  Write("rbac.yaml", converted.out);
  Apply("/root/rbac.yaml");
  // Stage 2: RBAC is asked first, and ABAC decides nothing any more.
  long allowed = 0;
  const bool flat = Eventually(std::chrono::seconds(30), [&] {
    const long at = AbacAllowed();
    EXPECT_EQ(Lives(legacy), "");
    allowed = AbacAllowed();
    return at == allowed;
  });
  EXPECT_TRUE(flat) << converted.out;

  // Stage 3: without it.
  StopServer();
  StartKubeletsServer();
  EXPECT_EQ(AbacAllowed(), 0);
  EXPECT_EQ(Lives(legacy), "");
  for (const char* beyond : {"get secrets -n kube-system", "create serviceaccount x -n team",
                             "get pods -A", "get --raw /metrics"})
    ExpectRefused(legacy, beyond);
}

/// Of the metrics that a review writes inside; "" where they are not there.
std::string Metric(const std::string& metrics, const std::string& name) {
  const std::string text = "\n" + metrics;
  const size_t at = text.find("\n" + name + " ");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

TEST_F(ReviewBed, ABindingThatIsMadeMeanwhileIsANewGrantWithoutAnotherList) {
  auto follow = std::async(std::launch::async, [] {
    return bed_->SeawallInside(
        "cp-0",
        {"rbac", "review", "--kubeconfig", kAdmin, "--audit-policy", "/root/audit-policy.yaml",
         "--follow", "cp-0=/root/audit.log", "--state", "/root/follow.state", "--metrics",
         "/root/follow.prom", "--every", "1s"},
        900);
  });
  const auto is = [](const char* name, const std::string& value) {
    return Eventually(std::chrono::seconds(60),
                      [&] { return Metric(Sh("cat /root/follow.prom").out, name) == value; });
  };
  EXPECT_TRUE(is("seawall_rbac_lists_total", "4"));
  const Ran made = Kubectl("create clusterrolebinding meanwhile --clusterrole view --user eve");
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_TRUE(is("seawall_rbac_new_grants_total", "1")) << Sh("cat /root/follow.prom").out;
  EXPECT_EQ(Kubectl("delete clusterrolebinding meanwhile").status, 0);
  // Longer than the API server is asked to watch: it goes on, and what then comes is seen.
  std::this_thread::sleep_for(std::chrono::seconds(125));
  EXPECT_EQ(Kubectl("create clusterrolebinding later --clusterrole view --user eve").status, 0);
  EXPECT_TRUE(is("seawall_rbac_new_grants_total", "2")) << Sh("cat /root/follow.prom").out;
  const std::string metrics = Sh("cat /root/follow.prom").out;
  EXPECT_EQ(Metric(metrics, "seawall_rbac_lists_total"), "4");
  EXPECT_EQ(Metric(metrics, "seawall_rbac_unread_lists"), "0");
  EXPECT_EQ(Kubectl("delete clusterrolebinding later").status, 0);
  // That the API server ends is no end of it.
  if (server_.valid()) {
    StopServer();
  } else {
    Sh("mv /etc/kubernetes/manifests/kube-apiserver.yaml "
       "/etc/kubernetes/kube-apiserver.yaml.stopped; kill -9 $(pgrep -x kube-apiserver)");
  }
  EXPECT_TRUE(is("seawall_rbac_unread_lists", "4")) << Sh("cat /root/follow.prom").out;
  StartKubeletsServer();
  EXPECT_TRUE(is("seawall_rbac_unread_lists", "0")) << Sh("cat /root/follow.prom").out;
  EXPECT_EQ(Metric(Sh("cat /root/follow.prom").out, "seawall_rbac_new_grants_total"), "2");
  Sh("kill -INT $(pgrep -x seawall)");
  const Ran run = follow.get();
  EXPECT_EQ(run.status, 130) << run.out << run.err;
}

}  // namespace
}  // namespace seawall::test
