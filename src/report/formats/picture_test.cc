#include "report/formats/picture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "report/format.h"
#include "rules/rule.h"

namespace seawall::report {
namespace {

using rules::Verdict;

Record Finding(const char* rule, const char* component, Verdict verdict, bool proof = false,
               const char* instance = "x") {
  auto text = std::make_shared<RuleText>();
  text->id = rule;
  Record record;
  record.rule = text;
  record.component = component;
  record.instance = instance;
  record.verdict = verdict;
  if (proof) record.evidence = {{"anonymous GET /pods", "200", "proof", {}, {}}};
  return record;
}

ComponentRecord Named(const char* component) {
  ComponentRecord record;
  record.component = component;
  return record;
}

NodeReport ControlPlane(const std::string& name) {
  NodeReport report;
  report.node.name = Safe(name);
  for (const char* component : {"etcd", "kube-apiserver", "kubelet"})
    report.node.components.push_back(Named(component));
  return report;
}

/// The class of the element whose title begins so.
std::string ClassOf(const std::string& svg, const std::string& title) {
  const size_t at = svg.find("<title>" + title);
  if (at == std::string::npos) return "none";
  const size_t begin = svg.rfind("class=\"", at) + 7;
  return svg.substr(begin, svg.find('"', begin) - begin);
}
std::string LineOf(const std::string& svg, const std::string& title) {
  const size_t at = svg.find("class=\"line", svg.find("<title>" + title));
  return svg.substr(at + 7, svg.find('"', at + 7) - at - 7);
}

size_t Occurrences(const std::string& text, const std::string& what) {
  size_t n = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(Picture, ALinkIsAsBadAsTheWorstThatIsKnownOfIt) {
  NodeReport report = ControlPlane("cp-0");
  report.findings = {Finding("etcd-peer-ca", "etcd", Verdict::kPass),
                     Finding("etcd-peer-certificate", "etcd", Verdict::kUnknown),
                     Finding("kubelet-anonymous-auth", "kubelet", Verdict::kFail),
                     Finding("kubelet-client-ca", "kubelet", Verdict::kPass),
                     Finding("apiserver-etcd-ca", "kube-apiserver", Verdict::kPass),
                     Finding("apiserver-kubelet-https", "kube-apiserver", Verdict::kNotApplicable)};
  const std::string svg = PictureOfNode(report, "n1");
  EXPECT_EQ(ClassOf(svg, "etcd, etcd peers: unknown: etcd-peer-certificate<"), "unknown");
  EXPECT_EQ(ClassOf(svg, "kubelet, kubelet API: fail: kubelet-anonymous-auth<"), "fail");
  EXPECT_EQ(ClassOf(svg, "kube-apiserver, etcd clients: pass<"), "pass");
  // What was not found out has no colour of something good.
  EXPECT_EQ(ClassOf(svg, "kube-apiserver, kubelet API: nothing was found out"), "not-applicable");
  EXPECT_EQ(ClassOf(svg, "etcd, etcd clients: nothing was found out"), "not-applicable");
  EXPECT_EQ(ClassOf(svg, "kubelet: fail"), "fail");
  EXPECT_EQ(svg.find("kube-proxy"), std::string::npos);
}

TEST(Picture, AProofIsOfTheLinkThatItsListenerServes) {
  NodeReport report = ControlPlane("cp-0");
  report.node.endpoints = {R"({"endpoint":"192.0.2.11:2379","component":"etcd","role":"client"})",
                           R"({"endpoint":"192.0.2.11:2380","component":"etcd","role":"peer"})",
                           R"({"endpoint":"192.0.2.11:2381","component":"etcd","role":"metrics"})"};
  report.findings = {
      Finding("etcd-peer-ca", "etcd", Verdict::kPass),
      Finding("served-tls-floor", "etcd", Verdict::kPass, true, "192.0.2.11:2379"),
      Finding("served-tls-floor", "etcd", Verdict::kFail, true, "192.0.2.11:2380"),
      Finding("served-no-plain-http", "etcd", Verdict::kFail, true, "192.0.2.11:2381"),
      Finding("kubelet-client-ca", "kubelet", Verdict::kPass)};
  const std::string svg = PictureOfNode(report, "n1");
  EXPECT_EQ(ClassOf(svg, "etcd, etcd clients: pass, proven on the network<"), "pass");
  EXPECT_EQ(LineOf(svg, "etcd, etcd clients"), "line");
  EXPECT_EQ(ClassOf(svg, "etcd, etcd peers: fail, proven on the network: served-tls-floor<"),
            "fail");
  EXPECT_EQ(LineOf(svg, "kubelet, kubelet API: pass<"), "line files");
  EXPECT_EQ(ClassOf(svg, "etcd: fail"), "fail") << "the metrics' port is the component's";
  // A listener that did not answer proves nothing.
  report.findings = {
      Finding("served-tls-floor", "etcd", Verdict::kUnknown, true, "192.0.2.11:2379")};
  EXPECT_EQ(LineOf(PictureOfNode(report, "n1"), "etcd, etcd clients: unknown: "), "line files");
}

TEST(Picture, WhatANodeSaysIsNoMarkup) {
  NodeReport report =
      ControlPlane("\"><script>alert(1)</script>\xE2\x80\xAE" + std::string(9000, 'x'));
  report.findings = {Finding("<b>\"'&", "etcd", Verdict::kFail)};
  report.node.endpoints = {"", "{", R"({"endpoint":"<i>)", std::string(100, '"')};
  const std::string svg = PictureOfCluster({PictureOfNode(report, "n1")});
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(svg.find("<b>"), std::string::npos);
  EXPECT_EQ(svg.find("<i>"), std::string::npos);
  EXPECT_EQ(svg.find("\xE2\x80\xAE"), std::string::npos);
  EXPECT_EQ(Occurrences(svg, "<a "), 1u);
  EXPECT_EQ(Occurrences(svg, "</a>"), 1u);
}

TEST(Picture, OfManyNodesTheOnesThatServeAreDrawn) {
  std::vector<std::string> nodes;
  for (int i = 0; i < 1000; ++i) {
    NodeReport report = ControlPlane(fmt::format("node-{}", i));
    if (i < 997) report.node.components = {Named("kubelet")};
    nodes.push_back(PictureOfNode(report, "n"));
  }
  const std::string svg = PictureOfCluster(nodes);
  EXPECT_LT(svg.size(), 200'000u);
  EXPECT_EQ(Occurrences(svg, "<a class"), 40u);
  EXPECT_NE(svg.find("Node node-999."), std::string::npos);
  EXPECT_NE(svg.find("40 of 1000 nodes are drawn"), std::string::npos);
  EXPECT_EQ(PictureOfCluster({nodes[0]}).find("are drawn"), std::string::npos);
}

TEST(Picture, WithoutComponentsThereIsNone) {
  NodeReport report;
  report.node.name = "cluster";
  report.node.components = {Named("gke")};
  EXPECT_EQ(PictureOfNode(report, "n1"), "");
  EXPECT_EQ(PictureOfCluster({"", ""}), "");
  EXPECT_EQ(PictureOfCluster({}), "");
}

TEST(Picture, EveryRuleThatItNamesExists) {
  for (const std::string_view word : RulesOfPicture()) {
    const bool any = std::ranges::any_of(rules::AllRules(), [word](const rules::Rule& rule) {
      const std::string_view id = rule.id;
      return word.ends_with('*') ? id.starts_with(word.substr(0, word.size() - 1)) : id == word;
    });
    EXPECT_TRUE(any) << word;
  }
}

}  // namespace
}  // namespace seawall::report
