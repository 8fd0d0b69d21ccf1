#include "cluster/sockets.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace seawall::cluster {
namespace {

constexpr const char* kTcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n"
    "   0: 0100007F:2813 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "41 1 0000000000000000 100 0 0 10 0\n"
    "   1: 0B0200C0:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "42 1 0000000000000000 100 0 0 10 0\n"
    "   2: 0100007F:9C40 0100007F:2813 01 00000000:00000000 00:00000000 00000000     0        0 "
    "43 1 0000000000000000 100 0 0 10 0\n";
constexpr const char* kTcp6 =
    "  sl  local_address                         remote_address                        st\n"
    "   0: 00000000000000000000000000000000:2816 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000     0        0 44 1 0000000000000000 100 0 0 10 0\n"
    "   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000     0        0 45 1 0000000000000000 100 0 0 10 0\n";

TEST(Sockets, TheTableOfTheKernel) {
  const std::vector<ListeningSocket> four = ParseSocketTable(kTcp);
  ASSERT_EQ(four.size(), 2U);
  EXPECT_EQ(four[0].address, "127.0.0.1");
  EXPECT_EQ(four[0].port, 10259);
  EXPECT_EQ(four[0].inode, 41U);
  EXPECT_EQ(four[1].address, "192.0.2.11");
  const std::vector<ListeningSocket> six = ParseSocketTable(kTcp6);
  ASSERT_EQ(six.size(), 2U);
  EXPECT_EQ(six[0].address, "::");
  EXPECT_EQ(six[1].address, "::1");
  EXPECT_TRUE(ParseSocketTable("").empty());
  EXPECT_TRUE(ParseSocketTable("0: zz:zz zz 0A a b c d e f").empty());
  EXPECT_TRUE(ParseSocketTable("0: 0100007F:28130 x 0A a b c d e 41").empty());
}

struct Machine {
  std::shared_ptr<MemoryFiles> files = std::make_shared<MemoryFiles>();
  Node node;

  Machine() {
    node.files = files;
    node.live = true;
    Component scheduler;
    scheduler.kind = ComponentKind::kScheduler;
    scheduler.instance = "scheduler";
    scheduler.version = Version{1, 37, 2, "test", {}};
    scheduler.process = Process{7, 0, "/usr/bin/kube-scheduler"};
    node.components.push_back(std::move(scheduler));
    files->AddLink("/proc/self/ns/net", "net:[1]");
    files->AddLink("/proc/7/ns/net", "net:[1]");
    files->Add("/proc/7/net/tcp", kTcp);
    files->Add("/proc/7/net/tcp6", kTcp6);
  }
  void Open(int number, int inode) const {
    files->AddLink("/proc/7/fd/" + std::to_string(number),
                   "socket:[" + std::to_string(inode) + "]");
  }
  Listeners Found() const {
    Listeners found = ListenersOf(node);
    AddSockets(node, found);
    return found;
  }
  static const Listener* At(const Listeners& found, uint16_t port) {
    for (const Listener& one : found.listeners) {
      if (one.port == port) return &one;
    }
    return nullptr;
  }
};

TEST(Sockets, ASocketThatASettingImpliesTellsWhereItIsBound) {
  const Machine machine;
  machine.Open(3, 41);
  const Listeners found = machine.Found();
  const Listener* secure = Machine::At(found, 10259);
  ASSERT_NE(secure, nullptr);
  EXPECT_EQ(secure->bound, "127.0.0.1");
  EXPECT_TRUE(secure->sockets_known);
  EXPECT_EQ(secure->network, "");
  // Nobody's: the process does not have it.
  EXPECT_EQ(Machine::At(found, 8080), nullptr);
  const Listener* old = Machine::At(found, 10251);
  ASSERT_NE(old, nullptr);
  EXPECT_EQ(old->role, "insecure");
  EXPECT_EQ(old->bound, "");
}

TEST(Sockets, ASocketThatNoSettingImpliesIsAListenerOfItsOwn) {
  const Machine machine;
  machine.Open(3, 41);
  machine.Open(4, 42);
  const Listeners found = machine.Found();
  const Listener* extra = Machine::At(found, 8080);
  ASSERT_NE(extra, nullptr);
  EXPECT_EQ(extra->role, "unexplained");
  EXPECT_EQ(extra->host, "192.0.2.11");
  EXPECT_EQ(extra->why, "a socket of process 7");
}

TEST(Sockets, AProcessInAnotherNetworkIsAskedThere) {
  const Machine machine;
  machine.files->Remove("/proc/7/ns/net");
  machine.files->AddLink("/proc/7/ns/net", "net:[2]");
  machine.Open(3, 41);
  EXPECT_EQ(Machine::At(machine.Found(), 10259)->network, "/proc/7/ns/net");
}

TEST(Sockets, WhatCannotBeReadIsNotKnown) {
  const Machine machine;
  machine.files->AddFolder("/proc/7/fd");
  machine.files->Break("/proc/7/fd", ErrorCode::kPermission);
  const Listeners found = machine.Found();
  const Listener* secure = Machine::At(found, 10259);
  EXPECT_FALSE(secure->sockets_known);
  EXPECT_NE(secure->sockets_why, "");
  EXPECT_EQ(secure->bound, "");
}

TEST(Sockets, OnlyALiveNodeHasAny) {
  Machine machine;
  machine.node.live = false;
  machine.Open(4, 42);
  EXPECT_EQ(Machine::At(machine.Found(), 8080), nullptr);
}

}  // namespace
}  // namespace seawall::cluster
