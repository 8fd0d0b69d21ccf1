// seawall prove: the program against listeners on this machine.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

/// A port that was free a moment ago.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

bool Answers(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool ok = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return ok;
}

/// openssl s_server, which answers a GET with a page.
class OpensslServer {
 public:
  /// `name`: what the process calls itself.
  explicit OpensslServer(std::vector<std::string> options, const std::string& name = "openssl")
      : port_(FreePort()) {
    EXPECT_EQ(RunCommand({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                          tree_.Path("/key"), "-out", tree_.Path("/cert"), "-days", "2", "-subj",
                          "/CN=test"})
                  .status,
              0);
    std::vector<std::string> words = {
        "openssl", "s_server",           "-quiet", "-www",
        "-key",    tree_.Path("/key"),   "-cert",  tree_.Path("/cert"),
        "-accept", std::to_string(port_)};
    words.insert(words.end(), options.begin(), options.end());
    pid_ = fork();
    if (pid_ == 0) {
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      std::string called = name;
      argv[0] = called.data();
      execvp("openssl", argv.data());
      _exit(127);
    }
    for (int i = 0; i < 200 && !Answers(port_); ++i) usleep(20'000);
  }
  ~OpensslServer() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  std::string Endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  Tree tree_;
  int port_;
  pid_t pid_ = -1;
};

std::vector<std::string> Strings(const rapidjson::Value& list) {
  std::vector<std::string> words;
  for (const auto& one : list.GetArray()) words.emplace_back(one.GetString());
  return words;
}

TEST(Prove, ReportsWhatAServerAccepts) {
  const OpensslServer server({"-min_protocol", "TLSv1", "-max_protocol", "TLSv1.2", "-cipher",
                              "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"});
  const Ran run = Seawall({"prove", "-o", "json", "--endpoint", server.Endpoint() + "=kubelet"});
  EXPECT_EQ(run.status, 1);
  const rapidjson::Document report = Json(run.out);
  const auto& endpoint = report["endpoints"][0];
  EXPECT_TRUE(endpoint["reachable"].GetBool());
  EXPECT_EQ(Strings(endpoint["tls"]["versions"]),
            (std::vector<std::string>{"TLSv1.0", "TLSv1.1", "TLSv1.2"}));
  EXPECT_EQ(Strings(endpoint["tls"]["suites"]["TLSv1.1"]),
            std::vector<std::string>{"TLS_RSA_WITH_AES_128_CBC_SHA"});
  EXPECT_EQ(endpoint["tls"]["suites"]["TLSv1.2"].Size(), 2U);
  EXPECT_STREQ(endpoint["tls"]["clientAuth"].GetString(), "none");
  EXPECT_EQ(endpoint["tls"]["unknown"].Size(), 0U);
  EXPECT_FALSE(endpoint["plainHttp"].GetBool());
  EXPECT_EQ(endpoint["anonymous"]["/pods"].GetInt(), 200);
  EXPECT_EQ(VerdictOf(report, "served-tls-floor"), "fail");
  EXPECT_EQ(VerdictOf(report, "served-no-weak-suites"), "fail");
  EXPECT_EQ(VerdictOf(report, "served-no-broken-suites"), "pass");
  EXPECT_EQ(VerdictOf(report, "no-anonymous-kubelet"), "fail");
}

/// A chain of three in files: root.crt, middle.crt, leaf.crt and leaf.key.
class ThreeCertificates {
 public:
  ThreeCertificates() {
    const auto request = [&](const std::string& name) {
      Run({"openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", At(name + ".key"), "-out",
           At(name + ".csr"), "-subj", "/CN=" + name});
    };
    tree_.Write("/ca.ext", "basicConstraints=critical,CA:TRUE\n");
    Run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", At("root.key"),
         "-out", At("root.crt"), "-days", "2", "-subj", "/CN=root"});
    const auto sign = [&](const std::string& name, const std::string& by, bool ca) {
      std::vector<std::string> words = {"openssl",
                                        "x509",
                                        "-req",
                                        "-in",
                                        At(name + ".csr"),
                                        "-CA",
                                        At(by + ".crt"),
                                        "-CAkey",
                                        At(by + ".key"),
                                        "-CAcreateserial",
                                        "-days",
                                        "2",
                                        "-out",
                                        At(name + ".crt")};
      if (ca) words.insert(words.end(), {"-extfile", At("ca.ext")});
      Run(words);
    };
    request("middle");
    sign("middle", "root", true);
    request("leaf");
    sign("leaf", "middle", false);
  }
  std::string At(const std::string& name) const { return tree_.Path("/" + name); }

 private:
  static void Run(const std::vector<std::string>& words) { EXPECT_EQ(RunCommand(words).status, 0); }
  Tree tree_;
};

TEST(Prove, AMissingIntermediateIsNoPassAndAWholeChainIs) {
  const ThreeCertificates made;
  const std::string leaf = made.At("leaf.crt"), key = made.At("leaf.key");
  const auto verdict = [](const OpensslServer& server, const std::string& ca = "") {
    std::vector<std::string> words = {"prove",      "--only",         "tls", "-o", "json",
                                      "--endpoint", server.Endpoint()};
    if (!ca.empty()) words.insert(words.end(), {"--ca", ca});
    return VerdictOf(Json(Seawall(words).out), "served-certificate-chain");
  };
  {
    const OpensslServer alone({"-cert", leaf, "-key", key});
    EXPECT_EQ(verdict(alone), "unknown");
    EXPECT_EQ(verdict(alone, made.At("root.crt")), "fail");
    EXPECT_EQ(verdict(alone, made.At("middle.crt")), "pass");
    EXPECT_EQ(Seawall({"prove", "--endpoint", alone.Endpoint(), "--ca", leaf + ".none"}).status, 2);
    EXPECT_EQ(Seawall({"prove", "--endpoint", alone.Endpoint(), "--ca", key}).status, 2);
  }
  std::ofstream(made.At("chain.crt"))
      << ReadFile(made.At("middle.crt")) << ReadFile(made.At("root.crt"));
  EXPECT_EQ(
      verdict(OpensslServer({"-cert", leaf, "-key", key, "-cert_chain", made.At("chain.crt")})),
      "pass");
}

TEST(Prove, TheChainMayLeadToTheCaOfTheNodesFiles) {
  const ThreeCertificates made;
  const OpensslServer server({"-cert", made.At("leaf.crt"), "-key", made.At("leaf.key")});
  const std::string port = server.Endpoint().substr(server.Endpoint().find(':') + 1);
  const auto verdict = [&](const std::string& ca, const std::string& behind) {
    Tree tree;
    tree.Write("/etc/kubernetes/pki/ca.crt", ReadFile(made.At(ca)));
    tree.Write("/etc/kubernetes/pki/leaf.crt",
               ReadFile(made.At("leaf.crt")) + (behind.empty() ? "" : ReadFile(made.At(behind))));
    tree.Write("/etc/kubernetes/manifests/kube-scheduler.yaml",
               "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-scheduler, namespace: kube-system}"
               "\nspec:\n  containers:\n  - name: kube-scheduler\n"
               "    image: registry.k8s.io/kube-scheduler:v1.37.2\n"
               "    command: [kube-scheduler, --bind-address=127.0.0.1, --secure-port=" +
                   port +
                   ", --client-ca-file=/etc/kubernetes/pki/ca.crt,"
                   " --tls-cert-file=/etc/kubernetes/pki/leaf.crt]\n"
                   "    volumeMounts: [{name: pki, mountPath: /etc/kubernetes/pki}]\n"
                   "  volumes: [{name: pki, hostPath: {path: /etc/kubernetes/pki}}]\n");
    const Ran run =
        Seawall({"prove", "--only", "tls", "--loopback", "-o", "json", "--root", tree.root()});
    return VerdictOf(Json(run.out), "served-certificate-chain");
  };
  EXPECT_EQ(verdict("middle.crt", ""), "pass");
  EXPECT_EQ(verdict("root.crt", ""), "unknown");
  // It stands in the file, and the process that read the file before does not show it.
  EXPECT_EQ(verdict("root.crt", "middle.crt"), "fail");
}

TEST(Prove, AShortPrimeIsMeasured) {
  Tree tree;
  ASSERT_EQ(RunCommand({"openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
                        "group:modp_1536", "-out", tree.Path("/dh")})
                .status,
            0);
  const OpensslServer server({"-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", "-max_protocol",
                              "TLSv1.2", "-dhparam", tree.Path("/dh")});
  const Ran run =
      Seawall({"prove", "--only", "tls", "-o", "json", "--endpoint", server.Endpoint()});
  const rapidjson::Document report = Json(run.out);
  EXPECT_EQ(report["endpoints"][0]["tls"]["dhBits"].GetInt(), 1536);
  EXPECT_EQ(VerdictOf(report, "served-no-broken-suites"), "fail");
}

TEST(Prove, OnlyTlsAsksNothingElseAndJudgesNothingElse) {
  const OpensslServer server({"-verify", "1"});
  const Ran run = Seawall(
      {"prove", "--only", "tls", "-o", "json", "--endpoint", server.Endpoint() + "=kubelet"});
  EXPECT_EQ(run.status, 1);
  const rapidjson::Document report = Json(run.out);
  const auto& endpoint = report["endpoints"][0];
  EXPECT_STREQ(endpoint["tls"]["clientAuth"].GetString(), "requested");
  EXPECT_EQ(endpoint["tls"]["chain"].Size(), 1U);
  EXPECT_EQ(endpoint["tls"]["unknown"].Size(), 0U);
  EXPECT_STREQ(endpoint["plainHttp"].GetString(), "unknown");
  EXPECT_TRUE(endpoint["anonymous"].ObjectEmpty());
  EXPECT_EQ(endpoint["tls"]["clientCertificates"].Size(), 0U);
  EXPECT_EQ(VerdictOf(report, "served-tls-floor"), "pass");
  EXPECT_EQ(VerdictOf(report, "served-certificate-issued"), "fail");
  EXPECT_EQ(VerdictOf(report, "no-anonymous-kubelet"), "");
  EXPECT_EQ(report["summary"]["unknown"].GetInt(), 0);
}

TEST(Prove, OnlySuitesMakesNoHandshakeAndJudgesSuitesAlone) {
  const OpensslServer server({"-verify", "1", "-cipher", "AES128-SHA:@SECLEVEL=0"});
  const std::vector<std::string> words = {"prove", "--only", "suites", "--endpoint",
                                          server.Endpoint() + "=kubelet"};
  const Ran text = Seawall(words);
  EXPECT_EQ(text.status, 1);
  EXPECT_NE(text.out.find("TLSv1.2: TLS_RSA_WITH_AES_128_CBC_SHA\n"), std::string::npos)
      << text.out;
  EXPECT_EQ(text.out.find("groups"), std::string::npos) << text.out;
  EXPECT_EQ(text.out.find("certificate"), std::string::npos) << text.out;
  std::vector<std::string> more = words;
  more.insert(more.end(), {"-o", "json"});
  const rapidjson::Document report = Json(Seawall(more).out);
  const auto& tls = report["endpoints"][0]["tls"];
  EXPECT_STREQ(tls["clientAuth"].GetString(), "unknown");
  EXPECT_EQ(tls["chain"].Size(), 0U);
  EXPECT_EQ(tls["groups"].Size(), 0U);
  EXPECT_EQ(tls["suites"]["TLSv1.3"].Size(), 3U);
  EXPECT_EQ(VerdictOf(report, "served-no-weak-suites"), "fail");
  EXPECT_EQ(VerdictOf(report, "served-tls-floor"), "fail");
  EXPECT_EQ(VerdictOf(report, "served-post-quantum"), "");
  EXPECT_EQ(VerdictOf(report, "served-certificate-issued"), "");
  EXPECT_EQ(report["summary"]["unknown"].GetInt(), 0);
}

TEST(Prove, OnlyTlsJudgesNothingElseOfWhatCannotBeAskedEither) {
  const std::string nobody = "127.0.0.1:" + std::to_string(FreePort());
  for (const std::string& endpoint : {nobody, std::string("no-such-host.invalid:1")}) {
    const Ran run =
        Seawall({"prove", "--only", "tls", "-o", "json", "--endpoint", endpoint + "=kubelet"});
    EXPECT_EQ(run.status, 3);
    const rapidjson::Document report = Json(run.out);
    EXPECT_EQ(VerdictOf(report, "served-tls-floor"), "unknown") << endpoint;
    EXPECT_EQ(VerdictOf(report, "no-anonymous-kubelet"), "") << endpoint;
  }
}

TEST(Prove, OnlyTlsTellsACertificateThatIsRequired) {
  const OpensslServer server({"-Verify", "1"});
  const Ran run =
      Seawall({"prove", "--only", "tls", "-o", "json", "--endpoint", server.Endpoint()});
  EXPECT_STREQ(Json(run.out)["endpoints"][0]["tls"]["clientAuth"].GetString(), "required");
}

TEST(Prove, EveryFormatOfAnAuditHoldsTheFindings) {
  const OpensslServer server({"-cipher", "AES128-SHA:@SECLEVEL=0", "-max_protocol", "TLSv1.2"});
  const std::string nobody = "127.0.0.1:" + std::to_string(FreePort());
  const Tree tree;
  std::vector<std::string> words = {"prove", "--endpoint", server.Endpoint() + "=kubelet",
                                    "--endpoint", nobody + "=etcd"};
  const std::vector<std::string> formats = {"text", "json",    "jsonl", "sarif",       "junit",
                                            "html", "metrics", "csv",   "policyreport"};
  for (const std::string& format : formats) {
    words.emplace_back("-o");
    words.push_back(format + "=" + tree.Path("/" + format));
  }
  const Ran run = Seawall(words);
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(run.out, "");
  const rapidjson::Document json = Json(ReadFile(tree.Path("/json")));
  EXPECT_EQ(VerdictOf(json, "no-anonymous-kubelet"), "fail");
  const rapidjson::Document sarif = Json(ReadFile(tree.Path("/sarif")));
  size_t weak = 0;
  for (const auto& result : sarif["runs"][0]["results"].GetArray())
    weak += std::string_view(result["ruleId"].GetString()) == "served-no-weak-suites" &&
            std::string_view(result["level"].GetString()) != "none";
  EXPECT_GE(weak, 1U);
  for (const std::string& format : formats) {
    const std::string text = ReadFile(tree.Path("/" + format));
    // Metrics count, and name no listener.
    EXPECT_NE(text.find(format == "metrics" ? "seawall" : "served-no-weak-suites"),
              std::string::npos)
        << format;
  }
}

TEST(Prove, AReportThatCannotBeWrittenIsKnownBeforeAnybodyIsAsked) {
  const Ran run = Seawall({"prove", "--endpoint", "192.0.2.1:1", "-o", "sarif=/no/such/folder/a"});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("/no/such/folder"), std::string::npos);
}

TEST(Prove, ACertificateThatIsRequired) {
  const OpensslServer server({"-Verify", "1"});
  const Ran run = Seawall({"prove", "-o", "json", "--endpoint", server.Endpoint() + "=etcd"});
  const rapidjson::Document report = Json(run.out);
  EXPECT_STREQ(report["endpoints"][0]["tls"]["clientAuth"].GetString(), "required");
  EXPECT_TRUE(report["endpoints"][0]["anonymous"]["/metrics"].IsNull());
  EXPECT_EQ(VerdictOf(report, "etcd-refuses-without-certificate"), "pass");
}

TEST(Prove, NobodyThereIsUnknownAndStatus3) {
  const std::string endpoint = "127.0.0.1:" + std::to_string(FreePort());
  const Ran run = Seawall({"prove", "-o", "json", "--endpoint", endpoint});
  EXPECT_EQ(run.status, 3);
  const rapidjson::Document report = Json(run.out);
  EXPECT_FALSE(report["endpoints"][0]["reachable"].GetBool());
  EXPECT_TRUE(report["endpoints"][0]["tls"].IsNull());
  EXPECT_EQ(report["summary"]["pass"].GetInt(), 0);
  EXPECT_NE(Seawall({"prove", "--endpoint", endpoint}).out.find("refused"), std::string::npos);
}

TEST(Prove, AListenerOfAnotherMachinesLoopbackIsNotAskedHere) {
  Tree tree;
  tree.Write("/etc/kubernetes/manifests/kube-scheduler.yaml",
             "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-scheduler, namespace: kube-system}\n"
             "spec:\n  containers:\n  - name: kube-scheduler\n"
             "    image: registry.k8s.io/kube-scheduler:v1.37.2\n"
             "    command: [kube-scheduler, --bind-address=127.0.0.1]\n");
  const Ran run = Seawall({"prove", "-o", "json", "--root", tree.root()});
  EXPECT_EQ(run.status, 3);
  const rapidjson::Document report = Json(run.out);
  ASSERT_EQ(report["endpoints"].Size(), 1U);
  EXPECT_STREQ(report["endpoints"][0]["endpoint"].GetString(), "127.0.0.1:10259");
  EXPECT_STREQ(report["endpoints"][0]["reachable"].GetString(), "unknown");
  EXPECT_EQ(report["endpoints"][0]["connections"].GetInt(), 0);
}

/// A node whose kubelet's configuration is `config` and that listens at `endpoint`.
void WriteKubelet(Tree& tree, const std::string& port, const std::string& config) {
  tree.Write("/etc/systemd/system/kubelet.service",
             "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n");
  tree.Write("/var/lib/kubelet/config.yaml",
             "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
             "address: 127.0.0.1\nport: " +
                 port + "\nhealthzPort: 0\n" + config);
}

TEST(Prove, AnAuditWithProofsIsOneReportAndTheProofWins) {
  const OpensslServer server({"-tls1_2"});
  Tree tree;
  WriteKubelet(tree, server.Endpoint().substr(server.Endpoint().find(':') + 1),
               "authentication: {anonymous: {enabled: false}}\ntlsMinVersion: VersionTLS12\n");
  const std::vector<std::string> words = {
      "audit", "--component-version", "kubernetes=1.37.2", "-o", "json", "--root", tree.root()};
  const rapidjson::Document files = Json(Seawall(words).out);
  EXPECT_EQ(VerdictOf(files, "kubelet-anonymous-auth"), "pass");
  EXPECT_EQ(VerdictOf(files, "no-anonymous-kubelet"), "");

  std::vector<std::string> proving = words;
  proving.insert(proving.end(), {"--prove", "--loopback"});
  const Ran run = Seawall(proving);
  EXPECT_EQ(run.status, 1) << run.err;
  const rapidjson::Document both = Json(run.out);
  // Of its main port, and not of the read-only one, where nobody listens.
  EXPECT_EQ(VerdictOf(both, "no-anonymous-kubelet"), "mixed");
  EXPECT_EQ(VerdictOf(both, "kubelet-anonymous-auth"), "fail");
  EXPECT_EQ(VerdictOf(both, "kubelet-tls-min-version"), "pass");
  for (const auto& finding : both["findings"].GetArray()) {
    if (finding["rule"] != "kubelet-anonymous-auth") continue;
    const std::string reason = finding["reason"].GetString();
    EXPECT_NE(reason.find("its files say otherwise"), std::string::npos) << reason;
  }
  ASSERT_GE(both["nodes"][0]["endpoints"].Size(), 1U);
  EXPECT_EQ(both["nodes"][0]["endpoints"][0]["anonymous"]["/pods"].GetInt(), 200);
  // What was stored is written again as it was.
  tree.Write("/stored.json", run.out);
  EXPECT_EQ(Seawall({"report", tree.Path("/stored.json"), "-o", "json"}).out, run.out);
}

TEST(Prove, AnAuditChoosesAmongProofsToo) {
  Tree tree;
  WriteKubelet(tree, std::to_string(FreePort()), "");
  const Ran run = Seawall({"audit", "--prove", "--loopback", "-o", "json", "--rules",
                           "no-anonymous-kubelet", "--root", tree.root()});
  EXPECT_EQ(run.status, 3) << run.err;
  const rapidjson::Document report = Json(run.out);
  for (const auto& finding : report["findings"].GetArray())
    EXPECT_STREQ(finding["rule"].GetString(), "no-anonymous-kubelet");
  EXPECT_EQ(Seawall({"audit", "--rules", "no-anonymous-kubelet", "--root", tree.root()}).status, 2);
  EXPECT_EQ(Seawall({"audit", "--timeout", "1s", "--root", tree.root()}).status, 2);
  EXPECT_EQ(Seawall({"audit", "--prove", "-f", tree.Path("/var/lib/kubelet/config.yaml")}).status,
            2);
}

/// Also within the sandbox another process' sockets are seen.
TEST(Prove, ASocketOfThisMachinesComponentThatNoSettingImpliesFails) {
  const OpensslServer server({"-tls1_2"}, "kube-scheduler");
  const std::string port = server.Endpoint().substr(server.Endpoint().find(':') + 1);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"prove", "-o", "json"}, {"audit", "--prove", "-o", "json"}}) {
    const rapidjson::Document report = Json(Seawall(words, {.timeout_seconds = 120}).out);
    std::string verdict;
    for (const auto& finding : report["findings"].GetArray()) {
      if (finding["rule"] == "listener-explained" &&
          std::string_view(finding["instance"].GetString()).ends_with(":" + port))
        verdict = finding["verdict"].GetString();
    }
    EXPECT_EQ(verdict, "fail") << words[0];
  }
}

TEST(Prove, WrongWordsAreUsageErrors) {
  const std::vector<std::vector<std::string>> wrong = {{"--endpoint", "nonsense"},
                                                       {"--endpoint", "127.0.0.1:0"},
                                                       {"--endpoint", "127.0.0.1:70000"},
                                                       {"--endpoint", "::1:80"},
                                                       {"--endpoint", ":80"},
                                                       {"--endpoint", "127.0.0.1:80=nobody"},
                                                       {"--timeout", "soon"},
                                                       {"--timeout", "0s"},
                                                       {"--concurrency", "0"},
                                                       {"--max-per-host", "x"}};
  for (std::vector<std::string> words : wrong) {
    words.insert(words.begin(), "prove");
    if (words[1] != "--endpoint") words.insert(words.end(), {"--endpoint", "127.0.0.1:1"});
    const Ran run = Seawall(words);
    EXPECT_EQ(run.status, 2) << words[2];
    EXPECT_EQ(run.out, "");
  }
}

/// Listens and never says a word, so that asking it takes as long as it may.
class SilentServer {
 public:
  SilentServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    listen(fd_, 64);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(fd_); }
  std::string Prove() const {
    return fmt::format("{} prove --timeout 1s --endpoint 127.0.0.1:{}=kubelet", Program(), port_);
  }

 private:
  int fd_;
  int port_ = 0;
};

TEST(Prove, ProgressIsShownOnATerminalOnly) {
  const SilentServer silent;
  // On a terminal, which `script` is.
  Ran run = RunCommand({"script", "-qec", silent.Prove() + " -o json", "/dev/null"});
  EXPECT_EQ(run.status, 3) << run.out;
  EXPECT_NE(run.out.find("\r\x1b[K0 of 1 endpoints asked, 1 s"), std::string::npos) << run.out;
  // It is gone when the report begins.
  EXPECT_NE(run.out.find("\r\x1b[K{"), std::string::npos) << run.out;
  run = RunCommand({"sh", "-c", silent.Prove()});
  EXPECT_EQ(run.status, 3);
  EXPECT_EQ(run.err, "");
}

TEST(Prove, TellsHowFarItIsWhenASignalAsks) {
  const SilentServer silent;
  // Signal 10 is sent as soon as the process takes it: bit 9 of the mask.
  const Ran run = RunCommand({"sh", "-c",
                              silent.Prove() +
                                  " > /dev/null & p=$!; while kill -0 $p && ! grep -q "
                                  "'^SigCgt:.*[2367abef]..$' /proc/$p/status; do sleep 0.02; done; "
                                  "kill -USR1 $p; wait $p"});
  EXPECT_EQ(run.status, 3) << run.err;
  EXPECT_TRUE(run.err.starts_with("seawall: 0 of 1 endpoints asked, ")) << run.err;
}

}  // namespace
}  // namespace seawall::test
