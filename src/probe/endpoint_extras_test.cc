// What is asked beside the anonymous sessions, of OpenSSL's own server.
#include <gtest/gtest.h>

#include <chrono>
#include <map>

#include "probe/grpc_dialogue.h"
#include "probe/tls_server.h"

namespace seawall::probe {
namespace {

using testing::Server;
using Outcome = CertificateTrial::Outcome;

std::map<std::string, Outcome> Outcomes(const Observation& seen) {
  std::map<std::string, Outcome> all;
  for (const CertificateTrial& trial : seen.trials) all[trial.kind] = trial.outcome;
  return all;
}

std::map<std::string, Outcome> AllAre(Outcome outcome) {
  return {{"foreign-ca", outcome}, {"expired", outcome}, {"wrong-usage", outcome}};
}

constexpr int kRequired = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;

TEST(Trials, AServerThatVerifiesRefusesAllOfThem) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Server server({.version = version, .verify = kRequired, .verifies = true});
    const Observation seen = server.Ask("etcd");
    EXPECT_EQ(seen.handshake->client_auth, ClientAuth::kRequired);
    EXPECT_EQ(Outcomes(seen), AllAre(Outcome::kRefused)) << version;
  }
}

TEST(Trials, AServerThatTakesAnyCertificateIsFoundOut) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Server server({.version = version,
                         .verify = kRequired,
                         .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"});
    EXPECT_EQ(Outcomes(server.Ask("etcd")), AllAre(Outcome::kAccepted)) << version;
  }
}

TEST(Trials, WhatTheApplicationSaysDecidesWhereTlsDoesNot) {
  const auto ask = [](const std::string& status, const std::string& body) {
    const Server server({.verify = SSL_VERIFY_PEER,
                         .answer = "HTTP/1.1 " + status + "\r\nContent-Length: " +
                                   std::to_string(body.size()) + "\r\n\r\n" + body});
    return Outcomes(server.Ask("kube-apiserver"));
  };
  EXPECT_EQ(ask("401 Unauthorized", "no"), AllAre(Outcome::kRefused));
  EXPECT_EQ(ask("403 Forbidden", R"(User "system:anonymous" cannot list)"),
            AllAre(Outcome::kIgnored));
  EXPECT_EQ(ask("403 Forbidden", R"(User "seawall-prove" cannot list)"),
            AllAre(Outcome::kAccepted));
  // The same as without a certificate: nobody looked at it.
  EXPECT_EQ(ask("200 OK", "ok"), AllAre(Outcome::kIgnored));
}

/// Go's servers look at the dates before they look at the CA.
TEST(Trials, EveryAlertThatSpeaksOfTheCertificateIsARefusal) {
  for (const int alert : {42, 44, 45, 46, 48}) {
    const Server server({.verify = kRequired, .alert = alert});
    EXPECT_EQ(Outcomes(server.Ask("etcd")), AllAre(Outcome::kRefused)) << alert;
  }
}

TEST(Trials, NobodyIsShownACertificateWhoDoesNotAsk) {
  const Server server({});
  EXPECT_TRUE(server.Ask().trials.empty());
}

TEST(Trials, ACertificateOfTheServersOwnCaGetsIn) {
  const Server server({.verify = kRequired,
                       .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                       .verifies = true});
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  auto credential = SignCredential(server.CertificatePem(), server.KeyPem(), "/ca.crt", now);
  ASSERT_TRUE(credential) << credential.error().ToString();
  const Observation seen = server.Ask("etcd", {*credential});
  ASSERT_EQ(seen.trials.size(), 4U);
  EXPECT_EQ(seen.trials.back().kind, "other-ca");
  EXPECT_EQ(seen.trials.back().issuer, "/ca.crt");
  EXPECT_EQ(seen.trials.back().outcome, Outcome::kAccepted) << seen.trials.back().why;
  EXPECT_EQ(seen.trials.front().outcome, Outcome::kRefused);
  // A key that is not the CA's signs nothing.
  const Server other({});
  EXPECT_FALSE(SignCredential(server.CertificatePem(), other.KeyPem(), "/ca.crt", now));
  EXPECT_FALSE(SignCredential("", "", "/ca.crt", now));
}

TEST(Habits, RenegotiationAtTheClientsWish) {
  const Server refuses({.version = TLS1_2_VERSION});
  Observation seen = refuses.Ask();
  EXPECT_EQ(seen.habits.renegotiates, Known::kNo) << seen.habits.renegotiation_why;
  EXPECT_EQ(seen.habits.secure_renegotiation, Known::kYes);
  EXPECT_EQ(seen.habits.other_name, "same certificate");

  const Server allows({.version = TLS1_2_VERSION, .renegotiates = true});
  seen = allows.Ask();
  EXPECT_EQ(seen.habits.renegotiates, Known::kYes) << seen.habits.renegotiation_why;
}

TEST(Habits, SessionTickets) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_EQ(Server({.version = version}).Ask().handshake->tickets, Known::kYes) << version;
    EXPECT_EQ(Server({.version = version, .tickets = false}).Ask().handshake->tickets, Known::kNo)
        << version;
  }
}

TEST(Grpc, WhereTlsLetsNobodyInNothingIsCalled) {
  const Server server({.verify = kRequired, .verifies = true});
  const Observation seen = server.Ask("etcd");
  ASSERT_EQ(seen.grpc.size(), 4U);
  for (const GrpcAnswer& answer : seen.grpc) {
    EXPECT_TRUE(answer.refused) << answer.method << answer.with << answer.why;
    EXPECT_FALSE(answer.status);
  }
}

TEST(Grpc, AServerWithoutHttp2IsUnknown) {
  const Server server({});
  const Observation seen = server.Ask("etcd");
  ASSERT_EQ(seen.grpc.size(), 2U);
  for (const GrpcAnswer& answer : seen.grpc) {
    EXPECT_FALSE(answer.refused);
    EXPECT_FALSE(answer.status);
    EXPECT_FALSE(answer.why.empty());
  }
}

TEST(Grpc, BytesThatAreNoHttp2EndIt) {
  GrpcDialogue dialogue("test:1");
  EXPECT_TRUE(dialogue.Begin().starts_with("PRI * HTTP/2.0"));
  std::string send;
  EXPECT_FALSE(dialogue.Take("HTTP/1.1 400 Bad Request\r\n\r\n", send));
  for (const GrpcAnswer& answer : dialogue.Answers()) EXPECT_FALSE(answer.status);
}

}  // namespace
}  // namespace seawall::probe
