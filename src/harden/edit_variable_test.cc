#include "harden/edit_variable.h"

#include <gtest/gtest.h>

#include "harden/working_tree.h"

namespace seawall::harden {
namespace {

constexpr const char* kUnit = "/etc/systemd/system/etcd.service";
constexpr const char* kManifest = "/etc/kubernetes/manifests/etcd.yaml";
constexpr const char* kFlag = "listen-metrics-urls";

/// What becomes of `path` when `flag`'s variable is set or taken away.
std::string Edit(const std::vector<std::pair<std::string, std::string>>& given,
                 const std::optional<std::string>& value, const std::string& flag = kFlag) {
  auto files = std::make_shared<MemoryFiles>();
  for (const auto& [path, text] : given) files->Add(path, text);
  cluster::ReadOptions options;
  options.versions[cluster::ComponentKind::kEtcd] = {3, 7, 0, "", {}};
  auto node = cluster::ReadNode(files, options);
  if (!node) return node.error().ToString();
  const auto found = node->Of(cluster::ComponentKind::kEtcd);
  if (found.size() != 1) return "not one etcd";
  auto touches = EditVariable(*node, *found[0], flag, value);
  if (!touches) return "refused: " + touches.error().why;
  WorkingTree tree(files);
  if (auto added = tree.Add(*touches); !added) return "refused: " + added.error().why;
  tree.EndRound();
  return *tree.files()->Read(touches->front().path);
}

std::string Unit(const std::string& environment) {
  return "[Service]\n" + environment + "ExecStart=/usr/bin/etcd\n";
}

constexpr const char* kOld = "http://0.0.0.0:2381";
constexpr const char* kNew = "http://127.0.0.1:2381";
const std::string kNamed = "ETCD_LISTEN_METRICS_URLS=";

TEST(EditVariable, OfAUnitKeepsItsName) {
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
           {"Environment=", "\n"},
           {"Environment=\"", "\"\n"},
           {"Environment=ETCD_NAME=a '", "' ETCD_DATA_DIR=/d\n"},
           {"  Environment = A=b ", "\r\n"}}) {
    EXPECT_EQ(Edit({{kUnit, Unit(before + kNamed + kOld + after)}}, kNew),
              Unit(before + kNamed + kNew + after));
  }
}

TEST(EditVariable, OfAUnitGoesWithoutResettingOthers) {
  const auto away = [](const std::string& line) {
    return Edit({{kUnit, Unit("Environment=A=b\n" + line)}}, std::nullopt);
  };
  const std::string word = kNamed + kOld;
  // An empty "Environment=" would take A away, too.
  EXPECT_EQ(away("Environment=" + word + "\n"), Unit("Environment=A=b\n"));
  EXPECT_EQ(away("Environment=\"" + word + "\"\n"), Unit("Environment=A=b\n"));
  EXPECT_EQ(away("Environment=C=d " + word + " E=f\n"),
            Unit("Environment=A=b\nEnvironment=C=d E=f\n"));
  EXPECT_EQ(away("Environment='" + word + "' E=f\n"), Unit("Environment=A=b\nEnvironment=E=f\n"));
}

TEST(EditVariable, WhatIsNotPlainIsRefused) {
  const std::string word = kNamed + kOld;
  for (const std::string& line :
       {"Environment=A=b \\\n  " + word + "\n", "Environment=" + kNamed + "http://%H:2381\n",
        "Environment=" + kNamed + "\"http://0.0.0.0:23\"81\n",
        "Environment=\"" + word + ",http://a b\"\n"}) {
    EXPECT_TRUE(Edit({{kUnit, Unit(line)}}, kNew).starts_with("refused: ")) << line;
  }
  const std::string packaged = "/usr/lib/systemd/system/etcd.service";
  EXPECT_EQ(Edit({{packaged, Unit("Environment=" + word + "\n")}}, kNew),
            "refused: its file belongs to the distribution");
}

TEST(EditVariable, OfAnEnvironmentFile) {
  const std::string unit = Unit("EnvironmentFile=/etc/etcd/etcd.conf\n");
  const std::string file = "/etc/etcd/etcd.conf";
  const auto edit = [&](const std::string& text, const std::optional<std::string>& value) {
    return Edit({{kUnit, unit}, {file, text}}, value);
  };
  EXPECT_EQ(edit("# a\n" + kNamed + "\"" + kOld + "\"\nB=c\n", kNew),
            "# a\n" + kNamed + "\"" + kNew + "\"\nB=c\n");
  EXPECT_EQ(edit("# a\n" + kNamed + kOld + "\nB=c\n", std::nullopt), "# a\nB=c\n");
  // The last one counts.
  EXPECT_EQ(edit(kNamed + "http://192.0.2.1:1\n" + kNamed + kOld, kNew),
            kNamed + "http://192.0.2.1:1\n" + kNamed + kNew);
}

TEST(EditVariable, OfAManifest) {
  const auto pod = [](const std::string& env) {
    return "apiVersion: v1\nkind: Pod\nmetadata: {name: etcd, namespace: kube-system}\nspec:\n"
           "  containers:\n  - name: etcd\n    image: registry.k8s.io/etcd:3.7.0-0\n"
           "    command: [etcd]\n    env:\n" +
           env;
  };
  const std::string other = "    - name: A\n      value: http://0.0.0.0:2381\n";
  const std::string named = "    - name: ETCD_LISTEN_METRICS_URLS\n      value: ";
  EXPECT_EQ(Edit({{kManifest, pod(other + named + "\"" + kOld + "\" # all\n")}}, kNew),
            pod(other + named + "\"" + kNew + "\" # all\n"));
  EXPECT_EQ(Edit({{kManifest, pod(other + named + kOld + "\n")}}, std::nullopt), pod(other));
}

}  // namespace
}  // namespace seawall::harden
