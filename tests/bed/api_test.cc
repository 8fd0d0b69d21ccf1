// seawall audit --kubeconfig on a real control plane made by kubeadm: as its administrator, as a
// login with no rights, and as nobody.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "bed.h"
#include "verdicts.h"

namespace seawall::test {
namespace {

constexpr const char* kAdmin = "/etc/kubernetes/super-admin.conf";

class Api : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bed_ = new Bed();
    WaitUntilSettled();
  }
  static void TearDownTestSuite() {
    delete bed_;
    bed_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(bed_->up()); }

  /// A control plane that just began has not yet shown its pods, nor summed up its roles.
  static void WaitUntilSettled() {
    for (int i = 0; i < 60 && bed_->up(); ++i) {
      const std::string pods = Kubectl({"get", "pods", "-n", "kube-system", "-o", "name"}).out;
      const std::string role = Kubectl({"get", "clusterrole", "view", "-o", "yaml"}).out;
      bool all = role.find("- configmaps") != std::string::npos;
      for (const char* pod : {"apiserver", "controller-manager", "scheduler", "etcd"})
        all = all && pods.find(pod) != std::string::npos;
      if (all) return;
      sleep(1);
    }
    ADD_FAILURE() << "the control plane does not settle";
  }
  static Ran Kubectl(std::vector<std::string> words) {
    words.insert(words.begin(), {"kubectl", "--kubeconfig", kAdmin});
    return bed_->Exec("cp-0", words);
  }
  static void Apply(const std::string& yaml) {
    std::ofstream(bed_->Root("cp-0") + "/root/planted.yaml") << yaml;
    const Ran run = Kubectl({"apply", "-f", "/root/planted.yaml"});
    ASSERT_EQ(run.status, 0) << run.err;
  }
  static Ran Audit(const std::string& kubeconfig) {
    return bed_->AuditInside("cp-0", {"--kubeconfig", kubeconfig, "-o", "json"});
  }
  /// A kubeconfig of the bed's API server with other credentials, on the node.
  static std::string Kubeconfig(const std::string& user) {
    const std::string path = "/root/other.conf";
    std::ofstream(bed_->Root("cp-0") + path) << fmt::format(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
        "clusters: [{{name: k, cluster: {{server: \"https://192.0.2.11:6443\", "
        "certificate-authority: /etc/kubernetes/pki/ca.crt}}}}]\n"
        "users: [{{name: u, user: {{{}}}}}]\n"
        "contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n",
        user);
    return path;
  }
  /// Verdict of a rule about one node of the report; "" when there is none.
  static std::string Verdict(const rapidjson::Document& report, std::string_view node,
                             std::string_view rule) {
    for (const auto& finding : report["findings"].GetArray()) {
      if (finding["rule"].GetString() == rule && finding["node"].GetString() == node)
        return finding["verdict"].GetString();
    }
    return "";
  }

  static Bed* bed_;
};
Bed* Api::bed_ = nullptr;

TEST_F(Api, AsAdministratorItSaysWhatTheNodeItselfSays) {
  const Ran run = Audit(kAdmin);
  ASSERT_EQ(run.status, 1) << run.err;
  const auto by_api = Json(run.out);
  const auto by_files = Json(bed_->AuditInside("cp-0", {"-o", "json"}).out);
  size_t same = 0;
  for (const auto& finding : by_files["findings"].GetArray()) {
    const std::string component = finding["component"].GetString();
    if (component == "node" || component == "kubelet" || component == "kube-proxy") continue;
    const std::string rule = finding["rule"].GetString();
    const std::string there = Verdict(by_api, "cp-0", rule);
    const std::string here = finding["verdict"].GetString();
    EXPECT_NE(there, "") << rule;
    if (there == "unknown" || there == "not-applicable" || here == "unknown") continue;
    EXPECT_EQ(there, here) << rule;
    ++same;
  }
  EXPECT_GE(same, 40u) << "flags must be known by mirror pods";
}

TEST_F(Api, TheKubeletIsKnownByItsConfigz) {
  const auto report = Json(Audit(kAdmin).out);
  EXPECT_EQ(Verdict(report, "cp-0", "kubelet-anonymous-auth"), "pass");
  EXPECT_EQ(Verdict(report, "cp-0", "kubelet-read-only-port"), "pass");
}

TEST_F(Api, AFreshClusterGivesNothingToStrangers) {
  const auto report = Json(Audit(kAdmin).out);
  for (const char* rule :
       {"cluster-anonymous-bindings", "cluster-authenticated-bindings",
        "cluster-service-account-bindings", "cluster-node-bindings", "cluster-masters-bindings",
        "cluster-front-proxy-ca", "cluster-legacy-tokens", "cluster-kubelet-skew"}) {
    EXPECT_EQ(Verdict(report, "cluster", rule), "pass") << rule;
  }
  EXPECT_EQ(Verdict(report, "cluster", "cluster-pod-traffic-encrypted"), "unknown")
      << "the bed has no network plugin";
}

TEST_F(Api, PlantedMistakesFail) {
  Apply(R"(
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: planted-anonymous}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, name: "system:anonymous", apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: planted-authenticated}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: Group, name: "system:authenticated", apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: v1
kind: Secret
metadata: {name: bootstrap-token-canary, namespace: kube-system}
type: bootstrap.kubernetes.io/token
stringData: {token-id: canary, token-secret: 0123456789canary, usage-bootstrap-authentication: "true"}
---
apiVersion: v1
kind: Secret
metadata: {name: planted, namespace: default, annotations: {kubernetes.io/service-account.name: default}}
type: kubernetes.io/service-account-token
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: planted}
webhooks:
- name: planted.example.test
  failurePolicy: Ignore
  sideEffects: None
  admissionReviewVersions: [v1]
  clientConfig: {service: {name: s, namespace: default}}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [secrets]}]
)");
  const Ran run = Audit(kAdmin);
  EXPECT_EQ(run.status, 1);
  const auto report = Json(run.out);
  for (const char* rule :
       {"cluster-anonymous-bindings", "cluster-authenticated-bindings",
        "cluster-bootstrap-token-expiry", "cluster-legacy-tokens", "cluster-webhook-tls",
        "cluster-webhook-failure-policy", "cluster-webhook-secrets"}) {
    EXPECT_EQ(Verdict(report, "cluster", rule), "fail") << rule;
  }
  EXPECT_EQ(run.out.find("0123456789canary"), std::string::npos);
  EXPECT_EQ(run.out.find("MDEyMzQ1Njc4OWNhbmFyeQ"), std::string::npos);
  EXPECT_EQ(Kubectl({"delete", "-f", "/root/planted.yaml"}).status, 0);
}

TEST_F(Api, ALoginWithoutRightsSeesNoPass) {
  ASSERT_EQ(Kubectl({"create", "serviceaccount", "nobody", "-n", "default"}).status, 0);
  const Ran token = Kubectl({"create", "token", "nobody", "-n", "default"});
  ASSERT_EQ(token.status, 0) << token.err;
  const std::string secret = token.out.substr(0, token.out.find('\n'));
  const Ran run = Audit(Kubeconfig("token: " + secret));
  EXPECT_EQ(run.status, 3) << run.err;
  EXPECT_EQ(run.out.find(secret), std::string::npos);
  const auto report = Json(run.out);
  for (const auto& finding : report["findings"].GetArray()) {
    // What every login may see: /apis.
    if (std::string_view(finding["rule"].GetString()) == "cluster-unfinished-apis") continue;
    EXPECT_STRNE(finding["verdict"].GetString(), "pass") << finding["rule"].GetString();
    EXPECT_STRNE(finding["verdict"].GetString(), "fail") << finding["rule"].GetString();
  }
}

TEST_F(Api, NobodySeesNoPass) {
  const Ran run = Audit(Kubeconfig(""));
  EXPECT_EQ(run.status, 3) << run.err;
  const auto report = Json(run.out);
  for (const auto& finding : report["findings"].GetArray())
    EXPECT_STRNE(finding["verdict"].GetString(), "pass") << finding["rule"].GetString();
  const Ran unknown = Audit(Kubeconfig("token: made.up.token"));
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("does not know these credentials"), std::string::npos) << unknown.err;
}

}  // namespace
}  // namespace seawall::test
