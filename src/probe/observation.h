// The room probe/: sockets and time. Asks components over the network what they really do, and
// records it: nothing is changed, nothing is executed, nobody is trusted. What a component did not
// answer is unknown.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/credential.h"
#include "tls/enumeration.h"
#include "x509/certificate.h"

namespace seawall::probe {

using tls::Known;

/// How much of a listener is asked, from little to all.
enum class Scope : uint8_t {
  kSuites,  ///< versions of TLS and their cipher suites
  kTls,     ///< groups and the certificate that is shown as well
  kEverything,
};

/// One listener to ask.
struct Endpoint {
  std::string host;  ///< an address or a DNS name, without brackets
  uint16_t port = 0;
  std::string component;  ///< "kube-apiserver", …, "etcd"; "" when nobody said
  std::string role;  ///< "client", "peer", "metrics", … of a component with several; may be empty
  std::string why;   ///< where it comes from: "--endpoint", "--secure-port of kube-apiserver"
  // GCC asks for the initializers where an endpoint is made of some of its members.
  // NOLINTBEGIN(readability-redundant-member-init)
  std::string node{};     ///< whose files imply it, where several nodes have the same address
  std::string bound{};    ///< the address that the process is bound to; "" when that is not known
  std::string network{};  ///< path of the network namespace to ask in; "": this process' own
  std::string sockets{};  ///< why it is not known which sockets the process has
  /// Certificates signed by CAs that this listener is not to take clients of, beside those that
  /// are made for every run.
  std::vector<std::shared_ptr<const Credential>> others{};
  bool guessed = false;  ///< a usual port: nobody says that something listens there
  // NOLINTEND(readability-redundant-member-init)

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
  bool asks = false;                     ///< it asks for a certificate: requested or required
  std::vector<std::string> client_cas;   ///< whose certificates the server says it takes
  std::vector<x509::Certificate> chain;  ///< as served, the server's own first
  std::string chain_why;                 ///< why there is none
  Known tickets = Known::kUnknown;       ///< the server gives session tickets (or ids)
};

/// What the server does beside a plain handshake.
struct Habits {
  std::string sni;         ///< the name that hellos carry; "": none, it was asked by an address
  std::string other_name;  ///< asked by a name that cannot be its own: "same certificate",
                           ///< "another certificate", "refused", "unknown"
  Known secure_renegotiation = Known::kUnknown;  ///< RFC 5746
  Known renegotiates = Known::kUnknown;          ///< when the client asks for it
  std::string renegotiation_why;
};

/// What became of a client certificate that seawall made itself.
struct CertificateTrial {
  enum class Outcome : uint8_t {
    kUnknown,
    kRefused,
    kIgnored,  ///< whoever shows it is treated as one who shows none
    kAccepted
  };
  std::string kind;    ///< as Credential::kind
  std::string issuer;  ///< as Credential::issuer
  Outcome outcome = Outcome::kUnknown;
  std::string why;  ///< "alert unknown_ca", "GET /pods: status 401"
};
const char* ToString(CertificateTrial::Outcome outcome);  ///< "unknown", "refused", …

/// A call over gRPC that reads nothing.
struct GrpcAnswer {
  std::string method;              ///< "/etcdserverpb.KV/Range"
  std::string with;                ///< "no certificate", "foreign-ca"
  std::optional<int> http_status;  ///< of HTTP/2
  std::optional<int> status;       ///< gRPC's own; 0 is success
  bool refused = false;            ///< TLS let nobody in
  std::string why;                 ///< no status: what came instead
};

/// An anonymous GET. Nothing of a body is kept.
struct PathAnswer {
  std::string path;
  std::optional<int> status;
  bool refused = false;    ///< TLS let nobody in without a certificate
  std::string why;         ///< neither: what came instead
  std::string location{};  ///< a redirect's target: recorded, never followed
};

/// What a login of the cluster got, where one was tried.
struct Login {
  std::string as;           ///< "user NAME of the kubeconfig"
  bool privileged = false;  ///< it may read every Secret, so that answers prove nothing
  std::vector<PathAnswer> answers;
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
  std::optional<Login> login;
  std::string allows_origin;  ///< the origins of web pages that may read answers, if it names any
  Habits habits;
  std::vector<CertificateTrial> trials;  ///< where the server asks for a certificate
  std::vector<GrpcAnswer> grpc;          ///< of etcd's clients' port
  std::vector<Proof> proofs;
  Scope scope = Scope::kEverything;  ///< what was asked
  int connections = 0;
  int64_t began_ms = 0;
  int64_t milliseconds = 0;
};

}  // namespace seawall::probe
