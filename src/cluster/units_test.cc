#include "cluster/units.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cluster/env_file.h"

namespace seawall::cluster {
namespace {

struct UnitTree {
  std::shared_ptr<MemoryFiles> files = std::make_shared<MemoryFiles>();
  Node node;

  Found Read() {
    node.files = files;
    Found found;
    ReadUnits(node, found);
    return found;
  }
};

std::vector<std::string> Texts(const Component& component) {
  std::vector<std::string> texts;
  for (const Argument& argument : component.command.arguments) texts.push_back(argument.text);
  return texts;
}
using Words = std::vector<std::string>;

constexpr const char* kUnit = "/etc/systemd/system/kube-apiserver.service";

TEST(Units, ContinuedLinesAndCommentsBetweenThem) {
  UnitTree tree;
  tree.files->Add(kUnit,
                  "[Service]\nExecStart=/usr/bin/kube-apiserver \\\n  --a=1 \\\n# a comment\n  "
                  "--b='two words' \\\n"
                  "  \"--c=x\\x20y\"\n");
  const Found found = tree.Read();
  ASSERT_EQ(found.components.size(), 1u);
  const Component& component = found.components[0];
  EXPECT_EQ(component.kind, ComponentKind::kApiServer);
  EXPECT_EQ(component.instance, "kube-apiserver.service");
  EXPECT_EQ(component.run_by, RunBy::kSystemd);
  EXPECT_EQ(component.command.program, "/usr/bin/kube-apiserver");
  EXPECT_EQ(Texts(component), (Words{"--a=1", "--b=two words", "--c=x y"}));
  EXPECT_EQ(component.command.arguments[0].place.line, 3u);
  EXPECT_EQ(component.command.arguments[0].place.column, 3u);
  EXPECT_EQ(component.command.arguments[1].place.line, 5u);
}

TEST(Units, WordsOfAnotherProgramAreNotTheComponents) {
  UnitTree tree;
  tree.files->Add(
      kUnit, "[Service]\nExecStart=/usr/bin/systemd-inhibit --what=idle /usr/bin/kube-apiserver\n");
  Found found = tree.Read();
  ASSERT_EQ(found.components.size(), 1u);
  EXPECT_NE(found.components[0].unknown, "");
  EXPECT_EQ(Texts(found.components[0]), Words{});

  tree.files->Add(
      kUnit,
      "[Service]\nType=oneshot\nExecStart=/bin/true\nExecStart=/usr/bin/kube-apiserver --a\n");
  found = tree.Read();
  ASSERT_EQ(found.components.size(), 1u) << "/bin/true is no kube-apiserver";
  EXPECT_EQ(Texts(found.components[0]), Words{"--a"});
}

TEST(Units, PlacesAreBytesOfTheFile) {
  UnitTree tree;
  const std::string unit = "[Service]\nExecStart=/kube-apiserver --flag=value '--q=a b'\n";
  tree.files->Add(kUnit, unit);
  const Found found = tree.Read();
  ASSERT_EQ(found.components.size(), 1u);
  const Argument& first = found.components[0].command.arguments[0];
  EXPECT_EQ(unit.substr(first.place.bytes.begin, first.place.bytes.end - first.place.bytes.begin),
            "--flag=value");
  const Place value = first.PlaceOf(7, 12);
  EXPECT_EQ(unit.substr(value.bytes.begin, value.bytes.end - value.bytes.begin), "value");
  EXPECT_EQ(value.column, 34u);
}

TEST(Units, AUnitThatSaysNothingHidesItsComponent) {
  UnitTree garbage;
  garbage.files->Add(kUnit, "hello: [world\n");
  const Found broken = garbage.Read();
  ASSERT_EQ(broken.blind_spots.size(), 1u);
  EXPECT_TRUE(broken.blind_spots[0].components.contains(ComponentKind::kApiServer));
  UnitTree elsewhere;
  elsewhere.files->AddLink(kUnit, "/not/copied.service");
  const Found dangling = elsewhere.Read();
  ASSERT_EQ(dangling.blind_spots.size(), 1u);
  ASSERT_EQ(dangling.components.size(), 1u);
  EXPECT_FALSE(dangling.components[0].unknown.empty());
  UnitTree masked;
  masked.files->AddLink(kUnit, "/dev/null");
  EXPECT_TRUE(masked.Read().blind_spots.empty());
}

TEST(Units, DropInsInOrderAndResets) {
  UnitTree tree;
  tree.files->Add("/usr/lib/systemd/system/kubelet.service",
                  "[Service]\nExecStart=/usr/bin/kubelet --old\nEnvironment=A=1\n");
  tree.files->Add("/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
                  "[Service]\nEnvironment=\"K=--kubeconfig=/k\"\nExecStart=\nExecStart=/usr/bin/"
                  "kubelet $K $A $NONE ${NONE}\n");
  tree.files->Add("/etc/systemd/system/kubelet.service.d/20-more.conf",
                  "[Service]\nEnvironment=A=2\n");
  const Found found = tree.Read();
  ASSERT_EQ(found.components.size(), 1u);
  EXPECT_EQ(Texts(found.components[0]), (Words{"--kubeconfig=/k", "2", ""}));
  EXPECT_EQ(found.components[0].command.arguments[0].origin, OriginKind::kEnv);
  EXPECT_EQ(found.components[0].where.file,
            "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf");
}

TEST(Units, ADropInOfEtcReplacesThatOfUsrLibWithTheSameName) {
  UnitTree tree;
  tree.files->Add("/usr/lib/systemd/system/kubelet.service",
                  "[Service]\nExecStart=/usr/bin/kubelet\n");
  tree.files->Add("/usr/lib/systemd/system/kubelet.service.d/10-x.conf",
                  "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --lib\n");
  tree.files->Add("/etc/systemd/system/kubelet.service.d/10-x.conf",
                  "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --etc\n");
  EXPECT_EQ(Texts(tree.Read().components.at(0)), (Words{"--etc"}));
  tree.files->Remove("/etc/systemd/system/kubelet.service.d/10-x.conf");
  tree.files->AddLink("/etc/systemd/system/kubelet.service.d/10-x.conf", "/dev/null");
  tree.node = Node();
  EXPECT_EQ(Texts(tree.Read().components.at(0)), Words{});
}

TEST(Units, TypeAndPrefixDropIns) {
  UnitTree tree;
  tree.files->Add(kUnit,
                  "[Service]\nEnvironment=X=unit\nExecStart=/kube-apiserver ${X} ${Y} ${Z}\n");
  tree.files->Add("/etc/systemd/system/kube-.service.d/a.conf",
                  "[Service]\nEnvironment=Y=prefix\n");
  tree.files->Add("/etc/systemd/system/service.d/b.conf", "[Service]\nEnvironment=Z=type\n");
  EXPECT_EQ(Texts(tree.Read().components.at(0)), (Words{"unit", "prefix", "type"}));
}

TEST(Units, MaskedAliasedAndEmptyUnitsAreNone) {
  UnitTree tree;
  tree.files->AddLink("/etc/systemd/system/kubelet.service", "/dev/null");
  tree.files->Add("/usr/lib/systemd/system/kubelet.service",
                  "[Service]\nExecStart=/usr/bin/kubelet\n");
  tree.files->Add(kUnit, "");
  tree.files->Add("/usr/lib/systemd/system/kube-apiserver.service",
                  "[Service]\nExecStart=/kube-apiserver\n");
  tree.files->Add("/etc/systemd/system/etcd.service", "[Service]\nExecStart=/usr/bin/etcd --x\n");
  tree.files->AddLink("/etc/systemd/system/etcd3.service", "etcd.service");
  const Found found = tree.Read();
  ASSERT_EQ(found.components.size(), 1u);
  EXPECT_EQ(found.components[0].instance, "etcd.service");
}

TEST(Units, EnvironmentFiles) {
  UnitTree tree;
  tree.files->Add(
      kUnit,
      "[Service]\nEnvironmentFile=/etc/kubernetes/apiserver\nEnvironmentFile=-/etc/none\n"
      "ExecStart=/kube-apiserver $OPTS --etcd-servers=${ETCD}\n");
  const std::string env = "# c\nOPTS=\"--a=1 --b='2 3'\"\nexport=x\nETCD=https://e:2379 \n";
  tree.files->Add("/etc/kubernetes/apiserver", env);
  const Found found = tree.Read();
  ASSERT_EQ(found.components.size(), 1u);
  const Component& component = found.components[0];
  EXPECT_EQ(Texts(component), (Words{"--a=1", "--b=2 3", "--etcd-servers=https://e:2379"}));
  EXPECT_EQ(component.command.arguments[0].place.file, "/etc/kubernetes/apiserver");
  EXPECT_EQ(component.command.arguments[0].place.line, 2u);
  EXPECT_TRUE(component.command.environment_complete);
  const Argument& etcd = component.command.arguments[2];
  const Place value = etcd.PlaceOf(15, etcd.text.size());
  EXPECT_EQ(value.file, "/etc/kubernetes/apiserver");
  EXPECT_EQ(env.substr(value.bytes.begin, value.bytes.end - value.bytes.begin), "https://e:2379");
  EXPECT_EQ(etcd.origin, OriginKind::kEnv);
}

TEST(Units, AMissingEnvironmentFileIsFatalAndMakesVariablesUnknown) {
  UnitTree tree;
  tree.files->Add(kUnit,
                  "[Service]\nEnvironment=A=1\nEnvironmentFile=/etc/none\nExecStart=/"
                  "kube-apiserver ${A} $B --c=d\n");
  const Component component = tree.Read().components.at(0);
  EXPECT_FALSE(component.command.environment_complete);
  EXPECT_FALSE(component.command.arguments.at(0).unknown.empty());
  EXPECT_FALSE(component.command.arguments.at(1).unknown.empty());
  EXPECT_TRUE(component.command.arguments.at(2).unknown.empty());
  ASSERT_EQ(component.problems.size(), 1u);
  EXPECT_EQ(component.problems[0].kind, Problem::Kind::kMissingFile);
  EXPECT_TRUE(component.problems[0].fatal);
}

TEST(Units, SpecifiersPrefixesAndLiterals) {
  UnitTree tree;
  tree.files->Add("/etc/hostname", "cp1.example\n");
  tree.files->Add("/etc/systemd/system/etcd@.service",
                  "[Service]\nExecStart=-@/usr/bin/etcd argv0 --name=%i --host=%H --short=%l "
                  "--pct=100%% --cost=$$5 --b=%b\n");
  tree.files->AddLink("/etc/systemd/system/multi-user.target.wants/etcd@infra1.service",
                      "../etcd@.service");
  const Found found = tree.Read();
  ASSERT_EQ(found.components.size(), 1u);
  EXPECT_EQ(found.components[0].instance, "etcd@infra1.service");
  EXPECT_EQ(Texts(found.components[0]), (Words{"--name=infra1", "--host=cp1.example", "--short=cp1",
                                               "--pct=100%", "--cost=$5", "--b=%b"}));
  EXPECT_FALSE(found.components[0].command.arguments.back().unknown.empty());
}

TEST(Units, WithoutVariablesWhenThePrefixSaysSo) {
  UnitTree tree;
  tree.files->Add(kUnit, "[Service]\nEnvironment=A=1\nExecStart=:/kube-apiserver ${A} $A\n");
  EXPECT_EQ(Texts(tree.Read().components.at(0)), (Words{"${A}", "$A"}));
}

TEST(Units, AScriptIsUnknownAndNotAbsent) {
  UnitTree tree;
  tree.files->Add("/etc/systemd/system/control.service",
                  "[Service]\nExecStart=/opt/start-apiserver.sh --x\n");
  tree.files->Add("/etc/systemd/system/kubelet.service", "[Service]\nExecStart=/opt/run.sh\n");
  tree.files->Add("/etc/systemd/system/etcd-backup.service",
                  "[Service]\nExecStart=/opt/etcd-backup.sh\n");
  tree.files->Add("/etc/systemd/system/etcd-defrag.service",
                  "[Service]\nExecStart=/usr/bin/etcdctl defrag\n");
  const Found found = tree.Read();
  ASSERT_EQ(found.components.size(), 2u);
  EXPECT_EQ(found.components[0].kind, ComponentKind::kApiServer);
  EXPECT_NE(found.components[0].unknown.find("/opt/start-apiserver.sh"), std::string::npos);
  EXPECT_EQ(found.components[1].kind, ComponentKind::kKubelet);
  EXPECT_FALSE(found.components[1].unknown.empty());
}

TEST(Units, TwoStartsOfASimpleServiceAreRefused) {
  UnitTree tree;
  tree.files->Add(kUnit,
                  "[Service]\nExecStart=/kube-apiserver --a\nExecStart=/kube-apiserver --b\n");
  const Found found = tree.Read();
  ASSERT_EQ(found.components.size(), 2u);
  EXPECT_EQ(found.components[1].problems.at(0).kind, Problem::Kind::kConflict);
  tree.files->Add(
      kUnit,
      "[Service]\nType=oneshot\nExecStart=/kube-apiserver --a\nExecStart=/kube-apiserver --b\n");
  tree.node = Node();
  EXPECT_TRUE(tree.Read().components.at(1).problems.empty());
}

TEST(Units, WhatCannotBeReadIsABlindSpot) {
  UnitTree tree;
  tree.files->Add(kUnit, "[Service]\nExecStart=/kube-apiserver\n");
  tree.files->Break(kUnit, ErrorCode::kPermission);
  tree.files->Add("/etc/systemd/system/other.service", "x");
  tree.files->Break("/etc/systemd/system/other.service", ErrorCode::kPermission);
  const Found found = tree.Read();
  ASSERT_EQ(found.components.size(), 1u);
  EXPECT_FALSE(found.components[0].unknown.empty());
  ASSERT_EQ(found.blind_spots.size(), 2u);
  EXPECT_EQ(found.blind_spots[0].components.size(), 1u);
  EXPECT_EQ(found.blind_spots[1].components.size(), std::size(kAllComponents));
}

TEST(Units, HostileBytesDoNoHarm) {
  for (const std::string& unit :
       {std::string("[Service]\nExecStart=kubelet \"open\n"),
        std::string("[Service]\nExecStart=\\"),
        std::string("[Service]\nExecStart=kubelet \\x \\u12 \\777 %\n"), std::string("[\0=\0", 4),
        std::string("[Service]\nExecStart=${ kubelet ${\n"), std::string(70000, '\\') + "kubelet",
        std::string("[Service]\nEnvironment=A=\nExecStart=/kubelet ${A}x$A\n")}) {
    UnitTree tree;
    tree.files->Add("/etc/systemd/system/kubelet.service", unit);
    const Found found = tree.Read();
    EXPECT_LE(found.components.size(), 1u);
  }
}

std::string Many(int count, const char* text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(Units, WhatIsTooLongToBeReadIsUnknown) {
  const std::string long_words = Many(20001, "--v=2 ");
  const std::string files[] = {
      "[Service]\nExecStart=/kubelet " + long_words + "--anonymous-auth=true\n",
      "[Service]\n" + Many(20001, "Nice=1\n") +
          "ExecStart=\nExecStart=/kubelet --anonymous-auth=true\n",
      "[Service]\nEnvironment=\"A=" + long_words +
          "--anonymous-auth=true\"\nExecStart=/kubelet $A\n",
  };
  for (const std::string& unit : files) {
    UnitTree tree;
    tree.files->Add("/etc/systemd/system/kubelet.service", unit);
    const Found found = tree.Read();
    const bool component = found.components.size() == 1u && !found.components[0].unknown.empty();
    EXPECT_TRUE(component || !found.blind_spots.empty()) << unit.substr(0, 60);
  }
}

TEST(Units, AnEnvironmentFileThatIsNotReadToItsEndLeavesEveryVariableUnknown) {
  for (const std::string& bytes :
       {Many(10001, "A=b\n") + "X=--anonymous-auth=true\n", std::string("X=\0\n", 5),
        std::string("X=--anonymous-auth=false\n\x01\x02{[\n"), std::string("X=\xff\n")}) {
    UnitTree tree;
    tree.files->Add("/etc/systemd/system/kubelet.service",
                    "[Service]\nEnvironmentFile=-/e\nExecStart=/kubelet --x $X $Y\n");
    tree.files->Add("/e", bytes);
    const Found found = tree.Read();
    ASSERT_EQ(found.components.size(), 1u);
    EXPECT_FALSE(found.components[0].command.environment_complete);
    EXPECT_FALSE(found.components[0].command.arguments.back().unknown.empty());
  }
  bool whole = true;
  ReadEnvFile("# caf\xe9\nA=b\n", &whole);
  EXPECT_TRUE(whole) << "comments may be of any encoding";
}

TEST(Units, TooManyOfOneKindAreCountedAndNotKept) {
  UnitTree tree;
  for (int i = 0; i < 40; ++i) {
    tree.files->Add(fmt::format("/etc/systemd/system/e{}.service", i),
                    "[Service]\nExecStart=/usr/bin/etcd\n");
  }
  const Found found = tree.Read();
  EXPECT_EQ(found.components.size(), kMostOfOneKind);
  EXPECT_EQ(found.left_out.at(ComponentKind::kEtcd), 40 - kMostOfOneKind);
}

TEST(EnvFile, AsSystemdReadsIt) {
  const std::string bytes =
      "A=plain # no comment\nB='single $x'\nC=\"double \\\" \\n\"\nD=a\\\nb\n; comment\\\n  E = "
      "spaced  \n1X=bad\nF=\"two\nlines\"\nG=";
  std::map<std::string, std::string> found;
  for (const EnvAssignment& assignment : ReadEnvFile(bytes))
    found[assignment.name] = assignment.value.text;
  EXPECT_EQ(found["A"], "plain # no comment");
  EXPECT_EQ(found["B"], "single $x");
  EXPECT_EQ(found["C"], "double \" \\n");
  EXPECT_EQ(found["D"], "ab");
  EXPECT_EQ(found["F"], "two\nlines");
  EXPECT_TRUE(found.contains("G"));
  EXPECT_FALSE(found.contains("1X"));
  EXPECT_EQ(found.size(), 6u);
}

}  // namespace
}  // namespace seawall::cluster
