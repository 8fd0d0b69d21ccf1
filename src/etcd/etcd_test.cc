// etcd's client and what it says of a snapshot, against an etcd made of answers: right ones, wrong
// ones, and such that want to hurt.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "etcd/client.h"
#include "etcd/fake_etcd.h"
#include "etcd/protobuf.h"
#include "etcd/snapshot_file.h"

namespace seawall::etcd {
namespace {

using namespace testing;

std::string Header(uint64_t member, uint64_t revision) {
  return FieldWriter().Number(1, 99).Number(2, member).Number(3, revision).text();
}

std::string StatusMessage(uint64_t revision) {
  return FieldWriter()
      .Bytes(1, Header(5, revision))
      .Bytes(2, "3.7.0")
      .Number(3, 40960)
      .Number(4, 5)
      .Bytes(8, "alarm: NOSPACE")
      .text();
}

std::string MembersMessage() {
  const std::string one = FieldWriter()
                              .Number(1, 5)
                              .Bytes(2, "cp-0")
                              .Bytes(3, "https://192.0.2.11:2380")
                              .Bytes(4, "https://192.0.2.11:2379")
                              .text();
  const std::string other = FieldWriter().Number(1, 6).Number(5, 1).text();
  return FieldWriter().Bytes(1, Header(5, 1)).Bytes(2, one).Bytes(2, other).text();
}

/// A snapshot in pieces, as etcd sends it.
FakeAnswer InPieces(const std::string& snapshot, size_t piece = 3000) {
  FakeAnswer answer;
  for (size_t at = 0; at < snapshot.size(); at += piece)
    answer.messages.push_back(FieldWriter()
                                  .Number(2, snapshot.size() - at)
                                  .Bytes(3, std::string_view(snapshot).substr(at, piece))
                                  .text());
  return answer;
}

Result<SnapshotFacts> ReadBack(const std::string& bytes) {
  const Descriptor file(memfd_create("snapshot", MFD_CLOEXEC));
  EXPECT_EQ(write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return ReadSnapshotBack(file.get(), "snapshot");
}

TEST(EtcdClient, ReadsStatusAndMembers) {
  const FakeEtcd etcd([](const std::string& method) -> FakeAnswer {
    if (method == "Status") return {.messages = {StatusMessage(1234)}};
    return {.messages = {MembersMessage()}};
  });
  auto client = Client::Open(etcd.Door());
  ASSERT_TRUE(client) << client.error().ToString();
  const auto status = (*client)->Status();
  ASSERT_TRUE(status) << status.error().ToString();
  EXPECT_EQ(status->revision, 1234);
  EXPECT_EQ(status->member_id, 5u);
  EXPECT_EQ(status->leader, 5u);
  EXPECT_EQ(status->size, 40960u);
  EXPECT_EQ(status->version, "3.7.0");
  EXPECT_EQ(status->errors, std::vector<std::string>{"alarm: NOSPACE"});
  const auto members = (*client)->Members();
  ASSERT_TRUE(members) << members.error().ToString();
  ASSERT_EQ(members->size(), 2u);
  EXPECT_EQ(members->front().name, "cp-0");
  EXPECT_EQ(members->front().client_urls, std::vector<std::string>{"https://192.0.2.11:2379"});
  EXPECT_TRUE(members->back().learner);
  EXPECT_EQ(members->back().name, "");
}

TEST(EtcdClient, TellsWhereAMemberIsFound) {
  for (const int status : {0, 9}) {
    const FakeEtcd etcd([&](const std::string& method) -> FakeAnswer {
      if (method != "MemberUpdate" || status != 0) return {.messages = {}, .status = 9};
      return {.messages = {MembersMessage()}};
    });
    auto client = Client::Open(etcd.Door());
    ASSERT_TRUE(client);
    EXPECT_EQ((*client)->UpdateMember(5, {"http://192.0.2.11:2380"}).has_value(), status == 0);
  }
}

TEST(EtcdClient, TakesASnapshotInPiecesAndNoMoreThanItMay) {
  const std::string snapshot = WithDigest(FakeDatabase(50));
  const FakeEtcd etcd([&](const std::string&) { return InPieces(snapshot); });
  for (const uint64_t most : {uint64_t{1} << 20, uint64_t{snapshot.size()}, uint64_t{10000}}) {
    auto client = Client::Open(etcd.Door());
    ASSERT_TRUE(client);
    std::string taken;
    const auto size = (*client)->Snapshot(most, 20000, [&](std::string_view piece) -> Result<void> {
      taken += piece;
      return {};
    });
    EXPECT_LE(taken.size(), most);
    if (most < snapshot.size()) {
      ASSERT_FALSE(size);
      EXPECT_EQ(size.error().code, ErrorCode::kTooLarge);
      continue;
    }
    ASSERT_TRUE(size) << size.error().ToString();
    EXPECT_EQ(*size, snapshot.size());
    EXPECT_EQ(taken, snapshot);
  }
}

TEST(EtcdClient, WhatIsWrongIsAnErrorWithItsReason) {
  const std::string cut = StatusMessage(1).substr(0, 9);
  const std::pair<FakeAnswer, const char*> kWrong[] = {
      {{{}, 7, ""}, "gRPC status 7: so it is"},
      {{{}, 0, ""}, "it answers nothing"},
      {{{cut}, 0, ""}, "not what etcd answers"},
      {{{StatusMessage(1), StatusMessage(1)}, 0, ""}, "not what etcd answers"},
      {{{}, 0, std::string("\1\0\0\0\1x", 6)}, "no gRPC message"},
      {{{}, 0, std::string("\0\xff\xff\xff\xff", 5)}, "no gRPC message"},
      {{{}, 0, std::string("\0\0\0\0\x09x", 6)}, "not whole"},
  };
  for (const auto& [answer, why] : kWrong) {
    const FakeEtcd etcd([&](const std::string&) { return answer; });
    auto client = Client::Open(etcd.Door());
    ASSERT_TRUE(client);
    const auto status = (*client)->Status();
    ASSERT_FALSE(status) << why;
    EXPECT_NE(status.error().ToString().find(why), std::string::npos) << status.error().ToString();
  }
}

TEST(EtcdClient, NobodyThereIsAnError) {
  api::Access access;
  {
    const FakeEtcd etcd([](const std::string&) { return FakeAnswer(); });
    access = etcd.Door();
  }
  const auto client = Client::Open(access);
  ASSERT_FALSE(client);
  EXPECT_NE(client.error().ToString().find("connect to etcd"), std::string::npos);
}

TEST(Snapshot, IsReadBack) {
  const std::string bytes = WithDigest(FakeDatabase(50));
  const auto facts = ReadBack(bytes);
  ASSERT_TRUE(facts) << facts.error().ToString();
  EXPECT_EQ(facts->revision, 50);
  EXPECT_EQ(facts->bytes, bytes.size());
  EXPECT_EQ(facts->sha256.size(), 64u);
}

TEST(Snapshot, ACompactionMayBeItsLastChange) {
  const auto facts = ReadBack(WithDigest(FakeDatabase(50, 60)));
  ASSERT_TRUE(facts) << facts.error().ToString();
  EXPECT_EQ(facts->revision, 60);
}

TEST(Snapshot, EveryByteThatIsWrongIsNoticed) {
  const std::string bytes = WithDigest(FakeDatabase(50));
  for (size_t at = 0; at < bytes.size(); at += 97) {
    std::string wrong = bytes;
    wrong[at] = static_cast<char>(wrong[at] ^ 1);
    EXPECT_FALSE(ReadBack(wrong)) << at;
  }
  for (const size_t size : {size_t{0}, size_t{20}, size_t{64}, size_t{4096}, bytes.size() - 1})
    EXPECT_FALSE(ReadBack(bytes.substr(0, size))) << size;
}

/// With the right digest behind it: what lies within is looked at too.
TEST(Snapshot, AWholeFileThatIsNoDatabaseIsRefused) {
  const std::string database = FakeDatabase(50);
  const std::pair<const char*, std::function<void(std::string&)>> kWrong[] = {
      {"first meta page", [](std::string& bytes) { bytes[16] ^= 1; }},
      {"second meta page", [](std::string& bytes) { bytes[4096 + 30] ^= 1; }},
      {"of its 8 pages are missing", [](std::string& bytes) { bytes.resize(7 * 4096); }},
      {"calls itself another one", [](std::string& bytes) { bytes[3 * 4096] = 9; }},
      {"shorter than its entries", [](std::string& bytes) { bytes[3 * 4096 + 11] = '\x7f'; }},
      {"behind its page", [](std::string& bytes) { bytes[3 * 4096 + 16 + 11] = '\x7f'; }},
      {"no bucket 'key'", [](std::string& bytes) { bytes[3 * 4096 + 48] = 'x'; }},
      {"no kind that it may be", [](std::string& bytes) { bytes[5 * 4096 + 8] = 0x10; }},
      {"go in a circle", [](std::string& bytes) { bytes[5 * 4096 + 16 + 16 + 8] = 5; }},
      {"there is no page", [](std::string& bytes) { bytes[5 * 4096 + 16 + 16 + 8] = 99; }},
      {"is too large", [](std::string& bytes) { bytes[5 * 4096 + 15] = '\x7f'; }},
  };
  for (const auto& [why, damage] : kWrong) {
    std::string wrong = database;
    damage(wrong);
    const auto facts = ReadBack(WithDigest(wrong));
    ASSERT_FALSE(facts) << why;
    EXPECT_NE(facts.error().ToString().find(why), std::string::npos) << facts.error().ToString();
  }
}

/// Any byte of it: an answer or an error, never a crash.
TEST(Snapshot, AnythingMayStandInIt) {
  const std::string database = FakeDatabase(50, 60, 512);
  for (size_t at = 0; at < database.size(); ++at) {
    for (const char with : {'\0', '\x01', '\x7f', '\xff'}) {
      std::string wrong = database;
      wrong[at] = with;
      (void)ReadBack(WithDigest(wrong));
    }
  }
}

TEST(Protobuf, ReadsWhatItWrites) {
  const std::string text = FieldWriter().Number(1, UINT64_MAX).Bytes(200, "abc").text();
  FieldReader reader(text);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.number(), UINT64_MAX);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.field(), 200u);
  EXPECT_EQ(reader.bytes(), "abc");
  EXPECT_FALSE(reader.Next());
  EXPECT_FALSE(reader.broken());
}

TEST(Protobuf, WhatIsNoFieldEndsIt) {
  for (const std::string_view text :
       {"\x0a\x05"
        "ab",
        "\x08", "\x03", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    FieldReader reader(text);
    while (reader.Next()) {
    }
    EXPECT_TRUE(reader.broken());
  }
}

}  // namespace
}  // namespace seawall::etcd
