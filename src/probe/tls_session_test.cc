// Full handshakes with OpenSSL's own server, in a thread.
#include "probe/tls_session.h"

#include <gtest/gtest.h>

#include <optional>

#include "probe/tls_server.h"

namespace seawall::probe {
namespace {

using namespace std::chrono_literals;
using testing::HostileServer;
using testing::Peer;
using testing::Server;

TEST(Handshake, ShowsTheChainAndAsksEveryPathOnOneConnection) {
  const Server server({});
  const Observation seen = server.Ask();
  ASSERT_TRUE(seen.handshake);
  EXPECT_TRUE(seen.handshake->complete) << seen.handshake->why;
  EXPECT_EQ(seen.handshake->version, "TLSv1.3");
  EXPECT_EQ(seen.handshake->client_auth, ClientAuth::kNone);
  ASSERT_EQ(seen.handshake->chain.size(), 1U);
  EXPECT_EQ(seen.handshake->chain[0].curve, "P-256");
  EXPECT_TRUE(seen.handshake->chain[0].self_signed);
  EXPECT_EQ(seen.handshake->chain[0].subject.find('\n'), std::string::npos);
  ASSERT_EQ(seen.anonymous.size(), 12U);
  for (const PathAnswer& answer : seen.anonymous) EXPECT_EQ(answer.status, 401) << answer.why;
  EXPECT_EQ(seen.tls.Of(tls::Version::kTls10).accepted, Known::kYes);
}

TEST(Handshake, ARequestForACertificateIsNoRequirement) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Server server({.version = version, .verify = SSL_VERIFY_PEER});
    const Observation seen = server.Ask();
    ASSERT_TRUE(seen.handshake);
    EXPECT_EQ(seen.handshake->client_auth, ClientAuth::kRequested) << version;
    EXPECT_EQ(seen.handshake->client_cas.size(), 1U);
    EXPECT_EQ(seen.anonymous.front().status, 401);
  }
}

TEST(Handshake, ARequirementIsToldBeforeOrAfterTheHandshake) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Server server(
        {.version = version, .verify = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT});
    const Observation seen = server.Ask("etcd");
    ASSERT_TRUE(seen.handshake);
    EXPECT_EQ(seen.handshake->client_auth, ClientAuth::kRequired) << version;
    EXPECT_EQ(seen.handshake->chain.size(), 1U);
    ASSERT_FALSE(seen.anonymous.empty());
    for (const PathAnswer& answer : seen.anonymous) {
      EXPECT_TRUE(answer.refused) << answer.path;
      EXPECT_FALSE(answer.status);
    }
  }
}

TEST(Handshake, AnonymousAndUnencryptedSuitesAreSeen) {
  const Server server({.version = TLS1_2_VERSION, .ciphers = "aNULL:eNULL:@SECLEVEL=0"});
  const Observation seen = server.Ask();
  bool anonymous = false, null = false;
  for (const uint16_t id : seen.tls.Of(tls::Version::kTls12).suites) {
    anonymous |= tls::SuiteName(id).find("_anon_") != std::string::npos;
    null |= tls::SuiteName(id).find("_NULL_") != std::string::npos;
  }
  EXPECT_TRUE(anonymous);
  EXPECT_TRUE(null);
}

TEST(Handshake, TheChainIsReadInTheClearWhereNoLibraryCouldShake) {
  // A server that closes after its first flight, whoever the client is.
  std::string flight, asking;
  {
    const Server server({.version = TLS1_2_VERSION});
    const Observation seen = server.Ask();
    ASSERT_EQ(seen.handshake->chain.size(), 1U);
    const std::string& der = seen.handshake->chain[0].der;
    const auto big = [](size_t value, int bytes) {
      std::string out;
      for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(value >> shift & 0xFF));
      return out;
    };
    const std::string hello =
        big(0x0303, 2) + std::string(32, 'r') + big(0, 1) + big(0x0005, 2) + big(0, 1);
    const std::string list = big(der.size(), 3) + der;
    const std::string shown = big(2, 1) + big(hello.size(), 3) + hello + big(11, 1) +
                              big(list.size() + 3, 3) + big(list.size(), 3) + list;
    const std::string request =
        big(13, 1) + big(8, 3) + big(1, 1) + big(1, 1) + big(2, 2) + big(0x0401, 2) + big(0, 2);
    const auto record = [&](const std::string& messages) {
      return big(22, 1) + big(0x0303, 2) + big(messages.size(), 2) + messages;
    };
    flight = record(shown + big(14, 1) + big(0, 3));
    asking = record(shown + request + big(14, 1) + big(0, 3));
  }
  const auto ask = [](const std::string& bytes) {
    const HostileServer server([&](const Peer& peer) {
      peer.Receive();
      peer.Send(bytes);
    });
    std::optional<Observation> seen;
    EXPECT_TRUE(Probe({{"127.0.0.1", server.port(), "", "", ""}}, {.timeout = 1s},
                      [&](size_t, Observation one) { seen = std::move(one); }));
    return seen.value_or(Observation{});
  };
  const Observation asked = ask(asking);
  ASSERT_TRUE(asked.handshake);
  EXPECT_EQ(asked.handshake->client_auth, ClientAuth::kUnknown);
  EXPECT_TRUE(asked.handshake->asks);
  const Observation seen = ask(flight);
  ASSERT_TRUE(seen.handshake);
  EXPECT_FALSE(seen.handshake->complete);
  EXPECT_EQ(seen.handshake->chain.size(), 1U);
  EXPECT_EQ(seen.handshake->client_auth, ClientAuth::kNone);
  EXPECT_FALSE(seen.handshake->asks);
}

TEST(Handshake, CertificatesWithoutEndAreNotKept) {
  const Server server({.certificates = 800});
  const Observation seen = server.Ask();
  ASSERT_TRUE(seen.handshake);
  EXPECT_LE(seen.handshake->chain.size(), 20U);
  EXPECT_EQ(seen.tls.tls, Known::kYes);
}

TEST(Handshake, ABodyWithoutEndCostsAConnectionEach) {
  const Server server({.answer = "HTTP/1.1 200 OK\r\n\r\n" + std::string(1 << 20, 'x')});
  const Observation seen = server.Ask("kube-scheduler");
  ASSERT_EQ(seen.anonymous.size(), 6U);
  for (const PathAnswer& answer : seen.anonymous) EXPECT_EQ(answer.status, 200) << answer.why;
}

TEST(Handshake, ChunkedBodiesKeepTheConnection) {
  const Server server({.answer = "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n"});
  const Observation seen = server.Ask("kube-scheduler");
  for (const PathAnswer& answer : seen.anonymous) EXPECT_EQ(answer.status, 403) << answer.why;
  EXPECT_EQ(seen.anonymous.size(), 6U);
}

TEST(Handshake, WhatIsNoHttpIsUnknown) {
  const Server server({.answer = "hello!"});
  const Observation seen = server.Ask("kube-scheduler");
  ASSERT_EQ(seen.anonymous.size(), 6U);
  for (const PathAnswer& answer : seen.anonymous) {
    EXPECT_FALSE(answer.status);
    EXPECT_FALSE(answer.refused);
    EXPECT_FALSE(answer.why.empty());
  }
}

}  // namespace
}  // namespace seawall::probe
