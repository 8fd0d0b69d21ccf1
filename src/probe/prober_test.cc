#include "probe/prober.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "probe/hostile_server.h"

namespace seawall::probe {
namespace {

using namespace std::chrono_literals;
using testing::HostileServer;
using testing::Peer;

constexpr auto kTimeout = 300ms;

Observation Ask(uint16_t port, std::string component = "") {
  std::optional<Observation> seen;
  const auto began = std::chrono::steady_clock::now();
  const auto ok =
      Probe({{"127.0.0.1", port, std::move(component), "", "test"}}, {.timeout = kTimeout},
            [&](size_t, Observation one) { seen = std::move(one); });
  EXPECT_TRUE(ok);
  // An endpoint has three times the time of a connection; the rest is for a machine at work.
  EXPECT_LT(std::chrono::steady_clock::now() - began, 3 * kTimeout + 2s);
  EXPECT_TRUE(seen) << "no observation";
  return seen.value_or(Observation{});
}

Observation AskOne(std::function<void(const Peer&)> serve) {
  const HostileServer server(std::move(serve));
  return Ask(server.port());
}

/// Nothing may be concluded of TLS.
void ExpectTlsUnknown(const Observation& seen, Known reachable = Known::kYes) {
  EXPECT_EQ(seen.reachable, reachable);
  EXPECT_NE(seen.tls.tls, Known::kNo);
  for (const tls::VersionResult& version : seen.tls.versions) {
    EXPECT_EQ(version.accepted, Known::kUnknown) << tls::ToString(version.version);
    EXPECT_FALSE(version.why.empty());
  }
  for (const PathAnswer& answer : seen.anonymous) EXPECT_FALSE(answer.status) << answer.path;
}

TEST(Prober, NobodyListens) {
  uint16_t port = 0;
  {
    port = HostileServer([](const Peer&) {}).port();
  }
  const Observation seen = Ask(port, "kubelet");
  EXPECT_EQ(seen.reachable, Known::kNo);
  EXPECT_EQ(seen.why, "connection refused");
  EXPECT_EQ(seen.plain_http, Known::kNo);
  EXPECT_EQ(seen.connections, 1);
  EXPECT_FALSE(seen.anonymous.empty());
}

TEST(Prober, ANameThatDoesNotExistIsUnknown) {
  std::optional<Observation> seen;
  ASSERT_TRUE(Probe({{"no-such-host.invalid", 1, "", "", ""}}, {.timeout = kTimeout},
                    [&](size_t, Observation one) { seen = std::move(one); }));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->reachable, Known::kUnknown);
  EXPECT_FALSE(seen->why.empty());
}

TEST(Prober, Silence) {
  const Observation seen = AskOne([](const Peer& peer) { peer.Wait(20s); });
  ExpectTlsUnknown(seen, Known::kUnknown);
  EXPECT_EQ(seen.why, "it takes connections and says nothing");
  EXPECT_EQ(seen.plain_http, Known::kUnknown);
  EXPECT_LE(seen.connections, 6);
}

TEST(Prober, AByteATime) {
  const std::string record("\x16\x03\x03\x40\x00\x02", 6);
  ExpectTlsUnknown(AskOne([&](const Peer& peer) {
    for (const char c : record + std::string(1000, '\0')) {
      if (!peer.Send({&c, 1}) || !peer.Wait(20ms)) return;
    }
  }));
}

TEST(Prober, ClosedAtOnceAndReset) {
  ExpectTlsUnknown(AskOne([](const Peer&) {}));
  ExpectTlsUnknown(AskOne([](const Peer& peer) {
    peer.Receive();
    peer.Reset();
  }));
}

TEST(Prober, RecordsWithoutEnd) {
  const std::string record = std::string("\x16\x03\x03\x40\x00", 5) + std::string(16384, '\x02');
  const Observation seen = AskOne([&](const Peer& peer) {
    while (peer.Send(record)) {
    }
  });
  ExpectTlsUnknown(seen);
}

TEST(Prober, EmptyRecordsWithoutEnd) {
  std::string records;
  for (int i = 0; i < 3000; ++i) records += std::string("\x16\x03\x03\x00\x00", 5);
  ExpectTlsUnknown(AskOne([&](const Peer& peer) {
    while (peer.Send(records)) {
    }
  }));
}

TEST(Prober, AnotherProtocol) {
  const Observation seen = AskOne([](const Peer& peer) {
    peer.Send("SSH-2.0-OpenSSH_9.2p1\r\n");
    peer.Receive();
  });
  EXPECT_EQ(seen.tls.tls, Known::kNo);
  EXPECT_EQ(seen.plain_http, Known::kNo);
  EXPECT_FALSE(seen.handshake);
}

/// The first flight of a server of TLS 1.2: ServerHello, a certificate, the key exchange.
std::string Flight() {
  const auto big = [](size_t value, int bytes) {
    std::string out;
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
      out.push_back(static_cast<char>(value >> shift & 0xFF));
    return out;
  };
  const std::string hello =
      big(0x0303, 2) + std::string(32, 'r') + big(0, 1) + big(0xC02F, 2) + big(0, 1);
  const std::string messages = big(2, 1) + big(hello.size(), 3) + hello + big(11, 1) + big(40, 3) +
                               std::string(40, 'c') + big(12, 1) + big(8, 3) + big(3, 1) +
                               big(29, 2) + "key!!" + big(14, 1) + big(0, 3);
  return big(22, 1) + big(0x0303, 2) + big(messages.size(), 2) + messages;
}

TEST(Prober, AFlightThatIsCutAnywhere) {
  const std::string flight = Flight();
  for (size_t cut = 1; cut < flight.size(); cut += 3) {
    for (const bool reset : {false, true}) {
      const Observation seen = AskOne([&](const Peer& peer) {
        peer.Receive();
        peer.Send(flight.substr(0, cut));
        if (reset) peer.Reset();
      });
      // Whatever it did, it did not refuse anything in TLS' own words.
      for (const tls::VersionResult& version : seen.tls.versions) {
        EXPECT_FALSE(version.accepted == Known::kYes && version.version != tls::Version::kTls12)
            << cut;
        EXPECT_FALSE(version.accepted == Known::kNo && seen.tls.tls != Known::kYes) << cut;
      }
      for (const PathAnswer& answer : seen.anonymous) EXPECT_FALSE(answer.status) << cut;
      EXPECT_LT(seen.connections, 60) << cut;
    }
  }
}

TEST(Prober, AServerWithOneAnswerToEverything) {
  // It chooses the same suite although it was not offered again.
  const std::string flight = Flight();
  const Observation seen = AskOne([&](const Peer& peer) {
    peer.Receive();
    peer.Send(flight);
  });
  const tls::VersionResult& tls12 = seen.tls.Of(tls::Version::kTls12);
  EXPECT_EQ(tls12.accepted, Known::kYes);
  EXPECT_EQ(tls12.suites, std::vector<uint16_t>{0xC02F});
  EXPECT_FALSE(tls12.complete);
  ASSERT_TRUE(seen.handshake);
  EXPECT_FALSE(seen.handshake->complete);
}

void ServeHttp(const Peer& peer, const std::string& answer) {
  while (true) {
    const std::string request = peer.Receive();
    if (request.empty()) return;
    if (!request.starts_with("GET ")) {
      peer.Send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request");
      return;
    }
    if (!peer.Send(answer)) return;
  }
}

TEST(Prober, PlainHttpOnOneConnection) {
  const HostileServer server([](const Peer& peer) {
    ServeHttp(peer, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  });
  const Observation seen = Ask(server.port(), "kubelet");
  EXPECT_EQ(seen.tls.tls, Known::kNo);
  EXPECT_EQ(seen.plain_http, Known::kYes);
  ASSERT_EQ(seen.anonymous.size(), 12U);
  for (const PathAnswer& answer : seen.anonymous) EXPECT_EQ(answer.status, 403) << answer.path;
  EXPECT_EQ(server.connections(), 3);
}

TEST(Prober, HeadersOf16Megabytes) {
  const Observation seen = AskOne([](const Peer& peer) {
    if (!peer.Receive().starts_with("GET ")) return;
    peer.Send("HTTP/1.1 200 OK\r\n");
    const std::string field = "X-Field: " + std::string(65536, 'x') + "\r\n";
    for (int i = 0; i < 256 && peer.Send(field); ++i) {
    }
  });
  EXPECT_EQ(seen.plain_http, Known::kYes);
  EXPECT_EQ(seen.plain_why, "status 200");
}

TEST(Prober, ARedirectIsRecordedAndNotFollowed) {
  const HostileServer server([](const Peer& peer) {
    ServeHttp(peer, "HTTP/1.1 301 Moved\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
  });
  const Observation seen = Ask(server.port());
  EXPECT_EQ(seen.plain_location, "/again");
  for (const PathAnswer& answer : seen.anonymous) EXPECT_EQ(answer.status, 301);
}

TEST(Prober, GosAnswerToPlaintextIsNoPlaintext) {
  const Observation seen = AskOne([](const Peer& peer) {
    if (peer.Receive().starts_with("GET "))
      peer.Send(
          "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
    else
      peer.Send(std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
  });
  EXPECT_EQ(seen.plain_http, Known::kNo);
  EXPECT_EQ(seen.tls.tls, Known::kYes);
  for (const tls::VersionResult& version : seen.tls.versions)
    EXPECT_EQ(version.accepted, Known::kNo);
}

TEST(Prober, ManyEndpointsAreBoundedPerHost) {
  std::atomic<int> open = 0, most = 0;
  const HostileServer server([&](const Peer& peer) {
    most = std::max<int>(most, ++open);
    peer.Wait(10ms);
    --open;
  });
  std::vector<Endpoint> endpoints(50, Endpoint{"127.0.0.1", server.port(), "", "", ""});
  std::vector<int> times(endpoints.size());
  ASSERT_TRUE(Probe(std::move(endpoints), {.timeout = 2s, .max_per_host = 3},
                    [&](size_t i, const Observation&) { ++times[i]; }));
  EXPECT_LE(most, 3 + 1);  // the server may not yet have seen that one is gone
  for (const int count : times) EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace seawall::probe
