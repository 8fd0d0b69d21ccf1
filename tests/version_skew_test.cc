// The version skew policy of Kubernetes, each of its rules planted in nodes' files, in bundles and
// in what the API says: https://kubernetes.io/releases/version-skew-policy/
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "http_api.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

/// Minor versions of a cluster's components; 0: there is none.
struct Versions {
  int server = 37, other_server = 37;  ///< on cp-0 and cp-1
  int manager = 37, scheduler = 37;    ///< on cp-0
  int kubelet = 37, proxy = 37;        ///< on w-0
};

struct Case {
  const char* what;
  Versions versions;
  bool fits;
};

const Case kCases[] = {
    {"all alike", {}, true},
    {"API servers one apart, the rest as the older", {37, 36, 36, 36, 36, 36}, true},
    {"API servers two apart", {37, 35, 35, 35, 35, 35}, false},
    {"kubelet three behind", {.kubelet = 34, .proxy = 34}, true},
    {"kubelet four behind", {.kubelet = 33, .proxy = 34}, false},
    {"kubelet four behind the newer API server only", {37, 36, 36, 36, 33, 34}, false},
    {"kubelet newer", {.kubelet = 38}, false},
    {"kubelet newer than the older API server", {37, 36, 36, 36, 37, 36}, false},
    {"kubelet before 1.25 two behind", {26, 26, 26, 26, 24, 24}, true},
    {"kubelet before 1.25 three behind", {27, 27, 27, 27, 24, 25}, false},
    {"proxy three behind", {.proxy = 34}, true},
    {"proxy four behind", {.kubelet = 36, .proxy = 33}, false},
    {"proxy newer", {.proxy = 38}, false},
    {"proxy before 1.25 three behind", {27, 27, 27, 27, 25, 24}, false},
    {"proxy and kubelet four apart", {38, 37, 37, 37, 34, 38}, false},
    {"controller manager one behind", {.manager = 36}, true},
    {"controller manager two behind", {.manager = 35}, false},
    {"controller manager newer", {.manager = 38}, false},
    {"controller manager newer than the older API server", {37, 36, 37, 36, 36, 36}, false},
    {"scheduler one behind", {.scheduler = 36}, true},
    {"scheduler two behind", {.scheduler = 35}, false},
    {"scheduler newer", {.scheduler = 38}, false},
};

void WritePod(Tree& tree, const std::string& node, const std::string& name, int minor) {
  tree.Write(fmt::format("/{}/etc/kubernetes/manifests/{}.yaml", node, name),
             fmt::format("apiVersion: v1\nkind: Pod\nmetadata: {{name: {0}, namespace: "
                         "kube-system}}\nspec:\n  containers:\n  - {{name: {0}, image: "
                         "'registry.k8s.io/{0}:v1.{1}.1', command: [{0}]}}\n",
                         name, minor));
}

/// Where no kubelet says so, static pods lie where kubeadm puts them.
void LayOut(Tree& tree, const Versions& versions) {
  WritePod(tree, "cp-0", "kube-apiserver", versions.server);
  WritePod(tree, "cp-0", "kube-controller-manager", versions.manager);
  WritePod(tree, "cp-0", "kube-scheduler", versions.scheduler);
  WritePod(tree, "cp-1", "kube-apiserver", versions.other_server);
  WritePod(tree, "w-0", "kube-proxy", versions.proxy);
  tree.Write("/w-0/etc/systemd/system/kubelet.service",
             "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n");
  tree.Write("/w-0/var/lib/kubelet/config.yaml",
             "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
             "staticPodPath: /etc/kubernetes/manifests\n");
  tree.Write("/w-0/var/lib/dpkg/status",
             fmt::format("Package: kubelet\nStatus: install ok installed\nVersion: 1.{}.1-1.1\n\n",
                         versions.kubelet));
}

/// What the rules say of nodes that are given as these words.
std::string Judged(std::vector<std::string> words, const char* rule) {
  words.insert(words.begin(), {"audit", "-o", "json", "--rules", rule});
  const Ran run = Seawall(words);
  const auto report = Json(run.out);
  std::string verdict = "missing";
  // Of several nodes the worst counts.
  for (const auto& finding : report["findings"].GetArray()) {
    const std::string own = finding["verdict"].GetString();
    if (verdict != "fail" && own != "not-applicable") verdict = own;
  }
  return verdict;
}

TEST(VersionSkew, InTheFilesOfNodesAndInTheirBundles) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.what);
    Tree tree;
    LayOut(tree, one.versions);
    std::vector<std::string> roots, bundles;
    for (const std::string node : {"cp-0", "cp-1", "w-0"}) {
      roots.insert(roots.end(), {"--root", node + "=" + tree.Path("/" + node)});
      bundles.push_back(tree.Path("/" + node + ".bundle"));
      const Ran run = Seawall(
          {"collect", "--root", node + "=" + tree.Path("/" + node), "--out", bundles.back()});
      ASSERT_EQ(run.status, 0) << run.err;
    }
    const char* wanted = one.fits ? "pass" : "fail";
    EXPECT_EQ(Judged(roots, "cluster-versions-fit"), wanted);
    EXPECT_EQ(Judged(bundles, "cluster-versions-fit"), wanted);
  }
}

TEST(VersionSkew, OnOneNodeAlone) {
  struct One {
    int kubelet, proxy;
    const char* verdict;
  };
  for (const auto& [kubelet, proxy, verdict] :
       {One{34, 37, "pass"}, One{37, 34, "pass"}, One{33, 37, "fail"}, One{37, 33, "fail"},
        One{22, 24, "pass"}, One{27, 24, "fail"}}) {
    Tree tree;
    LayOut(tree, {.kubelet = kubelet, .proxy = proxy});
    EXPECT_EQ(Judged({"--root", tree.Path("/w-0")}, "versions-fit"), verdict)
        << kubelet << " " << proxy;
  }
  Tree tree;
  LayOut(tree, {.manager = 35});
  EXPECT_EQ(Judged({"--root", tree.Path("/cp-0")}, "versions-fit"), "fail");
}

TEST(VersionSkew, AVersionThatNobodyKnowsIsUnknown) {
  Tree tree;
  LayOut(tree, {});
  tree.Remove("/w-0/var/lib/dpkg/status");
  EXPECT_EQ(Judged({"--root", tree.Path("/w-0")}, "versions-fit"), "unknown");
  EXPECT_EQ(
      Judged({"--root", tree.Path("/cp-0"), "--root", tree.Path("/w-0")}, "cluster-versions-fit"),
      "unknown");
}

// ---- by the API

std::string Pod(const std::string& node, const std::string& name, int minor) {
  return fmt::format(
      R"json({{"metadata":{{"name":"{0}-{1}","namespace":"kube-system","labels":{{"component":"{0}",
"k8s-app":"{0}"}},"annotations":{{"kubernetes.io/config.mirror":"x"}},"ownerReferences":[
{{"apiVersion":"v1","kind":"Node","name":"{1}","controller":true}}]}},"spec":{{"nodeName":"{1}",
"containers":[{{"name":"{0}","image":"registry.k8s.io/{0}:v1.{2}.1","command":["{0}"]}}]}}}})json",
      name, node, minor);
}

HttpApi::Answers Answers(const Versions& versions) {
  auto answers = HttpApi::Empty();
  answers["/version"] = {200, fmt::format(R"({{"gitVersion":"v1.{}.1"}})", versions.server)};
  std::string nodes;
  for (const auto& [name, kubelet] : std::map<std::string, int>{
           {"cp-0", versions.server}, {"cp-1", versions.other_server}, {"w-0", versions.kubelet}}) {
    nodes += fmt::format(
        R"json({}{{"metadata":{{"name":"{}"}},"status":{{"nodeInfo":{{"kubeletVersion":"v1.{}.1"}}}}}})json",
        nodes.empty() ? "" : ",", name,
        std::min(kubelet,
                 std::min(versions.server, versions.other_server) + (name == "w-0" ? 9 : 0)));
  }
  const auto list = [](const char* kind, const std::string& items) {
    return HttpApi::Answer{
        200, fmt::format(R"({{"kind":"{}","metadata":{{}},"items":[{}]}})", kind, items)};
  };
  answers["/api/v1/nodes"] = list("NodeList", nodes);
  const std::string pods = Pod("cp-0", "kube-apiserver", versions.server) + "," +
                           Pod("cp-0", "kube-controller-manager", versions.manager) + "," +
                           Pod("cp-0", "kube-scheduler", versions.scheduler) + "," +
                           Pod("cp-1", "kube-apiserver", versions.other_server) + "," +
                           Pod("w-0", "kube-proxy", versions.proxy);
  answers["/api/v1/namespaces/kube-system/pods"] = answers["/api/v1/pods"] = list("PodList", pods);
  return answers;
}

TEST(VersionSkew, AsTheApiShowsIt) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.what);
    HttpApi api(Answers(one.versions));
    const std::string verdict = Judged({"--kubeconfig", api.Kubeconfig()}, "cluster-versions-fit");
    // What runs otherwise than as a pod may be of any version.
    EXPECT_EQ(verdict, one.fits ? "unknown" : "fail");
  }
}

TEST(VersionSkew, KubeletsAsTheApiListsThem) {
  for (const auto& [kubelet, verdict] :
       {std::pair{37, "pass"}, {34, "pass"}, {33, "fail"}, {38, "fail"}}) {
    HttpApi api(Answers({.kubelet = kubelet}));
    EXPECT_EQ(Judged({"--kubeconfig", api.Kubeconfig()}, "cluster-kubelet-skew"), verdict)
        << kubelet;
  }
}

}  // namespace
}  // namespace seawall::test
