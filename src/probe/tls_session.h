// A full handshake by OpenSSL over bytes that come and go, and GETs inside of it. It trusts and
// verifies nothing: it records. Private to this room.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "probe/grpc_dialogue.h"
#include "probe/http_dialogue.h"
#include "probe/observation.h"

namespace seawall::probe {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeContext>;

/// Reads a chain in DER, as it was served, into `handshake`.
void TakeChain(const std::vector<std::string>& chain, Handshake& handshake);

/// What one session is for.
struct SessionPlan {
  std::string server_name;  ///< for SNI, unless it is an address
  bool http2 = false;       ///< offers HTTP/2 beside HTTP/1.1
  // GCC asks for the initializer where a plan is made of some of its members.
  // NOLINTNEXTLINE(readability-redundant-member-init)
  std::string grpc_authority{};            ///< not empty: offers HTTP/2 only, for calls of gRPC
  bool old = false;                        ///< nothing newer than TLS 1.2
  bool renegotiate = false;                ///< asks for another handshake instead of a path
  bool only_greets = false;                ///< no more than shows whether the server lets it in
  const Credential* credential = nullptr;  ///< to be shown when the server asks for one
};

class TlsSession {
 public:
  enum class Next : uint8_t { kMore, kStep, kDone };

  /// For all sessions of a run: every version and suite that OpenSSL has, no certificate of our
  /// own.
  static Result<TlsContext> MakeContext();

  /// GETs are sent unless HTTP/2 is chosen.
  TlsSession(SSL_CTX* context, const SessionPlan& plan, HttpDialogue dialogue);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  std::string Begin();
  Next Take(std::string_view bytes, std::string& send);
  /// The connection ended because of `why`. Everything below is final then. `by_peer`: the other
  /// side ended it.
  void Close(const std::string& why, bool by_peer);

  const Handshake& handshake() const { return handshake_; }
  const HttpDialogue& dialogue() const { return dialogue_; }
  /// What came of `renegotiate`.
  const Habits& habits() const { return habits_; }
  /// What came of `grpc_authority`; empty when no call was made.
  std::vector<GrpcAnswer> grpc() const;
  /// The server asked for a certificate.
  bool requested() const { return requested_; }
  /// The server refused in TLS' own words, for want of a certificate.
  bool refused() const { return handshake_.client_auth == ClientAuth::kRequired; }
  /// What it said last: "alert certificate required"; "" when nothing was wrong.
  const std::string& error() const { return error_; }

 private:
  static int OnCertificateRequest(SSL* ssl, X509** certificate, EVP_PKEY** key);
  static int OnChain(X509_STORE_CTX* store, void*);
  static int OnSession(SSL* ssl, SSL_SESSION* session);
  static int Index();
  Next Shake();
  Next Converse();
  Next Renegotiate();
  Next AskAgain();
  void Greeted();
  bool Enough() const;
  void Failed(int result);
  void Flush(std::string& send);
  bool WriteRequest();
  bool Write(const std::string& bytes);

  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::unique_ptr<SSL, FreeSsl> ssl_;
  Handshake handshake_;
  SessionPlan plan_;
  HttpDialogue dialogue_;
  std::optional<GrpcDialogue> grpc_;
  Habits habits_;
  bool ticket_ = false;
  bool asked_again_ = false;
  bool requested_ = false;  ///< the server asked for a certificate
  bool heard_ = false;      ///< the application said something
  std::string error_;
};

}  // namespace seawall::probe
