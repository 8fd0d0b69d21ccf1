// On a real control plane whose components are systemd units: the audit's verdicts one by one, live
// and from the node's folder, and mistakes planted in units, environment files and configuration
// files. Each turns exactly its rules to fail, and its unit is restarted with it: either the real
// component runs, or it refuses and the audit says so.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "bed.h"
#include "verdicts.h"

namespace seawall::test {
namespace {

struct Mistake {
  const char* unit;
  const char* file;
  const char* text;  ///< what is replaced; empty: nothing, the replacement is appended
  const char* replacement;
  const char* other_file;  ///< a file that goes with it; empty: none
  const char* other_text;
  const char* fails;  ///< the rules that turn to fail, and no others
  bool refused;       ///< the real component does not start with it
};

const Mistake kMistakes[] = {
#include "planted_on_units.inc"
};

struct WrongMode {
  const char* path;
  mode_t mode;
  const char* fails;
};

const WrongMode kWrongModes[] = {
    {"/etc/kubernetes/pki/ca.key", 0644, "pki-key-mode"},
    {"/etc/kubernetes/pki/apiserver.crt", 0666, "pki-certificate-mode"},
    {"/etc/kubernetes/admin.conf", 0644, "admin-kubeconfig-mode kubeconfigs-private"},
    {"/etc/kubernetes/kubelet.conf", 0640, "kubeconfigs-private kubelet-kubeconfig-mode"},
    {"/etc/kubernetes/scheduler.conf", 0664, "kubeconfigs-private scheduler-kubeconfig-mode"},
    {"/var/lib/etcd", 0755, "etcd-data-mode"},
    {"/etc/default/etcd", 0666, "start-files-not-writable"},
};

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

class Systemd : public testing::Test {
 protected:
  static void SetUpTestSuite() { bed_ = new Bed({"--layout", "systemd"}); }
  static void TearDownTestSuite() {
    delete bed_;
    bed_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(bed_->up()); }

  /// The node's whole root with what is mounted in it, from outside.
  static std::string Folder() { return fmt::format("/proc/{}/root", bed_->InitPid("cp-0")); }

  static Verdicts AuditFolder() {
    Ran run = RunCommand({ReleaseProgram(), "audit", "--root", "cp-0=" + Folder(), "-o", "json"});
    EXPECT_EQ(run.status, 1) << run.err;
    return VerdictsOf(run.out);
  }

  /// Restarts the mistake's unit; true when the component runs and goes on running.
  static bool Starts(const Mistake& mistake, std::string& said) {
    const std::string script = fmt::format(
        "systemctl daemon-reload; systemctl reset-failed {0}; timeout 15 systemctl restart {0}; "
        "sleep 1.5; "
        "systemctl show -p ActiveState,NRestarts {0}; journalctl -u {0} -n 3 -o cat",
        mistake.unit);
    Ran run = bed_->Exec("cp-0", {"sh", "-c", script});
    said = run.out.substr(0, 600);
    return run.out.find("ActiveState=active") != std::string::npos &&
           run.out.find("NRestarts=0") != std::string::npos;
  }

  static Bed* bed_;
};
Bed* Systemd::bed_ = nullptr;

/// What only a running node shows.
const Verdicts kOnlyLive = {{"apiserver-runs-as-written", "not-applicable"},
                            {"controller-manager-runs-as-written", "not-applicable"},
                            {"etcd-runs-as-written", "not-applicable"},
                            {"kubelet-runs-as-written", "not-applicable"},
                            {"scheduler-runs-as-written", "not-applicable"}};

TEST_F(Systemd, EveryVerdictOfALiveAuditIsAsExpected) {
  Ran run = bed_->AuditInside("cp-0", {"-o", "json"});
  ASSERT_EQ(run.status, 1) << run.err;
  ExpectVerdicts(VerdictsOf(run.out), "systemd_verdicts.txt");
}

TEST_F(Systemd, EveryVerdictFromTheNodesFolderIsAsExpected) {
  ExpectVerdicts(AuditFolder(), "systemd_verdicts.txt", kOnlyLive);
}

TEST_F(Systemd, EachPlantedMistakeTurnsExactlyItsRulesAndIsTriedOnTheRealUnit) {
  const Verdicts base = AuditFolder();
  for (const Mistake& mistake : kMistakes) {
    SCOPED_TRACE(fmt::format("{} {}: {}", mistake.unit, mistake.file, mistake.replacement));
    const std::string path = Folder() + mistake.file;
    const std::string before = ReadFile(path);
    std::string with = before;
    const size_t at = *mistake.text == '\0' ? with.size() : with.find(mistake.text);
    ASSERT_NE(at, std::string::npos);
    with.replace(
        at, std::string(mistake.text).size(),
        *mistake.text == '\0' ? mistake.replacement + std::string("\n") : mistake.replacement);
    WriteFile(path, with);
    const std::string other = Folder() + mistake.other_file;
    if (*mistake.other_file != '\0') {
      WriteFile(other, mistake.other_text);
      chmod(other.c_str(), 0600);
    }

    const std::vector<std::string> wanted = Words(mistake.fails);
    EXPECT_EQ(TurnedToFail(base, AuditFolder()),
              std::set<std::string>(wanted.begin(), wanted.end()));
    std::string said;
    EXPECT_EQ(Starts(mistake, said), !mistake.refused) << said;

    WriteFile(path, before);
    if (*mistake.other_file != '\0') unlink(other.c_str());
  }
  EXPECT_EQ(AuditFolder(), base) << "the tree is as it was";
}

TEST_F(Systemd, EachWrongModeTurnsExactlyItsRules) {
  const Verdicts base = AuditFolder();
  for (const WrongMode& wrong : kWrongModes) {
    SCOPED_TRACE(wrong.path);
    const std::string path = Folder() + wrong.path;
    struct stat before{};
    ASSERT_EQ(stat(path.c_str(), &before), 0);
    ASSERT_EQ(chmod(path.c_str(), wrong.mode), 0);
    const std::vector<std::string> wanted = Words(wrong.fails);
    EXPECT_EQ(TurnedToFail(base, AuditFolder()),
              std::set<std::string>(wanted.begin(), wanted.end()));
    ASSERT_EQ(chmod(path.c_str(), before.st_mode & 07777), 0);
  }
}

/// kube-bench wants the flag itself; etcd demands certificates as soon as it has a CA
/// (docs/compared.md).
TEST_F(Systemd, EtcdDemandsCertificatesByItsCaAlone) {
  const Mistake off = {"etcd", "", "", "", "", "", "", false};
  const std::string path = Folder() + "/etc/default/etcd";
  const std::string before = ReadFile(path);
  std::string with = before;
  const std::string flag = "ETCD_CLIENT_CERT_AUTH=true";
  with.replace(with.find(flag), flag.size(), "ETCD_CLIENT_CERT_AUTH=false");
  WriteFile(path, with);
  EXPECT_EQ(AuditFolder()["etcd-client-cert-auth"], "pass");
  std::string said;
  EXPECT_TRUE(Starts(off, said)) << said;
  const std::string ask =
      "(printf 'GET /version HTTP/1.0\\r\\n\\r\\n'; sleep 1) | timeout 10 openssl s_client -quiet"
      " -connect 127.0.0.1:2379 -CAfile /etc/kubernetes/pki/etcd/ca.crt";
  Ran without = bed_->Exec("cp-0", {"sh", "-c", ask});
  Ran with_certificate =
      bed_->Exec("cp-0", {"sh", "-c",
                          ask + " -cert /etc/kubernetes/pki/apiserver-etcd-client.crt"
                                " -key /etc/kubernetes/pki/apiserver-etcd-client.key"});
  EXPECT_EQ(without.out.find("etcdserver"), std::string::npos) << without.out;
  EXPECT_NE(with_certificate.out.find("etcdserver"), std::string::npos)
      << with_certificate.out << with_certificate.err;
  WriteFile(path, before);
  EXPECT_TRUE(Starts(off, said)) << said;
}

}  // namespace
}  // namespace seawall::test
