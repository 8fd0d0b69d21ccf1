// The room probe/: sockets and time. Asks components over the network what they really do, and
// records it: nothing is changed, nothing is executed, nobody is trusted. What a component did not
// answer is unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tls/enumeration.h"
#include "x509/certificate.h"

namespace seawall::probe {

using tls::Known;

/// One listener to ask.
struct Endpoint {
  std::string host;  ///< an address or a DNS name, without brackets
  uint16_t port = 0;
  std::string component;  ///< "kube-apiserver", …, "etcd"; "" when nobody said
  std::string role;  ///< "client", "peer", "metrics", … of a component with several; may be empty
  std::string why;   ///< where it comes from: "--endpoint", "--secure-port of kube-apiserver"

  /// "HOST:PORT", "[::1]:PORT"; `why` where no port is known.
  std::string ToString() const;
};

/// What was sent, what came back, when (milliseconds since the epoch).
struct Proof {
  std::string asked;
  std::string answered;
  int64_t at_ms = 0;
};

enum class ClientAuth : uint8_t { kUnknown, kNone, kRequested, kRequired };
const char* ToString(ClientAuth auth);  ///< "unknown", "none", "requested", "required"

/// A full handshake with the best that both sides know.
struct Handshake {
  bool complete = false;
  std::string why;       ///< not complete: why
  std::string version;   ///< "TLSv1.3"
  std::string suite;     ///< IANA's name
  std::string protocol;  ///< by ALPN; "" for none
  ClientAuth client_auth = ClientAuth::kUnknown;
  std::vector<std::string> client_cas;   ///< whose certificates the server says it takes
  std::vector<x509::Certificate> chain;  ///< as served, the server's own first
  std::string chain_why;                 ///< why there is none
};

/// An anonymous GET. Nothing of a body is kept.
struct PathAnswer {
  std::string path;
  std::optional<int> status;
  bool refused = false;  ///< TLS let nobody in without a certificate
  std::string why;       ///< neither: what came instead
};

struct Observation {
  Endpoint endpoint;
  std::string address;  ///< that the name stands for
  Known reachable = Known::kUnknown;
  std::string why;  ///< of kNo and kUnknown
  tls::Enumerated tls;
  std::optional<Handshake> handshake;  ///< where TLS is spoken
  Known plain_http = Known::kUnknown;  ///< plaintext reaches the application
  std::string plain_why;
  std::string plain_location;  ///< a redirect's target
  std::vector<PathAnswer> anonymous;
  std::vector<Proof> proofs;
  int connections = 0;
  int64_t began_ms = 0;
  int64_t milliseconds = 0;
};

}  // namespace seawall::probe
