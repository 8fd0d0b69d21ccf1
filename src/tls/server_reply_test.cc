#include "tls/server_reply.h"

#include <gtest/gtest.h>

#include "tls/fake_server.h"

namespace seawall::tls {
namespace {

using testing::AlertRecord;
using testing::Big;
using testing::FakeServer;
using testing::Record;

Reply Read(std::string_view bytes, bool key_exchange = false, size_t at_once = 1 << 20) {
  ReplyReader reader(key_exchange);
  for (size_t at = 0; at < bytes.size(); at += at_once) {
    if (!reader.Take(bytes.substr(at, at_once))) break;
  }
  return reader.reply();
}

TEST(ReplyReader, ReadsAHelloHoweverItIsCut) {
  FakeServer server;
  const std::string bytes = server.ServerHello(Version::kTls12, 0xC02F, 24);
  for (const size_t at_once : {1, 2, 5, 100, 100000}) {
    const Reply reply = Read(bytes, true, at_once);
    EXPECT_EQ(reply.kind, Reply::Kind::kHello);
    EXPECT_EQ(reply.version, Version::kTls12);
    EXPECT_EQ(reply.suite, 0xC02F);
    EXPECT_EQ(reply.group, 24);
  }
  EXPECT_FALSE(Read(bytes).group);
}

TEST(ReplyReader, TellsARetryFromAHello) {
  const Reply reply = Read(FakeServer().ServerHello(Version::kTls13, 0x1301, 4588));
  EXPECT_EQ(reply.kind, Reply::Kind::kHelloRetry);
  EXPECT_EQ(reply.version, Version::kTls13);
  EXPECT_EQ(Describe(reply), "HelloRetryRequest TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768");
}

TEST(ReplyReader, ACertificateOfAnyLengthIsPassedOver) {
  std::string hello = FakeServer().ServerHello(Version::kTls12, 0xC02F, {});
  hello = hello.substr(5, 4 + 2 + 32 + 1 + 2 + 1);  // the ServerHello message alone
  std::string bytes = Record(22, hello);
  bytes += Record(22, "\x0B" + Big(500'000, 3));
  for (int i = 0; i < 50; ++i) bytes += Record(22, std::string(10'000, 'c'));
  bytes += Record(22, "\x0C" + Big(8, 3) + "\x03" + Big(29, 2) + "\x04key!");
  const Reply reply = Read(bytes, true, 4096);
  EXPECT_EQ(reply.kind, Reply::Kind::kHello);
  EXPECT_EQ(reply.group, 29);
}

TEST(ReplyReader, WarningsBeforeAHelloAreNoAnswer) {
  const std::string warning = Record(21, "\x01\x70");
  EXPECT_EQ(Read(warning).kind, Reply::Kind::kNothing);
  EXPECT_EQ(Read(warning + FakeServer().ServerHello(Version::kTls12, 0x002F, {})).kind,
            Reply::Kind::kHello);
  const Reply alert = Read(AlertRecord(40));
  EXPECT_EQ(alert.kind, Reply::Kind::kAlert);
  EXPECT_EQ(Describe(alert), "alert handshake_failure");
}

TEST(ReplyReader, TellsHttpAndOtherProtocols) {
  EXPECT_EQ(Read("HTTP/1.0 400 Bad Request\r\n", false, 1).kind, Reply::Kind::kHttp);
  EXPECT_EQ(Read("HTT").kind, Reply::Kind::kNothing);
  EXPECT_EQ(Read("SSH-2.0-OpenSSH_9.2\r\n").kind, Reply::Kind::kNotTls);
  EXPECT_EQ(Read(std::string(10, '\0')).kind, Reply::Kind::kNotTls);
  EXPECT_EQ(Read("\x16\x05\x01").kind, Reply::Kind::kNotTls);
}

TEST(ReplyReader, BrokenRecordsAreMalformed) {
  using namespace std::string_literals;
  for (const std::string& bytes :
       {"\x16\x03\x03\xFF\xFF"s, Record(21, "\x02"), Record(23, "data"), Record(20, "\x01"),
        Record(22, "\x02"s + Big(2, 3) + "\x03\x03"), Record(22, "\x0B"s + Big(3, 3) + "abc"),
        Record(22, "\x02"s + Big(0xFFFFFF, 3) + "x"),
        Record(22, "\x02"s + Big(40, 3) + "\x03\x03" + std::string(32, 'r') +
                       "\x00\x00\x2F\x00\x00\x05"s),
        Record(22, "\x0B"s + Big(0xFFFF, 3)), AlertRecord(40).substr(0, 6) + "\x00\x00"s}) {
    EXPECT_NE(Read(bytes).kind, Reply::Kind::kHello) << bytes.size();
  }
  EXPECT_EQ(Read("\x16\x03\x03\xFF\xFF").kind, Reply::Kind::kMalformed);
  EXPECT_EQ(Read(Record(23, "data")).kind, Reply::Kind::kMalformed);
}

TEST(ReplyReader, EndlessRecordsEnd) {
  ReplyReader reader(true);
  const std::string empty = Record(22, "");
  size_t taken = 0;
  while (reader.Take(empty) && taken < 10'000'000) taken += empty.size();
  EXPECT_LE(taken, 1U << 20);
  EXPECT_EQ(reader.reply().kind, Reply::Kind::kMalformed);
}

}  // namespace
}  // namespace seawall::tls
