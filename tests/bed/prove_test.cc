// seawall prove on a real control plane made by kubeadm: what each listener is found to do, and
// mistakes that only the running process shows, since every file on the node stays as it was.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <utility>

#include "bed.h"
#include "verdicts.h"

namespace seawall::test {
namespace {

using Endpoint = const rapidjson::Value&;

/// A component's process started with other flags than its files say, and the proof that fails.
struct RuntimeMistake {
  const char* component;
  const char* edit;       ///< "flag=value" sets, "-flag" takes away
  int port;               ///< where this process listens
  const char* fails;      ///< rules that must fail
  const char* says = "";  ///< what the finding names, where the rule fails without the mistake too
};

const RuntimeMistake kBeside[] = {
    {"kube-apiserver", "tls-min-version=VersionTLS10", 7443, "served-tls-floor"},
    {"kube-apiserver", "tls-min-version=VersionTLS11", 7443, "served-tls-floor"},
    {"kube-apiserver",
     "tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_128_CBC_SHA", 7443,
     "served-no-weak-suites", "TLS_RSA_WITH_AES_128_CBC_SHA"},
    {"kube-apiserver",
     "tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_3DES_EDE_CBC_SHA", 7443,
     "served-no-broken-suites"},
    {"kube-apiserver",
     "tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_RC4_128_SHA", 7443,
     "served-no-broken-suites"},
    {"kube-apiserver", "tls-curve-preferences=23,24", 7443, "served-post-quantum"},
    {"kube-apiserver", "-tls-cert-file -tls-private-key-file", 7443, "served-certificate-issued"},
    {"kube-controller-manager", "authorization-always-allow-paths=/healthz,/metrics", 11257,
     "no-anonymous-metrics"},
    {"kube-controller-manager", "authorization-always-allow-paths=/*", 11257,
     "no-anonymous-metrics no-anonymous-profiles"},
    {"kube-scheduler", "authorization-always-allow-paths=/debug/*", 11259, "no-anonymous-profiles"},
    {"kube-scheduler", "tls-min-version=VersionTLS10", 11259, "served-tls-floor"},
    {"kube-scheduler", "tls-min-version=VersionTLS11", 11259, "served-tls-floor"},
    {"kube-scheduler", "authorization-always-allow-paths=/metrics", 11259, "no-anonymous-metrics"},
    {"kube-scheduler",
     "tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_3DES_EDE_CBC_SHA", 11259,
     "served-no-broken-suites"},
    {"kube-controller-manager", "tls-min-version=VersionTLS11", 11257, "served-tls-floor"},
    {"kube-controller-manager",
     "tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_256_GCM_SHA384",
     11257, "served-no-weak-suites", "TLS_RSA_WITH_AES_256_GCM_SHA384"},
    {"kube-controller-manager", "tls-curve-preferences=29", 11257, "served-post-quantum"},
    {"etcd", "cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_128_CBC_SHA",
     12379, "served-no-weak-suites", "TLS_RSA_WITH_AES_128_CBC_SHA"},
    {"etcd", "cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_RC4_128_SHA",
     12379, "served-no-broken-suites"},
    {"etcd", "enable-pprof=true -client-cert-auth -trusted-ca-file", 12379,
     "no-anonymous-profiles etcd-refuses-without-certificate"},
    {"etcd", "-peer-client-cert-auth -peer-trusted-ca-file", 12380,
     "etcd-refuses-without-certificate"},
    {"etcd",
     "listen-peer-urls=http://127.0.0.1:12380 initial-advertise-peer-urls=http://127.0.0.1:12380 "
     "initial-cluster=cp-0=http://127.0.0.1:12380",
     12380, "served-no-plain-http"},
    {"etcd", "-client-cert-auth -trusted-ca-file", 12379, "etcd-refuses-without-certificate"},
    {"etcd",
     "listen-client-urls=http://127.0.0.1:12379 advertise-client-urls=http://127.0.0.1:12379",
     12379, "served-no-plain-http etcd-refuses-without-certificate"},
    {"etcd", "-cert-file -key-file -client-cert-auth -trusted-ca-file auto-tls=true", 12379,
     "etcd-refuses-without-certificate"},
};

const std::vector<std::string>& Elsewhere(std::string_view component) {
  static const std::vector<std::string> api = {"secure-port=7443"};
  static const std::vector<std::string> manager = {"secure-port=11257"};
  static const std::vector<std::string> scheduler = {"secure-port=11259"};
  static const std::vector<std::string> etcd = {
      "data-dir=/tmp/etcd-x",
      "advertise-client-urls=https://127.0.0.1:12379",
      "listen-peer-urls=https://127.0.0.1:12380",
      "initial-advertise-peer-urls=https://127.0.0.1:12380",
      "initial-cluster=cp-0=https://127.0.0.1:12380",
      "listen-client-urls=https://127.0.0.1:12379",
      "listen-metrics-urls=http://127.0.0.1:12381"};
  if (component == "kube-apiserver") return api;
  if (component == "kube-scheduler") return scheduler;
  return component == "etcd" ? etcd : manager;
}

constexpr const char* kListeners[] = {"192.0.2.11:6443",  "127.0.0.1:10257", "127.0.0.1:10259",
                                      "192.0.2.11:10250", "192.0.2.11:2379", "192.0.2.11:2380"};

std::string FlagOf(const std::string& word) { return word.substr(0, word.find('=')); }

constexpr std::chrono::seconds kStart{180};  // for a component to listen, on a busy machine
constexpr std::chrono::seconds kSettle{40};  // for it to do what it does

class Prove : public testing::Test {
 protected:
  static void SetUpTestSuite() { bed_ = new Bed(); }
  static void TearDownTestSuite() {
    delete bed_;
    bed_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(bed_->up()); }

  static rapidjson::Document Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"prove", "-o", "json"});
    const Ran run = bed_->SeawallInside("cp-0", std::move(words));
    EXPECT_LE(run.status, 3) << run.err;
    last_ = run.out;
    return Json(run.out);
  }

  static Endpoint Find(const rapidjson::Document& report, std::string_view endpoint) {
    for (const auto& one : report["endpoints"].GetArray()) {
      if (one["endpoint"].GetString() == endpoint) return one;
    }
    ADD_FAILURE() << "nothing is said of " << endpoint;
    return report["endpoints"][0];
  }

  /// The rules that fail (of one component), of those whose reason holds `says`.
  static std::set<std::string> Failed(const rapidjson::Document& report, std::string_view says = "",
                                      std::string_view component = "") {
    std::set<std::string> failed;
    for (const auto& finding : report["findings"].GetArray()) {
      const std::string_view reason = finding["reason"].GetString();
      const std::string_view of = finding["component"].GetString();
      if (!component.empty() && of != component) continue;
      if (finding["verdict"] == "fail" && reason.find(says) != std::string_view::npos)
        failed.insert(finding["rule"].GetString());
    }
    return failed;
  }

  /// Starts the process, and asks it until all of its rules fail. It may take its time to listen;
  /// once it does, forty seconds are enough. One that ends before is a failure, with what it said.
  static void Try(const RuntimeMistake& mistake) {
    SCOPED_TRACE(fmt::format("{} {}", mistake.component, mistake.edit));
    std::vector<std::string> words = {"run"};
    const auto set = [&](const std::string& word) {
      if (word.starts_with("-")) words.insert(words.end(), {"--drop", word.substr(1)});
      if (!word.starts_with("-")) words.insert(words.end(), {"--set", word});
    };
    const std::vector<std::string> edits = Words(mistake.edit);
    std::set<std::string> given;
    for (const std::string& word : edits) given.insert(FlagOf(word));
    for (const std::string& word : Elsewhere(mistake.component)) {
      if (!given.contains(FlagOf(word))) set(word);
    }
    for (const std::string& word : edits) set(word);
    words.insert(words.end(), {"cp-0", mistake.component});
    auto process = std::async(std::launch::async, [&] { return bed_->TestbedFor(300, words); });
    const auto ended = [&] {
      return process.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    const std::vector<std::string> wanted = Words(mistake.fails);
    bool listens = false;
    std::set<std::string> failed;
    const auto fails = [&] {
      const rapidjson::Document report =
          Run({"--endpoint", fmt::format("127.0.0.1:{}={}", mistake.port, mistake.component)});
      failed = Failed(report, mistake.says);
      listens |= report["endpoints"][0]["reachable"].IsTrue();
      return std::ranges::all_of(wanted, [&](const auto& rule) { return failed.contains(rule); });
    };
    Eventually(kStart, [&] { return fails() || listens || ended(); });
    if (!ended()) Eventually(kSettle, [&] { return fails() || ended(); });
    const bool over = ended();
    for (const std::string& rule : wanted)
      EXPECT_TRUE(failed.contains(rule)) << rule << "\n" << last_.substr(0, 3000);
    // Only this process has it among its arguments, or listens there.
    bed_->Exec("cp-0", {"pkill", "-KILL", "-f", "--", "--" + FirstFlag(words)});
    const Ran run = process.get();
    if (over) ADD_FAILURE() << "it ended by itself: " << run.err.substr(0, 2000);
  }

  static std::string FirstFlag(const std::vector<std::string>& words) {
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "--set") return words[i + 1];
    }
    return "nothing";
  }

  static Bed* bed_;
  static inline std::string last_;  ///< what prove printed
};
Bed* Prove::bed_ = nullptr;

TEST_F(Prove, EveryListenerIsFoundAndAsked) {
  rapidjson::Document report;
  // A control plane that has only begun is not complete yet; what it lacks is shown below.
  Eventually(kStart, [&] {
    report = Run({});
    return report["summary"]["unreachable"].GetInt() == 0 &&
           std::ranges::all_of(kListeners, [&](const char* endpoint) {
             return Find(report, endpoint)["reachable"].IsTrue();
           });
  });
  for (const char* endpoint : kListeners) {
    SCOPED_TRACE(endpoint);
    Endpoint one = Find(report, endpoint);
    EXPECT_TRUE(one["reachable"].IsTrue());
    EXPECT_TRUE(one["plainHttp"].IsFalse());
    const bool etcd = std::string_view(one["component"].GetString()) == "etcd";
    EXPECT_STREQ(one["tls"]["clientAuth"].GetString(), etcd ? "required" : "requested");
    ASSERT_EQ(one["tls"]["versions"].Size(), 2u);
    EXPECT_STREQ(one["tls"]["versions"][0].GetString(), "TLSv1.2");
    EXPECT_STREQ(one["tls"]["groups"][0].GetString(), "X25519MLKEM768");
    EXPECT_EQ(one["tls"]["suites"]["TLSv1.3"].Size(), 3u);
    EXPECT_EQ(one["tls"]["suites"]["TLSv1.2"].Size(), 5u);
  }
  for (const char* endpoint : {"127.0.0.1:10248", "127.0.0.1:2381"}) {
    EXPECT_TRUE(Find(report, endpoint)["plainHttp"].IsTrue()) << endpoint;
    EXPECT_TRUE(Find(report, endpoint)["tls"].IsNull()) << endpoint;
  }
  for (const char* endpoint : {"192.0.2.11:6443", "192.0.2.11:10250", "192.0.2.11:2379"}) {
    const auto& certificates = Find(report, endpoint)["tls"]["clientCertificates"];
    EXPECT_EQ(certificates.Size(), 5u) << endpoint;  // two of other CAs of the cluster among them
    for (const auto& one : certificates.GetArray())
      EXPECT_STREQ(one["outcome"].GetString(), "refused") << endpoint << one["kind"].GetString();
  }
  for (const auto& call : Find(report, "192.0.2.11:2379")["grpc"].GetArray())
    EXPECT_TRUE(call["status"].IsNull());
  EXPECT_FALSE(Failed(report).contains("listener-explained"));
  for (const RuntimeMistake& mistake : kBeside) {
    const std::set<std::string> failed = Failed(report, "", mistake.component);
    for (const std::string& rule : Words(mistake.fails))
      EXPECT_TRUE(*mistake.says != '\0' || !failed.contains(rule)) << rule << " fails already";
  }
  EXPECT_EQ(Find(report, "192.0.2.11:6443")["anonymous"]["/version"].GetInt(), 200);
  EXPECT_EQ(Find(report, "192.0.2.11:6443")["anonymous"]["/metrics"].GetInt(), 403);
  EXPECT_EQ(Find(report, "192.0.2.11:10250")["anonymous"]["/pods"].GetInt(), 401);
  EXPECT_TRUE(Find(report, "192.0.2.11:2379")["anonymous"]["/health"].IsNull());
}

TEST_F(Prove, MistakesThatOnlyTheProcessShowsFail) {
  for (const RuntimeMistake& mistake : kBeside) Try(mistake);
}

/// What the API grants stands in etcd and in no file of the node.
TEST_F(Prove, GrantsToStrangersFail) {
  const auto kubectl = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"kubectl", "--kubeconfig", "/etc/kubernetes/super-admin.conf"});
    return bed_->Exec("cp-0", words);
  };
  const auto failed = [&] { return Failed(Run({"--endpoint", "192.0.2.11:6443=kube-apiserver"})); };
  EXPECT_FALSE(failed().contains("no-anonymous-secrets"));
  struct Grant {
    const char* role;
    const char* fails;
  };
  for (const auto& [role, fails] :
       {Grant{"view", ""}, Grant{"system:monitoring", "no-anonymous-metrics"},
        Grant{"edit", "no-anonymous-secrets"},
        Grant{"cluster-admin",
              "no-anonymous-secrets no-anonymous-metrics "
              "no-anonymous-profiles"}}) {
    SCOPED_TRACE(role);
    const Ran made =
        kubectl({"create", "clusterrolebinding", "strangers", std::string("--clusterrole=") + role,
                 "--group=system:unauthenticated"});
    ASSERT_EQ(made.status, 0) << made.err;
    std::set<std::string> seen;
    const std::vector<std::string> wanted = Words(fails);
    Eventually(kSettle, [&] {
      seen = failed();
      return std::ranges::all_of(wanted, [&](const auto& rule) { return seen.contains(rule); });
    });
    for (const std::string& rule : wanted) EXPECT_TRUE(seen.contains(rule)) << rule;
    EXPECT_EQ(kubectl({"delete", "clusterrolebinding", "strangers"}).status, 0);
  }
}

// etcd keeps the CA that it read at its start: its file is the right one again when it is asked.
TEST_F(Prove, AnotherCaThatEtcdReadBeforeItsFileWasMendedFails) {
  const std::string pki = bed_->Root("cp-0") + "/etc/kubernetes/pki";
  const std::string good = ReadFile(pki + "/etcd/ca.crt");
  std::ofstream(pki + "/etcd/ca.crt", std::ios::binary) << ReadFile(pki + "/ca.crt");
  EXPECT_EQ(bed_->Testbed({"restart", "cp-0", "etcd"}).status, 0);
  rapidjson::Document report;
  const auto failed = [&] {
    return report.IsObject() &&
           Failed(report, "", "etcd").contains("refuses-other-cas-of-the-cluster");
  };
  // It has read the file when it speaks TLS.
  EXPECT_TRUE(Eventually(kStart, [&] {
    report = Run({});
    return Find(report, "192.0.2.11:2379")["tls"].IsObject();
  }));
  std::ofstream(pki + "/etcd/ca.crt", std::ios::binary) << good;
  Eventually(kStart, [&] {
    report = Run({});
    return failed();
  });
  EXPECT_TRUE(failed()) << last_.substr(0, 3000);
  const Ran both = bed_->SeawallInside("cp-0", {"audit", "--prove", "-o", "json"});
  EXPECT_EQ(VerdictOf(Json(both.out), "etcd-own-ca"), "fail");
  EXPECT_EQ(bed_->Testbed({"restart", "cp-0", "etcd"}).status, 0);
}

// The file is as it was when the kubelet is asked: what it runs with is what it read before.
TEST_F(Prove, WhatTheKubeletReadBeforeItsFileWasMendedFails) {
  const std::string path = bed_->Root("cp-0") + "/var/lib/kubelet/config.yaml";
  const std::string good = ReadFile(path);
  std::string bad = good + "readOnlyPort: 10255\n";
  for (const auto& [from, to] : {std::pair("    enabled: false\n", "    enabled: true\n"),
                                 std::pair("mode: Webhook", "mode: AlwaysAllow")}) {
    const size_t at = bad.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    bad.replace(at, std::string_view(from).size(), to);
  }
  const auto restart_with = [&](const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(bed_->Testbed({"restart", "cp-0", "kubelet"}).status, 0);
  };
  restart_with(bad);
  std::set<std::string> failed;
  Eventually(kStart, [&] {
    failed = Failed(Run({"--endpoint", "127.0.0.1:10250=kubelet"}));
    return failed.contains("no-anonymous-kubelet");
  });
  std::ofstream(path, std::ios::binary) << good;
  failed = Failed(Run({}));
  EXPECT_TRUE(failed.contains("no-anonymous-kubelet"));
  EXPECT_TRUE(failed.contains("no-read-only-kubelet"));
  const Verdicts of_files =
      VerdictsOf(bed_->AuditInside("cp-0", {"--root", "/", "-o", "json"}).out);
  EXPECT_EQ(of_files.at("kubelet-authorization-mode"), "pass");
  EXPECT_EQ(of_files.at("kubelet-anonymous-auth"), "pass");
  const Verdicts of_both = VerdictsOf(
      bed_->AuditInside("cp-0", {"--root", "/", "--prove", "--loopback", "-o", "json"}).out);
  EXPECT_EQ(of_both.at("kubelet-anonymous-auth"), "fail");
  EXPECT_EQ(of_both.at("kubelet-read-only-port"), "fail");
}

}  // namespace
}  // namespace seawall::test
