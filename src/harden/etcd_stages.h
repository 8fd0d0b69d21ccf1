// For tests only: a small control plane whose etcd speaks in the clear, planned and applied in
// memory.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "harden/planner.h"
#include "x509/test_pki.h"

namespace seawall::harden::testing {

inline constexpr const char* kEtcd = "/etc/kubernetes/manifests/etcd.yaml";
inline constexpr const char* kServer = "/etc/kubernetes/manifests/kube-apiserver.yaml";
inline constexpr const char* kPki = "/etc/kubernetes/pki/etcd";

inline std::string Manifest(const std::string& name, const std::string& arguments) {
  return fmt::format(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {0}\n  namespace: kube-system\nspec:\n"
      "  containers:\n  - name: {0}\n    image: registry.k8s.io/{0}:{2}\n    command:\n    - "
      "{0}\n{1}"
      "    volumeMounts:\n    - mountPath: /etc/kubernetes\n      name: k\n  volumes:\n"
      "  - hostPath:\n      path: /etc/kubernetes\n    name: k\n",
      name, arguments, name == "etcd" ? "3.7.0" : "v1.37.2");
}

class EtcdStages : public ::testing::Test {
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
    request.selection.rows = {row_};
    request.etcd_peers = etcd_peers_;
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

  std::string row_ = "5a";
  AskEtcdPeers etcd_peers_;
  std::shared_ptr<MemoryFiles> files_ = std::make_shared<MemoryFiles>();
  std::map<std::string, std::string> texts_;
};

}  // namespace seawall::harden::testing
