// `seawall rbac learn`: what audit logs teach.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

std::string AuditEvent(const std::string& user, const std::string& verb, const std::string& object,
                       const std::string& more = "", const std::string& id = "1",
                       const std::string& decision = "allow") {
  return "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\","
         "\"auditID\":\"" +
         id + "\",\"stage\":\"ResponseComplete\",\"requestURI\":\"/x?y=1\",\"verb\":\"" + verb +
         "\",\"user\":{\"username\":\"" + user + "\",\"groups\":[\"devs\"]}," + object +
         "\"responseStatus\":{\"code\":200}," + more +
         "\"requestReceivedTimestamp\":\"2026-11-28T20:00:00.000000Z\",\"annotations\":{"
         "\"authorization.k8s.io/decision\":\"" +
         decision + "\"}}\n";
}
std::string Pods(const std::string& name) {
  return "\"objectRef\":{\"resource\":\"pods\",\"namespace\":\"shop\",\"name\":\"" + name +
         "\",\"apiVersion\":\"v1\"},";
}

TEST(RbacLearn, WritesTheLeastThatWasUsed) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  const std::string get = AuditEvent("alice", "get", Pods("a"));
  tree.Write("/audit.log", get + get + AuditEvent("alice", "create", Pods("new"), "", "2") +
                               AuditEvent("alice", "delete", Pods("a"), "", "3", "forbid") +
                               AuditEvent("system:kube-scheduler", "get", Pods("a"), "", "4"));
  const Ran run = Seawall({"rbac", "learn", "--audit-log", "audit.log"}, here);
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out.substr(0, run.out.find("---\napiVersion: "
                                           "rbac.authorization.k8s.io/v1\nkind: RoleBinding")),
            "# learnt from 2 of 5 events, 2026-11-28T20:00:00Z to 2026-11-28T20:00:00Z\n"
            "# 1 were denied or of nobody who is known\n"
            "# 1 came again, in another stage or another file\n"
            "# 1 of others, or of the cluster's own components\n"
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: "
            "learnt-alice\n  namespace: shop\nrules:\n"
            "# 1 request, 2026-11-28T20:00:00Z to 2026-11-28T20:00:00Z\n"
            "- apiGroups: [\"\"]\n  resources: [pods]\n  verbs: [create]\n"
            "# 1 request, 2026-11-28T20:00:00Z to 2026-11-28T20:00:00Z\n"
            "- apiGroups: [\"\"]\n  resources: [pods]\n  resourceNames: [a]\n  verbs: [get]\n");
  // What was learnt allows what was done, and nothing else.
  tree.Write("/learnt.yaml", run.out);
  const auto ask = [&](const char* verb, const char* what) {
    return Seawall(
               {"rbac", "can-i", verb, what, "-n", "shop", "--as", "alice", "-f", "learnt.yaml"},
               here)
        .status;
  };
  EXPECT_EQ(ask("get", "pods/a"), 0);
  EXPECT_EQ(ask("create", "pods"), 0);
  EXPECT_EQ(ask("get", "pods/b"), 1);
  EXPECT_EQ(ask("delete", "pods/a"), 1);
  // What is there already is left out.
  const Ran again =
      Seawall({"rbac", "learn", "--audit-log", "audit.log", "-f", "learnt.yaml"}, here);
  EXPECT_EQ(again.out.find("kind:"), std::string::npos) << again.out;
  // Names, verbs, groups.
  const Ran wide = Seawall({"rbac", "learn", "--audit-log", "audit.log", "--names", "1", "--verbs",
                            "read", "--group", "devs"},
                           here);
  EXPECT_NE(wide.out.find("  name: learnt-group-devs\n"), std::string::npos) << wide.out;
  EXPECT_NE(wide.out.find("  resources: [pods]\n  verbs: [create, get, list, watch]\n"),
            std::string::npos)
      << wide.out;
}

TEST(RbacLearn, DamagedLinesAreNeverSilent) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  const std::string get = AuditEvent("alice", "get", Pods("a"));
  tree.Write("/logs/a.log", get + "nonsense\n" + get.substr(0, 100));
  const Ran run = Seawall({"rbac", "learn", "--audit-log", "logs"}, here);
  EXPECT_EQ(run.status, 3);
  EXPECT_NE(run.err.find(fmt::format("logs/a.log: byte {}: a line that is no JSON", get.size())),
            std::string::npos)
      << run.err;
  EXPECT_NE(run.err.find(fmt::format("byte {}: a line that ends too early", get.size() + 9)),
            std::string::npos)
      << run.err;
  EXPECT_NE(run.out.find("# 2 lines are damaged"), std::string::npos);
  EXPECT_EQ(Seawall({"rbac", "learn", "--audit-log", "logs", "--strict"}, here).status, 2);
  tree.Write("/empty.log", "");
  EXPECT_EQ(Seawall({"rbac", "learn", "--audit-log", "empty.log"}, here).status, 2);
}

TEST(RbacLearn, CompressedLogsAndStandardInput) {
  Tree tree;
  const RunOptions here = {.directory = tree.root()};
  std::string log;
  for (int i = 0; i < 3000; ++i)
    log += AuditEvent("alice", "get", Pods("a"), "", std::to_string(i));
  tree.Write("/audit.log", log);
  const std::string plain = Seawall({"rbac", "learn", "--audit-log", "audit.log"}, here).out;
  EXPECT_NE(plain.find("# 3000 requests, "), std::string::npos) << plain;
  for (const char* command : {"gzip -k audit.log", "zstd -q audit.log -o audit.log.zst"})
    ASSERT_EQ(RunCommand({"sh", "-c", command}, here).status, 0) << command;
  for (const char* file : {"audit.log.gz", "audit.log.zst"})
    EXPECT_EQ(Seawall({"rbac", "learn", "--audit-log", file}, here).out, plain) << file;
  RunOptions input = here;
  input.input = log;
  EXPECT_EQ(Seawall({"rbac", "learn", "--audit-log", "-"}, input).out, plain);
  // The same log twice teaches the same.
  const Ran twice =
      Seawall({"rbac", "learn", "--audit-log", "audit.log", "--audit-log", "audit.log.gz"}, here);
  EXPECT_NE(twice.out.find("# 3000 came again"), std::string::npos);
  EXPECT_NE(twice.out.find("# 3000 requests, "), std::string::npos);
  ASSERT_EQ(RunCommand({"sh", "-c", "head -c 400 audit.log.gz > cut.gz"}, here).status, 0);
  const Ran cut =
      Seawall({"rbac", "learn", "--audit-log", "cut.gz", "--audit-log", "audit.log"}, here);
  EXPECT_EQ(cut.status, 3);
  EXPECT_NE(cut.err.find("the gzip file ends too early"), std::string::npos) << cut.err;
}

}  // namespace
}  // namespace seawall::test
