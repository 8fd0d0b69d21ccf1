// Every kind of hostile server ends, and nothing is concluded from it that it did not say.
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "probe/hostile_kinds.h"
#include "probe/prober.h"

namespace seawall::probe {
namespace {

using namespace std::chrono_literals;
using testing::HostileKind;
using testing::HostileServer;
using testing::Peer;

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

// Sanitizers take memory of their own for each byte.
#if defined(__SANITIZE_ADDRESS__)
#define SEAWALL_MEMORY_IS_OURS 0
#elif defined(__has_feature)
#define SEAWALL_MEMORY_IS_OURS !__has_feature(address_sanitizer)
#else
#define SEAWALL_MEMORY_IS_OURS 1
#endif

#if SEAWALL_MEMORY_IS_OURS
/// KiB of a field of /proc/self/status.
long Status(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stol(line.substr(field.size() + 1));
  }
  return -1;
}

/// By how many KiB a process that has asked others before grows when it asks this one. -1: not
/// measured.
long Growth(const HostileKind& kind) {
  const HostileServer server(kind.serve), other([](const Peer&) {});
  int result[2];
  if (pipe(result) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    const auto ask = [](uint16_t port) {
      const auto asked = Probe({{"127.0.0.1", port, "etcd", "", "test"}}, {.timeout = 200ms},
                               [](size_t, const Observation&) {});
      if (!asked) _exit(1);
    };
    ask(other.port());
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak is counted from here
    const long before = Status("VmRSS:");
    ask(server.port());
    const long growth = before < 0 ? -1 : Status("VmHWM:") - before;
    _exit(write(result[1], &growth, sizeof growth) == sizeof growth ? 0 : 1);
  }
  close(result[1]);
  long growth = -1;
  if (read(result[0], &growth, sizeof growth) != sizeof growth) growth = -1;
  close(result[0]);
  waitpid(child, nullptr, 0);
  return growth;
}

TEST(Hostile, NoneCostsMoreThanAMegabyte) {
  long most = 0;
  for (const HostileKind& kind : testing::HostileKinds()) {
    SCOPED_TRACE(kind.name);
    const long growth = Growth(kind);
    EXPECT_GE(growth, 0);
    EXPECT_LE(growth, 1024);
    most = std::max(most, growth);
    if (std::getenv("SEAWALL_FIGURES") != nullptr)
      std::printf("%6ld KiB  %s\n", growth, kind.name.c_str());
  }
  RecordProperty("most_kib", std::to_string(most));
}
#endif

}  // namespace
}  // namespace seawall::probe
