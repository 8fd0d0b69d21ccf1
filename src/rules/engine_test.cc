#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "rules/rule.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::Node;

Node NodeWith(ComponentKind kind) {
  Node node;
  node.name = "n";
  Component component;
  component.kind = kind;
  component.instance = "i";
  component.version = cluster::Version{1, 37, 2, "test", {}};
  component.where = Place{"/etc/kubernetes/manifests/a.yaml", 12, 5, {}};
  node.components.push_back(std::move(component));
  return node;
}

std::vector<Finding> Ask(const Node& node, const char* id) {
  Selection selection;
  selection.ids = {id};
  return Evaluate(node, selection, 0);
}

TEST(Engine, AnAbsentComponentIsNotApplicable) {
  const auto findings = Ask(Node(), "apiserver-profiling-off");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].outcome.verdict, Verdict::kNotApplicable);
  EXPECT_EQ(findings[0].component, "kube-apiserver");
}

TEST(Engine, AComponentThatMayBeHiddenIsUnknown) {
  Node node;
  node.blind_spots.push_back({Error{ErrorCode::kPermission, "list", "/etc/kubernetes/manifests",
                                    "permission denied", "run as root"},
                              {ComponentKind::kApiServer}});
  const auto findings = Ask(node, "apiserver-profiling-off");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].outcome.verdict, Verdict::kUnknown);
  EXPECT_NE(findings[0].outcome.reason.find("run as root"), std::string::npos);
}

TEST(Engine, ADefaultFailsAndTheRemedySaysWhereToAddIt) {
  const auto findings = Ask(NodeWith(ComponentKind::kApiServer), "apiserver-profiling-off");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].outcome.verdict, Verdict::kFail);
  EXPECT_EQ(findings[0].outcome.remedy,
            "set --profiling=false at the arguments of kube-apiserver "
            "(/etc/kubernetes/manifests/a.yaml:12:5)");
}

TEST(Engine, AnUnknownVersionsDefaultNeverPasses) {
  Node node = NodeWith(ComponentKind::kApiServer);
  node.components[0].version.reset();
  EXPECT_EQ(Ask(node, "apiserver-profiling-off")[0].outcome.verdict, Verdict::kUnknown);
}

TEST(Engine, AFileWithoutAKnownStartNeverPasses) {
  Node node = NodeWith(ComponentKind::kKubelet);
  Component& kubelet = node.components[0];
  cluster::Setting port;
  port.name = "readOnlyPort";
  port.state = cluster::SettingState::kSet;
  port.text = "0";
  kubelet.written["readOnlyPort"] = port;
  kubelet.run_by = cluster::RunBy::kSystemd;
  EXPECT_EQ(Ask(node, "kubelet-read-only-port")[0].outcome.verdict, Verdict::kPass);
  kubelet.run_by = cluster::RunBy::kConfiguration;
  EXPECT_EQ(Ask(node, "kubelet-read-only-port")[0].outcome.verdict, Verdict::kUnknown);
  kubelet.written["readOnlyPort"].text = "10255";
  EXPECT_EQ(Ask(node, "kubelet-read-only-port")[0].outcome.verdict, Verdict::kFail);
  node.is_machine = false;
  kubelet.written["readOnlyPort"].text = "0";
  EXPECT_EQ(Ask(node, "kubelet-read-only-port")[0].outcome.verdict, Verdict::kPass) << "-f";
}

TEST(Engine, AZeroThatMeansTheDefaultNeedsTheVersion) {
  Node node = NodeWith(ComponentKind::kKubelet);
  Component& kubelet = node.components[0];
  cluster::Setting timeout;
  timeout.name = "streamingConnectionIdleTimeout";
  timeout.state = cluster::SettingState::kDefault;
  timeout.text = "4h0m0s";
  timeout.origin = {cluster::OriginKind::kDefault, {}, "what is written means it"};
  kubelet.written[timeout.name] = timeout;
  const auto known = Ask(node, "kubelet-streaming-timeout");
  EXPECT_EQ(known[0].outcome.verdict, Verdict::kPass);
  EXPECT_NE(known[0].outcome.reason.find("(what is written means it)"), std::string::npos);
  EXPECT_EQ(Ask(node, "kubelet-config-known-fields")[0].outcome.verdict, Verdict::kPass);
  for (const int minor : {28, 40}) {
    kubelet.version->minor = minor;
    EXPECT_EQ(Ask(node, "kubelet-streaming-timeout")[0].outcome.verdict, Verdict::kUnknown);
  }
  kubelet.version.reset();
  EXPECT_EQ(Ask(node, "kubelet-streaming-timeout")[0].outcome.verdict, Verdict::kUnknown);
  EXPECT_EQ(Ask(node, "kubelet-config-known-fields")[0].outcome.verdict, Verdict::kUnknown);
}

TEST(Engine, WhatTheComponentRefusesNeverPasses) {
  Node node = NodeWith(ComponentKind::kApiServer);
  Component& component = node.components[0];
  const auto write = [&](const char* name, const char* value) {
    cluster::Setting setting;
    setting.name = name;
    setting.state = cluster::SettingState::kSet;
    setting.text = value;
    setting.items.push_back({value, {}});
    component.written[name] = setting;
  };
  write("tls-min-version", "TLS1.3");
  EXPECT_EQ(Ask(node, "apiserver-tls-floor")[0].outcome.verdict, Verdict::kPass);
  cluster::Problem problem;
  problem.fatal = true;
  problem.setting = "tls-min-version";
  problem.text = "tls-min-version takes one of …";
  component.problems.push_back(problem);
  EXPECT_EQ(Ask(node, "apiserver-tls-floor")[0].outcome.verdict, Verdict::kUnknown);
  EXPECT_EQ(Ask(node, "apiserver-strong-ciphers")[0].outcome.verdict, Verdict::kUnknown);
  write("profiling", "false");
  EXPECT_EQ(Ask(node, "apiserver-profiling-off")[0].outcome.verdict, Verdict::kPass);
  component.problems[0].fatal = false;
  EXPECT_EQ(Ask(node, "apiserver-tls-floor")[0].outcome.verdict, Verdict::kPass);

  write("enable-admission-plugins", "NodeRestriction");
  EXPECT_EQ(Ask(node, "admission-node-restriction")[0].outcome.verdict, Verdict::kPass);
  write("disable-admission-plugins", "NodeRestriction");
  EXPECT_EQ(Ask(node, "admission-node-restriction")[0].outcome.verdict, Verdict::kUnknown);
}

TEST(Engine, AFileThatIsRefusedNeverPasses) {
  Node node = NodeWith(ComponentKind::kScheduler);
  Component& component = node.components[0];
  cluster::Setting setting;
  setting.name = "profiling";
  setting.state = cluster::SettingState::kSet;
  setting.text = "false";
  setting.origin = {cluster::OriginKind::kFile, Place{"/s.yaml", 3, 1, {}}, ""};
  component.written["profiling"] = setting;
  cluster::Setting config = setting;
  config.name = "config";
  config.text = "/s.yaml";
  config.origin.kind = cluster::OriginKind::kFlag;
  component.written["config"] = config;
  const auto passing = Ask(node, "scheduler-profiling-off");
  EXPECT_EQ(passing[0].outcome.verdict, Verdict::kPass);
  EXPECT_EQ(passing[0].outcome.reason, "enableProfiling is false");
  cluster::Problem problem;
  problem.kind = cluster::Problem::Kind::kUnknownField;
  problem.fatal = true;
  problem.setting = "enableProfilin";
  problem.text = "unknown field";
  problem.place.file = "/s.yaml";
  component.problems.push_back(problem);
  EXPECT_EQ(Ask(node, "scheduler-profiling-off")[0].outcome.verdict, Verdict::kUnknown);
}

TEST(Engine, ANameIsNoAddress) {
  Node node = NodeWith(ComponentKind::kScheduler);
  cluster::Setting setting;
  setting.name = "bind-address";
  setting.state = cluster::SettingState::kSet;
  setting.text = "localhost";
  node.components[0].written["bind-address"] = setting;
  EXPECT_EQ(Ask(node, "scheduler-loopback")[0].outcome.verdict, Verdict::kUnknown);
  node.components[0].written["bind-address"].text = "::1";
  EXPECT_EQ(Ask(node, "scheduler-loopback")[0].outcome.verdict, Verdict::kPass);
}

TEST(Engine, TheRemedyNamesTheFormThatTheComponentIsRunIn) {
  struct Form {
    cluster::RunBy by;
    const char* owner;
    const char* expected;
  };
  constexpr Form kForms[] = {
      {cluster::RunBy::kStaticPod, "kubeadm",
       "set --profiling=false at the arguments of kube-apiserver "
       "(/etc/kubernetes/manifests/a.yaml:12:5)"},
      {cluster::RunBy::kConfiguration, "kubeadm",
       "set --profiling=false at apiServer.extraArgs (/etc/kubernetes/manifests/a.yaml:12:5)"},
      {cluster::RunBy::kConfiguration, "",
       "set --profiling=false at what is written for kube-apiserver "
       "(/etc/kubernetes/manifests/a.yaml:12:5)"},
  };
  for (const Form& form : kForms) {
    Node node = NodeWith(ComponentKind::kApiServer);
    node.components[0].run_by = form.by;
    node.components[0].owner_hint = form.owner;
    EXPECT_EQ(Ask(node, "apiserver-profiling-off")[0].outcome.remedy, form.expected);
  }
  Node k3s = NodeWith(ComponentKind::kApiServer);
  k3s.components[0].run_by = cluster::RunBy::kK3s;
  k3s.components[0].where.file = "/etc/systemd/system/k3s.service";
  EXPECT_EQ(Ask(k3s, "apiserver-profiling-off")[0].outcome.remedy,
            "set --profiling=false at kube-apiserver-arg in /etc/rancher/k3s/config.yaml");
}

TEST(Engine, SelectsByRowCisAndSeverity) {
  const Node node;
  Selection by_cis;
  by_cis.cis = {"1.2.15"};
  ASSERT_EQ(Evaluate(node, by_cis, 0).size(), 1u);
  by_cis.cis = {"1.2"};
  EXPECT_EQ(Evaluate(node, by_cis, 0).size(), 30u) << "a whole section, and not 1.20 or 11.2";
  Selection by_severity;
  by_severity.minimum = Severity::kCritical;
  for (const Finding& finding : Evaluate(node, by_severity, 0)) {
    EXPECT_EQ(finding.rule->severity, Severity::kCritical);
  }
  Selection by_row;
  by_row.rows = {"2a"};
  EXPECT_FALSE(Evaluate(node, by_row, 0).empty());
  for (const Finding& finding : Evaluate(node, by_row, 0)) EXPECT_STREQ(finding.rule->row, "2a");
}

}  // namespace
}  // namespace seawall::rules
