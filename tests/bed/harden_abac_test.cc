// ABAC off where a client lives on it: refused while it does, let through when RBAC gives it the
// same rights and no API server has allowed anything by ABAC for the window; taken back.
#include "harden_live.h"

namespace seawall::test {
namespace {

constexpr const char* kManifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
constexpr const char* kPolicy =
    R"({"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"legacy","namespace":"default","resource":"configmaps","apiGroup":"","readonly":true}}
)";

class HardenAbac : public HardenLive {
 protected:
  static Ran Sh(const std::string& script) { return bed_->Exec("cp-0", {"sh", "-c", script}); }

  /// The kubelet's own API server, with ABAC behind RBAC.
  static void TurnAbacOn() {
    std::ofstream(Root() + "/etc/kubernetes/pki/abac.jsonl") << kPolicy;
    std::string manifest = ReadFile(Root() + kManifest);
    const std::string modes = "--authorization-mode=Node,RBAC";
    ASSERT_NE(manifest.find(modes), std::string::npos);
    manifest.replace(
        manifest.find(modes), modes.size(),
        modes + ",ABAC\n    - --authorization-policy-file=/etc/kubernetes/pki/abac.jsonl");
    std::ofstream(Root() + "/root/new.yaml") << manifest;
    ASSERT_EQ(Sh(fmt::format("cp /root/new.yaml {0}.new && mv {0}.new {0}", kManifest)).status, 0);
    ASSERT_TRUE(Eventually(std::chrono::seconds(180), [] {
      return Sh("pgrep -f authorization-mode=Node,RBAC,[A]BAC").status == 0 &&
             Kubectl({"get", "--raw", "/readyz"}).out == "ok";
    }));
  }

  /// A kubeconfig of the user whom only ABAC knows.
  static void MakeClient() {
    const Ran made = Sh(
        "cd /root && printf '[req]\\ndistinguished_name=dn\\n[dn]\\n' > o.cnf && export "
        "OPENSSL_CONF=/root/o.cnf && openssl req -newkey ec -pkeyopt "
        "ec_paramgen_curve:prime256v1 -nodes -keyout l.key -subj /CN=legacy -out l.csr && openssl "
        "x509 -req -in l.csr -CA /etc/kubernetes/pki/ca.crt -CAkey /etc/kubernetes/pki/ca.key "
        "-days 1 -out l.crt && cp /etc/kubernetes/admin.conf legacy.conf && kubectl --kubeconfig "
        "legacy.conf config set-credentials l --client-certificate=l.crt --client-key=l.key && "
        "kubectl --kubeconfig legacy.conf config set-context --current --user=l");
    ASSERT_EQ(made.status, 0) << made.err;
  }
  static Ran Legacy(const std::string& words) {
    return Sh("kubectl --kubeconfig /root/legacy.conf " + words);
  }
  static Ran Off(const std::string& window) {
    return Harden({"apply", "--rules", "apiserver-abac-off", "--set", "abac-window=" + window,
                   "--yes", "--settle", "3s"});
  }
};

TEST_F(HardenAbac, GoesOnlyWhenNobodyLivesOnIt) {
  TurnAbacOn();
  MakeClient();
  EXPECT_EQ(Legacy("get configmaps").status, 0) << "it lives on ABAC";
  const std::string before = Snapshot();
  Ran run = Harden({"apply", "--rules", "apiserver-abac-off", "--yes"});
  EXPECT_NE(run.out.find("nothing to do"), std::string::npos) << "without a window: " << run.out;

  // While it goes on, it is noticed.
  std::jthread client([](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      Legacy("get configmaps");
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  });
  run = Harden({"plan", "--rules", "apiserver-abac-off", "--set", "abac-window=60s"});
  EXPECT_EQ(run.status, 0) << run.out;
  EXPECT_NE(run.out.find("somebody lives on it"), std::string::npos) << run.out << run.err;
  EXPECT_EQ(Snapshot(), before);

  // RBAC says the same, and is asked first: ABAC goes, the client stays and gets nothing beyond.
  run = bed_->SeawallInside("cp-0", {"rbac", "from-abac", "/etc/kubernetes/pki/abac.jsonl",
                                     "--discovery", "kubernetes-1.37"});
  ASSERT_EQ(run.status, 0) << run.err;
  std::ofstream(Root() + "/root/rbac.yaml") << run.out;
  ASSERT_EQ(Kubectl({"apply", "-f", "/root/rbac.yaml"}).status, 0);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  run = Off("12s");
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_NE(run.err.find("watching for"), std::string::npos) << run.err;
  EXPECT_EQ(ReadFile(Root() + kManifest).find("ABAC"), std::string::npos);
  EXPECT_EQ(Sh("pgrep -f [A]BAC").status, 1) << "the running one";
  EXPECT_TRUE(
      Eventually(std::chrono::seconds(60), [] { return Legacy("get configmaps").status == 0; }));
  EXPECT_NE(Legacy("get secrets").err.find("orbidden"), std::string::npos);
  client.request_stop();
  client.join();
  EXPECT_EQ(Harden({"rollback", "--yes"}).status, 0);
  EXPECT_EQ(Snapshot(), before);
  EXPECT_EQ(Sh("pgrep -f authorization-mode=Node,RBAC,[A]BAC").status, 0);
}

}  // namespace
}  // namespace seawall::test
