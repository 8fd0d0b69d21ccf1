// A full handshake by OpenSSL over bytes that come and go, and GETs inside of it. It trusts and
// verifies nothing: it records. Private to this room.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "probe/http_dialogue.h"
#include "probe/observation.h"

namespace seawall::probe {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeContext>;

/// Reads a chain in DER, as it was served, into `handshake`.
void TakeChain(const std::vector<std::string>& chain, Handshake& handshake);

class TlsSession {
 public:
  enum class Next : uint8_t { kMore, kStep, kDone };

  /// For all sessions of a run: every version and suite that OpenSSL has, no certificate of our
  /// own.
  static Result<TlsContext> MakeContext();

  /// `http2`: offer HTTP/2 beside HTTP/1.1; the GETs are sent if it is not chosen.
  TlsSession(SSL_CTX* context, const std::string& server_name, bool http2, HttpDialogue dialogue);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  std::string Begin();
  Next Take(std::string_view bytes, std::string& send);
  /// The connection ended because of `why`. Everything below is final then.
  void Close(const std::string& why);

  const Handshake& handshake() const { return handshake_; }
  const HttpDialogue& dialogue() const { return dialogue_; }
  /// The server refused in TLS' own words, for want of a certificate.
  bool refused() const { return handshake_.client_auth == ClientAuth::kRequired; }
  /// What it said last: "alert certificate required"; "" when nothing was wrong.
  const std::string& error() const { return error_; }

 private:
  static int OnCertificateRequest(SSL* ssl, X509** certificate, EVP_PKEY** key);
  static int OnChain(X509_STORE_CTX* store, void*);
  static int Index();
  Next Shake();
  Next Converse();
  void Greeted();
  void Failed(int result);
  void Flush(std::string& send);
  bool WriteRequest();

  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::unique_ptr<SSL, FreeSsl> ssl_;
  Handshake handshake_;
  HttpDialogue dialogue_;
  bool requested_ = false;  ///< the server asked for a certificate
  bool heard_ = false;      ///< the application said something
  std::string error_;
};

}  // namespace seawall::probe
