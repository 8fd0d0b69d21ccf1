// etcd in the clear goes over to TLS where it runs in stages, each of which every API server can
// follow; a tree that is not running goes at once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "harden/planner.h"
#include "x509/test_pki.h"

namespace seawall::harden {
namespace {

constexpr const char* kEtcd = "/etc/kubernetes/manifests/etcd.yaml";
constexpr const char* kServer = "/etc/kubernetes/manifests/kube-apiserver.yaml";
constexpr const char* kPki = "/etc/kubernetes/pki/etcd";

std::string Manifest(const std::string& name, const std::string& arguments) {
  return fmt::format(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {0}\n  namespace: kube-system\nspec:\n"
      "  containers:\n  - name: {0}\n    image: registry.k8s.io/{0}:{2}\n    command:\n    - "
      "{0}\n{1}"
      "    volumeMounts:\n    - mountPath: /etc/kubernetes\n      name: k\n  volumes:\n"
      "  - hostPath:\n      path: /etc/kubernetes\n    name: k\n",
      name, arguments, name == "etcd" ? "3.7.0" : "v1.37.2");
}

class EtcdStages : public testing::Test {
 protected:
  explicit EtcdStages() {
    const auto ca = x509::testing::IssueCa("etcd-ca");
    Put(std::string(kPki) + "/ca.crt", ca.certificate);
    for (const char* name : {"server", "peer", "apiserver-etcd-client"}) {
      const auto pair = x509::testing::IssueLeaf(ca, name);
      Put(fmt::format("{}/{}.crt", kPki, name), pair.certificate);
      Put(fmt::format("{}/{}.key", kPki, name), pair.private_key);
    }
    Put(kServer, Manifest("kube-apiserver", "    - --etcd-servers=http://127.0.0.1:2379\n"));
    WriteEtcd("a=http://127.0.0.1:2380");
  }

  void WriteEtcd(const std::string& cluster) {
    Put(kEtcd, Manifest("etcd",
                        "    - --name=a\n    - --data-dir=/var/lib/etcd\n"
                        "    - --listen-client-urls=http://127.0.0.1:2379\n"
                        "    - --advertise-client-urls=http://127.0.0.1:2379\n"
                        "    - --listen-peer-urls=http://127.0.0.1:2380\n"
                        "    - --initial-advertise-peer-urls=http://127.0.0.1:2380\n"
                        "    - --initial-cluster=" +
                            cluster + "\n"));
  }

  void Put(const std::string& path, const std::string& text) {
    texts_[path] = text;
    files_->Add(path, text);
  }

  Plan Make(bool live, const Parameters& more = {}) {
    PlanRequest request;
    request.root = "/";
    request.live = live;
    request.now = 1800000000;
    request.selection.rows = {"5a"};
    request.set = more;
    request.set["etcd-pki"] = kPki;
    auto plan = MakePlan(files_, request);
    EXPECT_TRUE(plan) << plan.error().ToString();
    return plan ? std::move(*plan) : Plan();
  }

  /// The steps' components, in order.
  std::string Apply(const Plan& plan) {
    std::string order;
    for (const Step& step : plan.steps) {
      for (const PlannedChange& planned : step.changes) {
        if (planned.change.edits.empty()) continue;
        auto after = Splice(texts_[planned.change.path], planned.change.edits);
        EXPECT_TRUE(after);
        Put(planned.change.path, *after);
      }
      if (!step.restart.empty()) order += step.component + " ";
    }
    return order;
  }

  static std::string WhyNot(const Plan& plan, const std::string& rule) {
    for (const NotDone& one : plan.not_done) {
      if (one.finding.rule == rule) return one.why;
    }
    return "";
  }
  bool Has(const char* path, const std::string& text) { return texts_[path].contains(text); }

  std::shared_ptr<MemoryFiles> files_ = std::make_shared<MemoryFiles>();
  std::map<std::string, std::string> texts_;
};

constexpr const char* kBoth = "--listen-client-urls=https://127.0.0.1:2379,http://127.0.0.1:2379";

TEST_F(EtcdStages, WhatDoesNotRunGoesAtOnce) {
  const Plan plan = Make(false);
  EXPECT_FALSE(plan.HasNextStage());
  Apply(plan);
  EXPECT_TRUE(Has(kEtcd, "--listen-client-urls=https://127.0.0.1:2379\n")) << texts_[kEtcd];
  EXPECT_TRUE(Has(kServer, "--etcd-servers=https://127.0.0.1:2379\n"));
}

TEST_F(EtcdStages, AKeyThatEtcdsUserCannotReadIsNotUsed) {
  std::string text = texts_[kEtcd];
  Put(kEtcd, text.replace(text.find("/var/lib/etcd"), 13, "/etc/kubernetes/data"));
  files_->AddFolder("/etc/kubernetes/data", 0700, 997, 997);
  const std::string why = WhyNot(Make(false), "etcd-client-urls-https");
  EXPECT_NE(why.find("closed to user 997"), why.npos) << why;
  files_->AddFolder("/etc/kubernetes/data", 0700, 0, 0);
  EXPECT_EQ(WhyNot(Make(false), "etcd-client-urls-https"), "");
}

TEST_F(EtcdStages, WhatRunsSpeaksBothUntilTheApiServerHasComeOver) {
  const Plan first = Make(true);
  EXPECT_TRUE(first.HasNextStage());
  EXPECT_EQ(Apply(first), "etcd kube-apiserver ");
  EXPECT_TRUE(Has(kEtcd, kBoth)) << texts_[kEtcd];
  EXPECT_TRUE(Has(kEtcd, "--client-cert-auth=true"));
  EXPECT_TRUE(Has(kServer, "--etcd-servers=https://127.0.0.1:2379\n"));
  EXPECT_TRUE(Has(kServer, "--etcd-certfile="));

  const Plan second = Make(true);
  EXPECT_FALSE(second.HasNextStage());
  EXPECT_EQ(Apply(second), "etcd ");
  EXPECT_TRUE(Has(kEtcd, "--listen-client-urls=https://127.0.0.1:2379\n")) << texts_[kEtcd];
  EXPECT_FALSE(Has(kEtcd, "client-urls=http:"));
  EXPECT_TRUE(Has(kEtcd, "--listen-peer-urls=http:")) << "not what was asked for";

  const Plan third = Make(true);
  EXPECT_EQ(third.Changes(), 0u);
}

TEST_F(EtcdStages, AnApiServerThatHasNotComeOverIsWaitedFor) {
  Apply(Make(true));
  Put(kServer, Manifest("kube-apiserver", "    - --etcd-servers=http://127.0.0.1:2379\n"));
  const std::string before = texts_[kEtcd];
  const Plan plan = Make(true);
  EXPECT_TRUE(plan.HasNextStage());
  EXPECT_EQ(Apply(plan), "kube-apiserver ");
  EXPECT_EQ(texts_[kEtcd], before);
}

TEST_F(EtcdStages, OfSeveralMembersAPersonSaysThatNobodyAsksInTheClear) {
  WriteEtcd("a=http://127.0.0.1:2380,b=http://192.0.2.2:2380");
  Apply(Make(true));
  EXPECT_TRUE(Has(kEtcd, kBoth));
  const Plan refused = Make(true);
  EXPECT_FALSE(refused.HasNextStage());
  EXPECT_EQ(refused.Changes(), 0u);
  EXPECT_TRUE(WhyNot(refused, "etcd-client-urls-https").contains("API servers of other nodes"));
  const Plan plan = Make(true, {{"accept-etcd-http-end", "true"}});
  EXPECT_EQ(Apply(plan), "etcd ");
  EXPECT_FALSE(Has(kEtcd, "client-urls=http:"));
}

}  // namespace
}  // namespace seawall::harden
