#include "harden/edit_flags.h"

#include <gtest/gtest.h>

#include "harden/edit_setting.h"
#include "harden/working_tree.h"

namespace seawall::harden {
namespace {

using cluster::ComponentKind;

/// A node whose one file starts a component.
struct Bed {
  explicit Bed(std::string file, std::string text, std::string env = "") : path(std::move(file)) {
    auto memory = std::make_shared<MemoryFiles>();
    memory->AddFolder("/etc/kubernetes/manifests");
    memory->AddFolder("/etc/systemd/system");
    memory->Add(path, std::move(text));
    if (!env.empty()) memory->Add("/etc/default/x", std::move(env));
    files = memory;
    Read();
  }
  void Read() {
    cluster::ReadOptions options;
    for (const ComponentKind kind : cluster::kAllComponents)
      options.versions[kind] = {1, kind == ComponentKind::kEtcd ? 0 : 37, 0, "", {}};
    options.versions[ComponentKind::kEtcd] = {3, 7, 0, "", {}};
    auto read = cluster::ReadNode(files, options);
    ASSERT_TRUE(read.has_value());
    node = std::move(*read);
  }
  /// The file after the edit, or why there is none.
  std::string Edit(ComponentKind kind, const std::string& flag,
                   const std::optional<std::string>& value, const std::string& at = "") {
    const auto found = node.Of(kind);
    if (found.empty()) return "no component";
    auto touches = EditFlag(node, *found[0], flag, value);
    if (!touches) return "refused: " + touches.error().why;
    WorkingTree tree(files);
    auto added = tree.Add(*touches);
    if (!added) return "refused: " + added.error().why;
    tree.EndRound();
    auto bytes = tree.files()->Read(at.empty() ? path : at);
    return bytes ? *bytes : "gone";
  }

  std::string path;
  std::shared_ptr<const Files> files;
  cluster::Node node;
};

constexpr const char* kManifest = "/etc/kubernetes/manifests/s.yaml";
constexpr const char* kUnit = "/etc/systemd/system/kube-scheduler.service";

std::string Pod(const std::string& arguments) {
  return "apiVersion: v1\nkind: Pod\nmetadata: {name: s, namespace: kube-system}\nspec:\n  "
         "containers:\n  - name: s\n    image: registry.k8s.io/kube-scheduler:v1.37.2\n" +
         arguments;
}

std::string Unit(const std::string& line) {
  return "[Service]\n# why\nExecStart=" + line + "\nRestart=always\n";
}

constexpr auto kScheduler = ComponentKind::kScheduler;

TEST(EditFlag, OfAStaticPod) {
  Bed joined(kManifest,
             Pod("    command:\n    - kube-scheduler\n    - --bind-address=0.0.0.0  # all\n"
                 "    - --leader-elect=true\n"));
  EXPECT_EQ(joined.Edit(kScheduler, "bind-address", "127.0.0.1"),
            Pod("    command:\n    - kube-scheduler\n    - --bind-address=127.0.0.1  # all\n"
                "    - --leader-elect=true\n"));
  EXPECT_EQ(joined.Edit(kScheduler, "profiling", "false"),
            Pod("    command:\n    - kube-scheduler\n    - --bind-address=0.0.0.0  # all\n"
                "    - --leader-elect=true\n    - --profiling=false\n"));
  EXPECT_EQ(joined.Edit(kScheduler, "config", "/c"),
            Pod("    command:\n    - kube-scheduler\n    - --bind-address=0.0.0.0  # all\n"
                "    - --config=/c\n    - --leader-elect=true\n"));
  EXPECT_EQ(joined.Edit(kScheduler, "bind-address", std::nullopt),
            Pod("    command:\n    - kube-scheduler\n    - --leader-elect=true\n"));
}

TEST(EditFlag, OfTwoArgumentsAndFlowStyle) {
  Bed apart(kManifest, Pod("    command: [kube-scheduler]\n    args:\n    - --bind-address\n    - "
                           "\"0.0.0.0\"\n    - --profiling\n"));
  EXPECT_EQ(apart.Edit(kScheduler, "bind-address", "127.0.0.1"),
            Pod("    command: [kube-scheduler]\n    args:\n    - --bind-address\n    - "
                "\"127.0.0.1\"\n    - --profiling\n"));
  EXPECT_EQ(apart.Edit(kScheduler, "profiling", "false"),
            Pod("    command: [kube-scheduler]\n    args:\n    - --bind-address\n    - "
                "\"0.0.0.0\"\n    - --profiling=false\n"));
  EXPECT_EQ(apart.Edit(kScheduler, "bind-address", std::nullopt),
            Pod("    command: [kube-scheduler]\n    args:\n    - --profiling\n"));
  Bed flow(kManifest, Pod("    command: ['kube-scheduler', '--profiling=true']\n"));
  EXPECT_EQ(flow.Edit(kScheduler, "profiling", "false"),
            Pod("    command: ['kube-scheduler', '--profiling=false']\n"));
  EXPECT_EQ(
      flow.Edit(kScheduler, "bind-address", "127.0.0.1"),
      Pod("    command: ['kube-scheduler', '--bind-address=127.0.0.1', '--profiling=true']\n"));
  Bed bare(kManifest, Pod("    command: [kube-scheduler]\n"));
  EXPECT_EQ(bare.Edit(kScheduler, "profiling", "false"),
            Pod("    command: [kube-scheduler, --profiling=false]\n"));
  Bed twice(kManifest, Pod("    command:\n    - kube-scheduler\n    - --profiling=true\n    - "
                           "--profiling=true\n"));
  EXPECT_EQ(twice.Edit(kScheduler, "profiling", "false"),
            Pod("    command:\n    - kube-scheduler\n    - --profiling=true\n    - "
                "--profiling=false\n"));
}

TEST(EditFlag, OfAShellsLineIsRefused) {
  Bed shell(kManifest,
            Pod("    command: [sh, -c, \"exec kube-scheduler --profiling=true 2>&1\"]\n"));
  EXPECT_TRUE(shell.Edit(kScheduler, "profiling", "false").starts_with("refused"));
  EXPECT_TRUE(shell.Edit(kScheduler, "bind-address", "127.0.0.1").starts_with("refused"));
  Bed unit(kUnit, Unit("/bin/sh -c 'exec /usr/bin/kube-scheduler --leader-elect=true'"));
  EXPECT_TRUE(unit.Edit(kScheduler, "profiling", "false").starts_with("refused"));
}

TEST(EditFlag, OfAUnit) {
  Bed unit(kUnit,
           Unit("/usr/bin/kube-scheduler \\\n  --bind-address=0.0.0.0 \\\n  --leader-elect=true"));
  EXPECT_EQ(
      unit.Edit(kScheduler, "bind-address", "127.0.0.1"),
      Unit("/usr/bin/kube-scheduler \\\n  --bind-address=127.0.0.1 \\\n  --leader-elect=true"));
  EXPECT_EQ(unit.Edit(kScheduler, "bind-address", std::nullopt),
            Unit("/usr/bin/kube-scheduler \\\n  --leader-elect=true"));
  EXPECT_EQ(unit.Edit(kScheduler, "leader-elect", std::nullopt),
            Unit("/usr/bin/kube-scheduler \\\n  --bind-address=0.0.0.0"));
  EXPECT_EQ(unit.Edit(kScheduler, "profiling", "false"),
            Unit("/usr/bin/kube-scheduler \\\n  --bind-address=0.0.0.0 \\\n  --leader-elect=true "
                 "--profiling=false"));
  Bed program(kUnit, Unit("/usr/bin/kube-scheduler"));
  EXPECT_EQ(program.Edit(kScheduler, "profiling", "false"),
            Unit("/usr/bin/kube-scheduler --profiling=false"));
}

TEST(EditFlag, InAnEnvironmentFile) {
  const std::string unit =
      "[Service]\nEnvironmentFile=/etc/default/x\nExecStart=/usr/bin/kube-scheduler $ARGS\n";
  Bed bed(kUnit, unit, "# args\nARGS=\"--profiling=true --v=2\"\n");
  EXPECT_EQ(bed.Edit(kScheduler, "profiling", "false", "/etc/default/x"),
            "# args\nARGS=\"--profiling=false --v=2\"\n");
  EXPECT_EQ(bed.Edit(kScheduler, "profiling", std::nullopt, "/etc/default/x"),
            "# args\nARGS=\"--v=2\"\n");
  EXPECT_EQ(bed.Edit(kScheduler, "bind-address", "127.0.0.1"),
            "[Service]\nEnvironmentFile=/etc/default/x\nExecStart=/usr/bin/kube-scheduler $ARGS "
            "--bind-address=127.0.0.1\n");
}

TEST(EditFlag, AUnitOfTheDistributionGetsADropIn) {
  Bed bed("/usr/lib/systemd/system/kube-scheduler.service",
          Unit("/usr/bin/kube-scheduler --profiling=true"));
  const std::string drop_in =
      bed.Edit(kScheduler, "profiling", "false",
               "/etc/systemd/system/kube-scheduler.service.d/90-seawall.conf");
  EXPECT_NE(drop_in.find("[Service]\nExecStart=\nExecStart=/usr/bin/kube-scheduler "
                         "--profiling=false\n"),
            std::string::npos)
      << drop_in;
}

TEST(EditFlag, ADropInGetsEveryFolderThatIsNotThere) {
  auto memory = std::make_shared<MemoryFiles>();
  memory->Add("/usr/lib/systemd/system/kube-scheduler.service",
              Unit("/usr/bin/kube-scheduler --profiling=true"));
  Bed bed("/x", "");
  bed.files = memory;
  bed.Read();
  EXPECT_NE(bed.Edit(kScheduler, "profiling", "false",
                     "/etc/systemd/system/kube-scheduler.service.d/90-seawall.conf")
                .find("--profiling=false\n"),
            std::string::npos);
}

TEST(EditFlag, ValuesThatWouldNeedQuotesInAUnitAreRefused) {
  Bed unit(kUnit, Unit("/usr/bin/kube-scheduler --bind-address=0.0.0.0"));
  for (const char* value : {"a b", "$X", "100%", "a\"b", "a\\b", "a;b"})
    EXPECT_TRUE(unit.Edit(kScheduler, "bind-address", value).starts_with("refused")) << value;
}

}  // namespace
}  // namespace seawall::harden
