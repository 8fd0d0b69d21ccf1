// Every kind of hostile server ends, and nothing is concluded from it that it did not say.
#include <gtest/gtest.h>

#include <optional>

#include "probe/hostile_kinds.h"
#include "probe/prober.h"

namespace seawall::probe {
namespace {

using namespace std::chrono_literals;
using testing::HostileKind;
using testing::HostileServer;

Observation Ask(const HostileKind& kind, const char* component) {
  const HostileServer server(kind.serve);
  std::optional<Observation> seen;
  EXPECT_TRUE(Probe({{"127.0.0.1", server.port(), component, "", "test"}}, {.timeout = 200ms},
                    [&](size_t, Observation one) { seen = std::move(one); }));
  EXPECT_TRUE(seen) << kind.name;
  return seen.value_or(Observation{});
}

TEST(Hostile, ThereAreEnoughKindsAndEachHasAName) {
  std::set<std::string> names;
  for (const HostileKind& kind : testing::HostileKinds())
    EXPECT_TRUE(names.insert(kind.name).second);
  EXPECT_GE(names.size(), 90U);
}

TEST(Hostile, NothingIsConcludedThatTheServerDidNotSay) {
  for (const HostileKind& kind : testing::HostileKinds()) {
    SCOPED_TRACE(kind.name);
    const Observation seen = Ask(kind, "etcd");
    const bool silent =
        kind.name.starts_with("silence") || kind.name.starts_with("half open: reads");
    EXPECT_EQ(seen.reachable, silent ? Known::kUnknown : Known::kYes);
    for (const tls::VersionResult& version : seen.tls.versions) {
      // What is refused was refused in TLS' own words, or by a server that speaks something else.
      if (version.accepted == Known::kNo && seen.tls.tls == Known::kUnknown)
        ADD_FAILURE() << "refuses " << tls::ToString(version.version);
      // No kind finishes an enumeration of what it accepts.
      EXPECT_FALSE(version.accepted == Known::kYes && version.complete);
      if (version.accepted == Known::kUnknown) {
        EXPECT_FALSE(version.why.empty());
      }
    }
    if (seen.handshake) {
      EXPECT_FALSE(seen.handshake->complete);
      EXPECT_NE(seen.handshake->client_auth, ClientAuth::kRequired);
      EXPECT_LE(seen.handshake->chain.size(), 20U);
    }
    EXPECT_EQ(seen.plain_http == Known::kYes, kind.http);
    for (const PathAnswer& answer : seen.anonymous) {
      EXPECT_FALSE(answer.refused) << answer.path;
      EXPECT_FALSE(answer.status && !kind.http) << answer.path;
      EXPECT_EQ(answer.location.find('\x1B'), std::string::npos);
      EXPECT_LE(answer.location.size(), 300U);
    }
    for (const CertificateTrial& trial : seen.trials)
      EXPECT_NE(trial.outcome, CertificateTrial::Outcome::kAccepted);
    for (const GrpcAnswer& answer : seen.grpc) {
      EXPECT_FALSE(answer.status);
      EXPECT_FALSE(answer.refused);
    }
    EXPECT_LT(seen.connections, 620);
  }
}

}  // namespace
}  // namespace seawall::probe
