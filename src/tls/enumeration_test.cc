#include "tls/enumeration.h"

#include <gtest/gtest.h>

#include "tls/fake_server.h"

namespace seawall::tls {
namespace {

using testing::Exhaust;
using testing::FakeServer;
using Ids = std::vector<uint16_t>;

const Ids kTls13 = {0x1302, 0x1301, 0x1303};
const Ids kTls12 = {0xC030, 0xC02F, 0xCCA8, 0x000A};

FakeServer Modern() {
  return {.suites = {{Version::kTls12, kTls12}, {Version::kTls13, kTls13}},
          .groups = {4588, 29, 23, 24}};
}

struct Ran {
  Enumeration enumeration;
  explicit Ran(FakeServer& server) : enumeration({.server_name = "api.example", .random = {}}) {
    Exhaust(enumeration, [&](const Attempt& attempt) { return server.Take(attempt); });
  }
  const Enumerated* operator->() const { return &enumeration.result(); }
  const VersionResult& Of(Version version) const { return enumeration.result().Of(version); }
};

TEST(Enumeration, FindsWhatAServerAcceptsInItsOrder) {
  FakeServer server = Modern();
  Ran ran(server);
  EXPECT_TRUE(ran.enumeration.done());
  EXPECT_EQ(ran->tls, Known::kYes);
  EXPECT_EQ(ran.Of(Version::kTls13).suites, kTls13);
  EXPECT_EQ(ran.Of(Version::kTls12).suites, kTls12);
  EXPECT_TRUE(ran.Of(Version::kTls12).complete);
  EXPECT_EQ(ran.Of(Version::kTls12).preference, Preference::kServer);
  EXPECT_EQ(ran.Of(Version::kTls11).accepted, Known::kNo);
  EXPECT_EQ(ran.Of(Version::kTls11).why, "alert protocol_version");
  EXPECT_EQ(ran.Of(Version::kSsl3).accepted, Known::kNo);
  EXPECT_EQ(ran->groups, (Ids{4588, 29, 23, 24}));
  EXPECT_TRUE(ran->groups_complete);
  EXPECT_EQ(ran.Of(Version::kTls13).preference, Preference::kServer);
  // TLS 1.3 names a group with each suite, its suites are refused once, and its order is that of
  // the offer, so that it is asked for; then the last group, and a refusal. TLS 1.2: each suite,
  // and a refusal. What is older is refused with one hello.
  EXPECT_EQ(ran->connections, (3 + 1 + 1) + (1 + 1) + (4 + 1) + 1);
}

TEST(Enumeration, FewerGroupsThanSuitesAreNotTakenForARefusalOfTheSuites) {
  FakeServer server = Modern();
  server.groups = {29};
  Ran ran(server);
  EXPECT_EQ(ran.Of(Version::kTls13).suites, kTls13);
  EXPECT_TRUE(ran.Of(Version::kTls13).complete);
  EXPECT_EQ(ran->groups, Ids{29});
  EXPECT_TRUE(ran->groups_complete);
}

TEST(Enumeration, ASuiteThatFewServersHaveIsFoundBesideTheUsualOnes) {
  FakeServer server{.suites = {{Version::kTls13, {0x1301, 0x1304, 0x00C6}}}, .groups = {4588, 29}};
  for (const bool closes : {false, true}) {
    server.refuses_by_closing = closes;
    Ran ran(server);
    EXPECT_EQ(ran.Of(Version::kTls13).suites, (Ids{0x1301, 0x1304, 0x00C6}));
    EXPECT_TRUE(ran.Of(Version::kTls13).complete);
    EXPECT_EQ(ran->groups, (Ids{4588, 29}));
    EXPECT_TRUE(ran->groups_complete);
  }
}

/// One whose lowest version is above: it says so once, and is believed for all that is older.
TEST(Enumeration, AVersionThatIsTooOldIsRefusedWithAllThatAreOlder) {
  FakeServer server = Modern();
  Ran ran(server);
  EXPECT_EQ(ran.Of(Version::kTls11).why, "alert protocol_version");
  EXPECT_EQ(ran.Of(Version::kSsl3).why,
            "alert protocol_version, to a hello that offered TLSv1.1 or older");
  EXPECT_TRUE(ran.Of(Version::kSsl3).complete);
}

/// It refuses TLS 1.1 and takes 1.0: its answer to 1.1 is a hello of 1.0.
TEST(Enumeration, AVersionBelowAGapIsFound) {
  FakeServer server{.suites = {{Version::kTls10, {0x002F}}, {Version::kTls12, {0xC02F}}},
                    .falls_back = true};
  Ran ran(server);
  EXPECT_EQ(ran.Of(Version::kTls11).accepted, Known::kNo);
  EXPECT_EQ(ran.Of(Version::kTls10).accepted, Known::kYes);
}

TEST(Enumeration, SaysWhoseOrderItIs) {
  FakeServer server = Modern();
  server.clients_order = true;
  Ran ran(server);
  EXPECT_EQ(ran.Of(Version::kTls12).preference, Preference::kClient);
  EXPECT_EQ(ran.Of(Version::kTls12).suites.size(), kTls12.size());
}

TEST(Enumeration, AnOlderVersionInsteadOfARefusalIsARefusal) {
  FakeServer server{.suites = {{Version::kTls10, {0x0005, 0x002F}}}, .falls_back = true};
  Ran ran(server);
  EXPECT_EQ(ran.Of(Version::kTls10).suites, (Ids{0x0005, 0x002F}));
  EXPECT_EQ(ran.Of(Version::kTls12).accepted, Known::kNo);
  EXPECT_EQ(ran.Of(Version::kTls13).accepted, Known::kNo);
  EXPECT_EQ(ran.Of(Version::kSsl3).accepted, Known::kNo);
}

TEST(Enumeration, GroupsOfOldVersionsComeFromTheKeyExchange) {
  FakeServer server{.suites = {{Version::kTls12, {0xC02F, 0x002F}}}, .groups = {24, 23}};
  Ran ran(server);
  EXPECT_EQ(ran->groups, (Ids{24, 23}));
  EXPECT_TRUE(ran->groups_complete);
}

TEST(Enumeration, WithoutAnEllipticSuiteThereAreNoGroups) {
  FakeServer server{.suites = {{Version::kTls12, {0x002F}}}};
  Ran ran(server);
  EXPECT_TRUE(ran->groups.empty());
  EXPECT_TRUE(ran->groups_complete);
}

TEST(Enumeration, AServerThatClosesIsAskedAgainWithAHelloThatItAnswers) {
  FakeServer server = Modern();
  server.refuses_by_closing = true;
  Ran ran(server);
  EXPECT_EQ(ran.Of(Version::kTls12).suites, kTls12);
  EXPECT_TRUE(ran.Of(Version::kTls12).complete);
  EXPECT_EQ(ran.Of(Version::kTls10).accepted, Known::kNo);
  EXPECT_EQ(ran.Of(Version::kTls10).why, "closed without an answer");
  EXPECT_EQ(ran->groups.size(), 4U);
  EXPECT_TRUE(ran->groups_complete);
}

TEST(Enumeration, AServerThatClosesAlwaysLeavesAllUnknown) {
  Enumeration enumeration({.server_name = "", .random = {}});
  Exhaust(enumeration, [](const Attempt&) { return Answer{Answer::End::kClosed, {}}; });
  EXPECT_TRUE(enumeration.done());
  EXPECT_EQ(enumeration.result().tls, Known::kUnknown);
  for (const VersionResult& one : enumeration.result().versions) {
    EXPECT_EQ(one.accepted, Known::kUnknown);
    EXPECT_FALSE(one.why.empty());
  }
  EXPECT_FALSE(enumeration.result().groups_complete);
}

TEST(Enumeration, AServerThatStopsAnsweringIsNotOneThatRefuses) {
  FakeServer server = Modern();
  Enumeration enumeration({.server_name = "", .random = {}});
  int left = 2;
  Exhaust(enumeration, [&](const Attempt& attempt) {
    return left-- > 0 ? server.Take(attempt) : Answer{Answer::End::kReset, {}};
  });
  const VersionResult& tls12 = enumeration.result().Of(Version::kTls12);
  EXPECT_FALSE(tls12.complete);
  EXPECT_EQ(enumeration.result().Of(Version::kTls10).accepted, Known::kUnknown);
}

TEST(Enumeration, SilenceIsGivenUpSoonAndLeavesAllUnknown) {
  Enumeration enumeration({.server_name = "", .random = {}});
  Exhaust(enumeration, [](const Attempt&) { return Answer{Answer::End::kSilent, {}}; });
  EXPECT_TRUE(enumeration.done());
  EXPECT_LE(enumeration.result().connections, 2);
  EXPECT_EQ(enumeration.result().Of(Version::kTls12).accepted, Known::kUnknown);
}

TEST(Enumeration, LongHellosAreCutForServersThatDropThem) {
  FakeServer server = Modern();
  server.most_suites = 120;
  Ran ran(server);
  EXPECT_EQ(ran.Of(Version::kTls12).suites, kTls12);
  EXPECT_TRUE(ran.Of(Version::kTls12).complete);
  EXPECT_EQ(ran.Of(Version::kTls12).preference, Preference::kServer);
}

TEST(Enumeration, PlainHttpIsToldWithOneConnection) {
  Enumeration enumeration({.server_name = "", .random = {}});
  Exhaust(enumeration,
          [](const Attempt&) { return FakeServer::Replied("HTTP/1.1 400 Bad Request\r\n"); });
  EXPECT_EQ(enumeration.result().connections, 1);
  EXPECT_EQ(enumeration.result().tls, Known::kNo);
  EXPECT_EQ(enumeration.result().speaks, "HTTP");
  EXPECT_EQ(enumeration.result().Of(Version::kTls12).accepted, Known::kNo);
}

TEST(Enumeration, AServerThatChoosesWhatWasNotOfferedIsNotBelieved) {
  FakeServer server;
  Enumeration enumeration({.server_name = "", .random = {}});
  Exhaust(enumeration, [&](const Attempt&) {
    return FakeServer::Replied(server.ServerHello(Version::kTls12, 0x1301, {}), false);
  });
  EXPECT_TRUE(enumeration.done());
  EXPECT_EQ(enumeration.result().Of(Version::kTls12).accepted, Known::kUnknown);
  EXPECT_NE(enumeration.result().Of(Version::kTls12).why.find("not offered"), std::string::npos);
  EXPECT_LT(enumeration.result().connections, 20);
}

TEST(Enumeration, TheProtocolIsReadInTheClear) {
  for (const char* protocol : {"h2", ""}) {
    FakeServer server = Modern();
    server.protocol = protocol;
    Ran ran(server);
    EXPECT_EQ(ran->protocol, protocol);
    EXPECT_EQ(ran.Of(Version::kTls12).suites, kTls12);
  }
  // One that wants another protocol refuses the hello, and takes it without.
  FakeServer server = Modern();
  server.refuses_protocols = true;
  Ran ran(server);
  EXPECT_FALSE(ran->protocol);
  EXPECT_EQ(ran.Of(Version::kTls12).suites, kTls12);
  EXPECT_TRUE(ran.Of(Version::kTls12).complete);
}

TEST(Enumeration, CompressionIsSeen) {
  FakeServer server{.suites = {{Version::kTls12, {0x002F}}}, .compresses = true};
  Ran ran(server);
  EXPECT_TRUE(ran.Of(Version::kTls12).compression);
}

TEST(Enumeration, AHelloWithoutMeasureEndsAtTheLimit) {
  std::vector<uint16_t> all;
  for (const CipherSuite& suite : AllSuites())
    if (!IsTls13Suite(suite.id)) all.push_back(suite.id);
  FakeServer server{
      .suites = {{Version::kTls10, all}, {Version::kTls11, all}, {Version::kTls12, all}}};
  Ran ran(server);
  EXPECT_TRUE(ran.enumeration.done());
  EXPECT_LE(ran->connections, 600);
  EXPECT_FALSE(ran.Of(Version::kTls10).complete);
  EXPECT_EQ(ran.Of(Version::kTls10).accepted, Known::kYes);
}

TEST(ClientHello, SaysWhatItOffers) {
  const std::string bytes = WriteClientHello({.version = Version::kTls13,
                                              .suites = {0x1301},
                                              .groups = {4588},
                                              .server_name = "api.example",
                                              .random = {}});
  const auto hello = testing::Hello::Read(bytes);
  EXPECT_EQ(hello.version, 0x0304);
  EXPECT_EQ(hello.suites, Ids{0x1301});
  EXPECT_EQ(hello.groups, Ids{4588});
  EXPECT_TRUE(hello.empty_key_share);
  EXPECT_EQ(hello.server_name, "api.example");
  EXPECT_EQ(hello.compressions, std::string(1, '\0'));
  EXPECT_EQ(bytes.size(),
            5U + (static_cast<uint8_t>(bytes[3]) << 8 | static_cast<uint8_t>(bytes[4])));
}

TEST(ClientHello, AnAddressIsNoServerName) {
  for (const char* name : {"192.0.2.1", "::1", ""}) {
    const std::string bytes = WriteClientHello({.version = Version::kTls12,
                                                .suites = {0x002F},
                                                .groups = {},
                                                .server_name = name,
                                                .random = {}});
    EXPECT_EQ(testing::Hello::Read(bytes).server_name, "") << name;
  }
}

TEST(ClientHello, Ssl3HasNoExtensions) {
  const std::string bytes = WriteClientHello({.version = Version::kSsl3,
                                              .suites = {0x0005},
                                              .groups = {23},
                                              .server_name = "a.example",
                                              .compression = true,
                                              .random = {}});
  const auto hello = testing::Hello::Read(bytes);
  EXPECT_EQ(hello.version, 0x0300);
  EXPECT_TRUE(hello.groups.empty());
  EXPECT_EQ(hello.compressions, std::string("\x01\x00", 2));
}

TEST(Suites, NamesAreTheRegistrys) {
  EXPECT_EQ(SuiteName(0x0005), "TLS_RSA_WITH_RC4_128_SHA");
  EXPECT_EQ(SuiteName(0xCCA9), "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
  EXPECT_EQ(SuiteName(0xFAFA), "0xFAFA");
  EXPECT_EQ(GroupName(4588), "X25519MLKEM768");
  EXPECT_EQ(AlertName(116), "certificate_required");
  EXPECT_TRUE(std::ranges::is_sorted(AllSuites(), {}, &CipherSuite::id));
  EXPECT_GT(AllSuites().size(), 340U);
}

}  // namespace
}  // namespace seawall::tls
