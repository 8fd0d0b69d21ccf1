#include "cluster/static_pods.h"

#include <gtest/gtest.h>

#include "fmt/format.h"

namespace seawall::cluster {
namespace {

constexpr const char* kFolder = "/etc/kubernetes/manifests";

struct Manifests {
  std::shared_ptr<MemoryFiles> files = std::make_shared<MemoryFiles>();
  Node node;

  void Add(const std::string& name, const std::string& content) {
    files->Add(std::string(kFolder) + "/" + name, content);
  }
  Found Read() {
    node.files = files;
    Found found;
    ReadStaticPods(node, kFolder, found);
    return found;
  }
};

std::string Pod(const std::string& name, const std::string& container,
                const std::string& rest = "") {
  return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: " + name +
         "\n  namespace: kube-system\nspec:\n  containers:\n" + container + rest;
}
std::string ApiServer(const std::string& arguments = "    - --anonymous-auth=false\n") {
  return "  - name: kube-apiserver\n    image: registry.k8s.io/kube-apiserver:v1.37.2\n    "
         "command:\n    - kube-apiserver\n" +
         arguments;
}

std::vector<std::string> Texts(const Component& component) {
  std::vector<std::string> texts;
  for (const Argument& argument : component.command.arguments) texts.push_back(argument.text);
  return texts;
}
using Words = std::vector<std::string>;

TEST(StaticPods, AContainerIsAComponent) {
  Manifests m;
  const std::string manifest = Pod("kube-apiserver", ApiServer());
  m.Add("kube-apiserver.yaml", manifest);
  const Found found = m.Read();
  ASSERT_EQ(found.components.size(), 1u);
  const Component& c = found.components[0];
  EXPECT_EQ(c.kind, ComponentKind::kApiServer);
  EXPECT_EQ(c.instance, "/etc/kubernetes/manifests/kube-apiserver.yaml");
  EXPECT_TRUE(c.in_container);
  EXPECT_EQ(c.where.line, 8u);
  EXPECT_EQ(Texts(c), Words{"--anonymous-auth=false"});
  const Place value = c.command.arguments[0].PlaceOf(17, 22);
  EXPECT_EQ(manifest.substr(value.bytes.begin, value.bytes.end - value.bytes.begin), "false");
  EXPECT_EQ(value.line, 12u);
  EXPECT_EQ(value.column, 24u);
  ASSERT_TRUE(c.version);
  EXPECT_EQ(c.version->ToString(), "1.37.2");
  EXPECT_EQ(c.version->source, "image tag");
  EXPECT_EQ(c.version->place.line, 9u);
}

TEST(StaticPods, EveryFileThatDoesNotBeginWithADot) {
  Manifests m;
  m.Add("kube-apiserver.yaml.bak", Pod("kube-apiserver", ApiServer()));
  m.Add(".hidden.yaml", Pod("other", ApiServer()));
  m.Add("sub/kube-apiserver.yaml", Pod("third", ApiServer()));
  const Found found = m.Read();
  ASSERT_EQ(found.components.size(), 1u);
  EXPECT_TRUE(found.components[0].unknown.empty());
}

TEST(StaticPods, TwoManifestsForOnePodAreUnknown) {
  Manifests m;
  m.Add("kube-apiserver.yaml", Pod("kube-apiserver", ApiServer()));
  m.Add("kube-apiserver.yaml.bak",
        Pod("kube-apiserver", ApiServer("    - --anonymous-auth=true\n")));
  m.Add("etcd.yaml", Pod("etcd",
                         "  - name: etcd\n    image: registry.k8s.io/etcd:3.7.0-0\n    command: "
                         "[etcd, --name=a]\n"));
  const Found found = m.Read();
  ASSERT_EQ(found.components.size(), 3u);
  for (const Component& c : found.components) {
    const bool twin = c.kind == ComponentKind::kApiServer;
    EXPECT_EQ(!c.unknown.empty(), twin) << c.instance;
    EXPECT_EQ(!c.problems.empty() && c.problems[0].kind == Problem::Kind::kTwoManifests, twin);
  }
}

TEST(StaticPods, WhatTheKubeletRefusesSaysNothing) {
  constexpr const char* kBroken[] = {
      "  - name: kube-apiserver\n    command: [kube-apiserver, --anonymous-auth=false]\n",
      "  - image: x/kube-apiserver:v1.37.2\n    command: [kube-apiserver, --profiling=false]\n",
      R"(  - name: a
    image: x/kube-apiserver:v1.37.2
    command: [kube-apiserver]
    volumeMounts: [{name: pki, mountPath: /pki}]
)",
  };
  for (const char* broken : kBroken) {
    Manifests m;
    m.Add("kube-apiserver.yaml", Pod("kube-apiserver", broken));
    const Found found = m.Read();
    ASSERT_EQ(found.components.size(), 1u) << broken;
    EXPECT_FALSE(found.components[0].unknown.empty()) << broken;
    ASSERT_FALSE(found.components[0].problems.empty()) << broken;
    EXPECT_TRUE(found.components[0].problems[0].fatal);
  }
}

TEST(StaticPods, APodOfAnotherProgramMayBeTheTwin) {
  Manifests m;
  m.Add("a.yaml", Pod("front", ApiServer()));
  m.Add("b.yaml", Pod("front", "  - name: nginx\n    image: nginx\n"));
  const Found found = m.Read();
  ASSERT_EQ(found.components.size(), 1u);
  EXPECT_FALSE(found.components[0].unknown.empty());
}

TEST(StaticPods, JsonSeveralContainersAndSidecars) {
  Manifests m;
  m.Add(
      "all.json",
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[)"
      R"({"name":"s","image":"x/kube-scheduler:v1.30.1-rke2r1","args":["--profiling=false"]},)"
      R"({"name":"c","image":"x","command":["/usr/local/bin/kube-controller-manager","--a"],"args":["--b"]}],)"
      R"("initContainers":[{"name":"i","image":"x","command":["etcd","--init"]},)"
      R"({"name":"e","image":"x","command":["etcd"],"restartPolicy":"Always"}]}})");
  const Found found = m.Read();
  ASSERT_EQ(found.components.size(), 3u);
  EXPECT_EQ(found.components[0].kind, ComponentKind::kScheduler);
  EXPECT_EQ(found.components[0].version->ToString(), "1.30.1");
  EXPECT_EQ(Texts(found.components[0]), Words{"--profiling=false"});
  EXPECT_EQ(Texts(found.components[1]), (Words{"--a", "--b"}));
  EXPECT_EQ(found.components[2].kind, ComponentKind::kEtcd);
  EXPECT_TRUE(found.components[2].command.arguments.empty());
}

TEST(StaticPods, VariablesAsTheKubeletExpandsThem) {
  Manifests m;
  const std::string manifest =
      Pod("p",
          "  - name: a\n    image: i\n    command: [kube-apiserver]\n    args:\n    - --a=$(A)\n   "
          " - --b=$(B)-$(A)\n    - --c=$$(A)\n"
          "    - --d=$(NONE)\n    - --e=$(SECRET)\n    - --f=$(KUBERNETES_SERVICE_HOST)\n"
          "    env:\n    - name: A\n      value: one\n    - name: B\n      value: x$(A)\n"
          "    - name: SECRET\n      valueFrom:\n        secretKeyRef: {name: s, key: k}\n");
  m.Add("a.yaml", manifest);
  const Component c = m.Read().components.at(0);
  EXPECT_EQ(Texts(c), (Words{"--a=one", "--b=xone-one", "--c=$(A)", "--d=$(NONE)", "--e=$(SECRET)",
                             "--f=$(KUBERNETES_SERVICE_HOST)"}));
  EXPECT_EQ(c.command.arguments[0].origin, OriginKind::kEnv);
  const Span value = c.command.arguments[0].PlaceOf(4, 7).bytes;
  EXPECT_EQ(manifest.substr(value.begin, value.end - value.begin), "one");
  EXPECT_TRUE(c.command.arguments[3].unknown.empty());
  EXPECT_NE(c.command.arguments[4].unknown.find("secretKeyRef"), std::string::npos);
  EXPECT_FALSE(c.command.arguments[5].unknown.empty());
}

TEST(StaticPods, EnvFromIsUnknown) {
  Manifests m;
  m.Add("a.yaml", Pod("p",
                      "  - name: a\n    image: i\n    command: [etcd, --a=$(A), --b]\n    "
                      "envFrom:\n    - configMapRef: {name: c}\n"));
  const Component c = m.Read().components.at(0);
  EXPECT_FALSE(c.command.environment_complete);
  EXPECT_FALSE(c.command.arguments[0].unknown.empty());
  EXPECT_TRUE(c.command.arguments[1].unknown.empty());
}

TEST(StaticPods, MountsWithSubPaths) {
  Manifests m;
  m.Add(
      "a.yaml",
      Pod("p",
          ApiServer() + "    volumeMounts:\n    - {name: pki, mountPath: /certs, readOnly: true}\n"
                        "    - {name: pki, mountPath: /one, subPath: etcd/ca.crt}\n    - {name: "
                        "tmp, mountPath: /tmp}\n",
          "  volumes:\n  - name: pki\n    hostPath: {path: /etc/kubernetes/pki, type: Directory}\n "
          " - name: tmp\n    emptyDir: {}\n"));
  const Component c = m.Read().components.at(0);
  ASSERT_EQ(c.mounts.size(), 3u);
  EXPECT_EQ(c.mounts[0].host_path, "/etc/kubernetes/pki");
  EXPECT_TRUE(c.mounts[0].read_only);
  EXPECT_EQ(c.HostPath("/certs/ca.crt"), "/etc/kubernetes/pki/ca.crt");
  EXPECT_EQ(c.HostPath("/one"), "/etc/kubernetes/pki/etcd/ca.crt");
  EXPECT_EQ(c.mounts[2].kind, "emptyDir");
  EXPECT_FALSE(c.HostPath("/tmp/x"));
  EXPECT_FALSE(c.HostPath("/etc/kubernetes/pki/ca.crt"));
}

TEST(StaticPods, ToolsInAComponentsImageAreNoComponent) {
  Manifests m;
  m.Add("a.yaml",
        Pod("backup",
            "  - name: backup\n    image: registry.k8s.io/etcd:3.7.0-0\n    command: [/bin/sh, -c, "
            "'while true; do etcdctl snapshot save x; done']\n"));
  m.Add("b.yaml", Pod("etcd",
                      "  - name: etcd\n    image: registry.k8s.io/etcd:3.7.0-0\n    command: "
                      "[/scripts/go.sh]\n"));
  const Found found = m.Read();
  ASSERT_EQ(found.components.size(), 1u);
  EXPECT_EQ(found.components[0].where.file, "/etc/kubernetes/manifests/b.yaml");
  EXPECT_NE(found.components[0].unknown.find("/scripts/go.sh"), std::string::npos);
}

TEST(StaticPods, DuplicateKeysKeepTheLastAndAreAProblem) {
  Manifests m;
  m.Add("a.yaml", Pod("p", ApiServer() + "    command: [kube-apiserver, --second]\n"));
  const Component c = m.Read().components.at(0);
  EXPECT_EQ(Texts(c), Words{"--second"});
  ASSERT_FALSE(c.problems.empty());
  EXPECT_EQ(c.problems[0].kind, Problem::Kind::kDuplicateKey);
}

TEST(StaticPods, WhatTheKubeletRefusesIsUnknownAndNotAbsent) {
  for (const std::string& content :
       {std::string("apiVersion: v1\nkind: Pod\nspec:\n  containers: [\n"), std::string(),
        std::string("\0\1\2", 3), std::string("kind: PodList\napiVersion: v1\nitems: []\n"),
        std::string("- a\n"), std::string(300, '[')}) {
    Manifests m;
    m.Add("kube-apiserver.yaml", content);
    const Found found = m.Read();
    ASSERT_EQ(found.components.size(), 1u) << content;
    EXPECT_EQ(found.components[0].kind, ComponentKind::kApiServer);
    EXPECT_FALSE(found.components[0].unknown.empty());
    ASSERT_EQ(found.blind_spots.size(), 1u);
    EXPECT_TRUE(found.blind_spots[0].components.contains(ComponentKind::kApiServer));
  }
}

TEST(StaticPods, ANumberWhereAStringBelongsIsRefused) {
  Manifests m;
  m.Add("a.yaml", Pod("p", ApiServer("    - --secure-port\n    - 6443\n")));
  const Component c = m.Read().components.at(0);
  EXPECT_FALSE(c.unknown.empty());
  EXPECT_TRUE(c.problems.at(0).fatal);
}

TEST(StaticPods, OnlyTheFirstDocumentRuns) {
  Manifests m;
  m.Add("a.yaml", Pod("p", ApiServer()) + "---\n" +
                      Pod("q", "  - name: e\n    image: i\n    command: [etcd]\n"));
  const Found found = m.Read();
  ASSERT_EQ(found.components.size(), 1u);
  ASSERT_EQ(found.blind_spots.size(), 1u);
  EXPECT_TRUE(found.blind_spots[0].components.contains(ComponentKind::kEtcd));
}

TEST(StaticPods, UnreadableFilesAndFolders) {
  Manifests m;
  m.Add("etcd.yaml", "x");
  m.files->Break(std::string(kFolder) + "/etcd.yaml", ErrorCode::kPermission);
  m.files->AddLink(std::string(kFolder) + "/loop.yaml", "loop.yaml");
  Found found = m.Read();
  ASSERT_EQ(found.components.size(), 1u);
  EXPECT_EQ(found.components[0].kind, ComponentKind::kEtcd);
  EXPECT_EQ(found.blind_spots.size(), 2u);
  Manifests closed;
  closed.files->AddFolder(kFolder);
  closed.files->Break(kFolder, ErrorCode::kPermission);
  found = closed.Read();
  ASSERT_EQ(found.blind_spots.size(), 1u);
  EXPECT_EQ(found.blind_spots[0].components, ControlPlaneKinds());
  Manifests none;
  EXPECT_TRUE(none.Read().blind_spots.empty());
}

TEST(StaticPods, QuotedAndFoldedArgumentsKeepTheirBytes) {
  Manifests m;
  const std::string manifest =
      Pod("p", ApiServer("    - \"--a=\\x41b\"\n    - '--b=it''s'\n    - >-\n      --c=1\n"));
  m.Add("a.yaml", manifest);
  const Component c = m.Read().components.at(0);
  EXPECT_EQ(Texts(c), (Words{"--a=Ab", "--b=it's", "--c=1"}));
  const Span value = c.command.arguments[0].PlaceOf(4, 6).bytes;
  EXPECT_EQ(manifest.substr(value.begin, value.end - value.begin), "\\x41b");
}

TEST(StaticPods, TenThousandContainersOfOnePod) {
  std::string containers;
  for (int i = 0; i < 10000; ++i)
    containers += fmt::format("  - {{name: c{}, image: i, command: [kube-apiserver]}}\n", i);
  Manifests m;
  m.Add("a.yaml", Pod("p", containers));
  const Found found = m.Read();
  EXPECT_EQ(found.components.size(), kMostOfOneKind);
  EXPECT_EQ(found.left_out.at(ComponentKind::kApiServer), 10000 - kMostOfOneKind);
}

TEST(StaticPods, TenThousandManifests) {
  Manifests m;
  for (int i = 0; i < 10000; ++i) {
    m.Add(fmt::format("pod-{:05}.yaml", i),
          Pod(fmt::format("p{}", i), i % 2 == 0 ? ApiServer() : "  - name: n\n    image: nginx\n"));
  }
  const Found found = m.Read();
  EXPECT_LE(found.components.size(), 100u);
  ASSERT_FALSE(found.components.empty());
  for (const Component& c : found.components) EXPECT_FALSE(c.unknown.empty());
  EXPECT_FALSE(found.blind_spots.empty());
}

}  // namespace
}  // namespace seawall::cluster
