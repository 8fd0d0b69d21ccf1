// seawall harden on the same configuration in sixty other forms: the plan cures what it cures in
// the usual form, or says why not; bytes outside of its edits stay; nothing becomes worse; a second
// plan is empty; a rollback gives back the identical tree.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "examples.h"
#include "harden_forms.h"
#include "node_paths.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

constexpr const char* kScheduler = "/etc/kubernetes/manifests/kube-scheduler.yaml";
constexpr const char* kManagerUnit = "/etc/systemd/system/kube-controller-manager.service";
constexpr const char* kEtcdUnit = "/etc/systemd/system/etcd.service";
constexpr const char* kKubeletDropIn = "/etc/systemd/system/kubelet.service.d/10-extra.conf";
constexpr const char* kEtcdEnv = "/etc/etcd/etcd.env";
constexpr const char* kApiServerEnv = "/etc/kubernetes/apiserver";

const std::vector<const char*> kPods = {kApiServer, kManager, kScheduler, kEtcd};

struct Variant {
  const char* what;
  std::vector<const char*> files;
  Text (*write)(const Text&);
  const char* refused;  ///< rules that are left to a person in this form
  const char* expect;   ///< stands in the first file afterwards
};

#include "harden_pods.inc"
#include "harden_units.inc"

/// Variants of one node; `prepare` plants what is to be mended, in the usual form.
struct Group {
  const char* node;
  void (*prepare)(Tree&);
  const std::vector<Variant>& variants;
};

const Group kGroups[] = {
    {"cp-0", [](Tree&) {}, kPodForms},
    {"cp-0",
     [](Tree& tree) {
       tree.Replace(kKubelet, "    enabled: false\n", "    enabled: true\n");
       tree.Replace(kKubelet, "  mode: Webhook\n", "  mode: AlwaysAllow\n");
       tree.Replace(kKubelet, "rotateCertificates: true\n",
                    "rotateCertificates: false\nmakeIPTablesUtilChains: true\n");
     },
     kKubeletForms},
    {"cp-0", [](Tree& tree) { tree.Write(kKubeletEnv, "KUBELET_EXTRA_ARGS=--anonymous-auth\n"); },
     kKubeletFlags},
    {"master-1",
     [](Tree& tree) {
       std::ofstream(tree.Path(kEtcdEnv), std::ios::app)
           << "ETCD_LISTEN_METRICS_URLS=\"http://0.0.0.0:2381\"\n";
     },
     kUnitForms},
};

struct Case {
  const Group* group;
  const Variant* variant;
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const Group& group : kGroups) {
    for (const Variant& variant : group.variants) cases.push_back({&group, &variant});
  }
  return cases;
}

using Names = std::set<std::string>;

std::vector<std::string> Harden(const char* what, const Tree& tree,
                                const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"harden",
                                    what,
                                    "--root",
                                    tree.root(),
                                    "--component-version",
                                    "kubernetes=1.37.2,etcd=3.7.0",
                                    "--set",
                                    "accept-static-tokens-end=true",
                                    "--set",
                                    "accept-join-by-file=true"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// Rules by verdict, of the components that the variants are about.
Names WithVerdict(const Tree& tree, const std::string& verdict) {
  const auto report = Json(Seawall({"audit", "--root", tree.root(), "-o", "json",
                                    "--component-version", "kubernetes=1.37.2,etcd=3.7.0"})
                               .out);
  Names names;
  for (const auto& finding : report["findings"].GetArray()) {
    const bool manual = finding.HasMember("manual") && finding["manual"].GetBool();
    if (finding["verdict"].GetString() == verdict && !manual)
      names.insert(std::string(finding["rule"].GetString()) + " of " +
                   finding["component"].GetString());
  }
  return names;
}

struct Planned {
  Names cured, not_done;
  /// What each edited file becomes, by the plan's own edits of the bytes that are there.
  std::map<std::string, Text> files;
};

Planned PlanOf(const Tree& tree) {
  Planned planned;
  const auto plan = Json(Seawall(Harden("plan", tree, {"-o", "json"})).out);
  for (const auto& step : plan["steps"].GetArray()) {
    for (const auto& change : step["changes"].GetArray()) {
      for (const auto& cure : change["cures"].GetArray())
        planned.cured.insert(cure["rule"].GetString());
      if (!change.HasMember("edits") || change["edits"].Empty()) continue;
      const std::string path = change["path"].GetString();
      Text text = ReadFile(tree.Path(path));
      const auto edits = change["edits"].GetArray();
      for (auto edit = edits.End(); edit != edits.Begin();) {
        --edit;
        text.replace((*edit)["offset"].GetUint64(), (*edit)["length"].GetUint64(),
                     (*edit)["text"].GetString());
      }
      planned.files[path] = text;
    }
  }
  for (const auto& one : plan["notDone"].GetArray())
    planned.not_done.insert(one["rule"].GetString());
  return planned;
}

class HardenForm : public testing::TestWithParam<Case> {
 protected:
  static void Lay(const Group& group, Tree& tree) {
    tree.CopyFrom(Examples::Get().Path(group.node));
    group.prepare(tree);
  }
};

TEST_P(HardenForm, IsEditedOrLeftToAPerson) {
  const auto& [group, variant] = GetParam();
  Tree usual, tree, aside;
  Lay(*group, usual);
  Lay(*group, tree);
  for (const char* file : variant->files)
    tree.Write(file, variant->write(ReadFile(tree.Path(file))), 0644);
  const auto before = Snapshot(tree.root());
  const Names failed = WithVerdict(tree, "fail"), unknown = WithVerdict(tree, "unknown");

  const Planned planned = PlanOf(tree);
  Names wanted = PlanOf(usual).cured;
  std::istringstream refused(variant->refused);
  for (std::string rule; refused >> rule;) {
    EXPECT_TRUE(planned.not_done.contains(rule)) << rule;
    wanted.erase(rule);
  }
  for (const std::string& rule : wanted) {
    const auto name = failed.lower_bound(rule + " ");
    // What only another fix makes fail needs a fix only where that one is made.
    if (name == failed.end() || !name->starts_with(rule + " ")) continue;
    EXPECT_TRUE(planned.cured.contains(rule)) << rule;
  }
  Ran diff = Seawall(Harden("plan", tree, {"-o", "unified-diff", "--out", aside.Path("/plan")}));
  aside.Write("/d.patch", diff.out);
  Tree patched;
  patched.CopyFrom(tree.root());
  diff = RunCommand({"patch", "-p1", "-s", "--binary", "-i", aside.Path("/d.patch")},
                    {.directory = patched.root()});
  EXPECT_EQ(diff.status, 0) << diff.out << diff.err;
  EXPECT_EQ(Snapshot(tree.root()), before) << "a plan changes nothing";

  Ran run = Seawall({"harden", "apply", aside.Path("/plan"), "--offline", "--yes"});
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  for (const auto& [path, text] : planned.files) {
    EXPECT_EQ(ReadFile(tree.Path(path)), text) << path;
    EXPECT_EQ(ReadFile(patched.Path(path)), text) << path;
  }
  EXPECT_NE(ReadFile(tree.Path(variant->files[0])).find(variant->expect), std::string::npos)
      << ReadFile(tree.Path(variant->files[0]));
  for (const std::string& name : WithVerdict(tree, "fail"))
    EXPECT_TRUE(failed.contains(name)) << name;
  for (const std::string& name : WithVerdict(tree, "unknown"))
    EXPECT_TRUE(unknown.contains(name) || failed.contains(name)) << name;
  run = Seawall(Harden("plan", tree));
  EXPECT_EQ(run.status, 0) << run.out;

  run = Seawall({"harden", "rollback", "--root", tree.root(), "--offline", "--yes"});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_EQ(Snapshot(tree.root()), before);
}

std::string NameOf(const testing::TestParamInfo<Case>& info) {
  std::string name = std::string(info.param.variant->files[0]) + " " + info.param.variant->what;
  name = name.substr(name.rfind('/') + 1);
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, HardenForm, testing::ValuesIn(Cases()), NameOf);

}  // namespace
}  // namespace seawall::test
