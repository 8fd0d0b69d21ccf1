// A TLS server of the tests: OpenSSL's own, in a thread for each connection.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <optional>
#include <string>

#include "probe/hostile_server.h"
#include "probe/prober.h"

namespace seawall::probe::testing {

struct ServerOptions {
  int version = TLS1_3_VERSION;
  int verify = SSL_VERIFY_NONE;
  const char* ciphers = "ALL:@SECLEVEL=0";
  std::string answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno";
  int certificates = 1;
  /// Certificates of clients are verified, with the server's own as the only CA.
  bool verifies = false;
  /// Not 0: every certificate of a client is refused, with this alert.
  int alert = 0;
  bool renegotiates = false;
  bool tickets = true;
};

inline int AcceptAny(int, X509_STORE_CTX*) { return 1; }

/// The errors of X509_verify that OpenSSL tells by these alerts.
inline int ErrorOfAlert(int alert) {
  switch (alert) {
    case 44:
      return X509_V_ERR_CERT_REVOKED;
    case 45:
      return X509_V_ERR_CERT_HAS_EXPIRED;
    case 46:
      return X509_V_ERR_APPLICATION_VERIFICATION;
    case 48:
      return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    default:
      return X509_V_ERR_CERT_REJECTED;
  }
}
inline int Refuse(X509_STORE_CTX* store, void* error) {
  X509_STORE_CTX_set_error(store, *static_cast<int*>(error));
  return 0;
}

/// A context with a certificate of its own making; leaks nothing but is not fit for anything else.
class Server {
 public:
  explicit Server(ServerOptions options) : options_(std::move(options)) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets that are gone
    context_ = SSL_CTX_new(TLS_server_method());
    key_ = EVP_EC_gen("P-256");
    certificate_ = X509_new();
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 7);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* name = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test\ncontrol"), -1, -1, 0);
    X509_set_issuer_name(certificate_, name);
    if (options_.verifies) {
      X509_EXTENSION* ca =
          X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
      X509_add_ext(certificate_, ca, -1);
      X509_EXTENSION_free(ca);
    }
    X509_sign(certificate_, key_, EVP_sha256());
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, options_.version);
    SSL_CTX_set_cipher_list(context_, options_.ciphers);
    SSL_CTX_use_certificate(context_, certificate_);
    SSL_CTX_use_PrivateKey(context_, key_);
    for (int i = 1; i < options_.certificates; ++i) SSL_CTX_add1_chain_cert(context_, certificate_);
    SSL_CTX_set_verify(context_, options_.verify, options_.verifies ? nullptr : AcceptAny);
    if (options_.alert != 0) {
      error_ = ErrorOfAlert(options_.alert);
      SSL_CTX_set_cert_verify_callback(context_, Refuse, &error_);
    }
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), certificate_);
    SSL_CTX_set_session_id_context(context_, reinterpret_cast<const unsigned char*>("t"), 1);
    if (options_.renegotiates) SSL_CTX_set_options(context_, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    if (!options_.tickets) {
      SSL_CTX_set_options(context_, SSL_OP_NO_TICKET);
      SSL_CTX_set_num_tickets(context_, 0);
      SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    }
    SSL_CTX_add_client_CA(context_, certificate_);
    server_.emplace([this](const Peer& peer) { Serve(peer); });
  }
  ~Server() {
    server_.reset();
    X509_free(certificate_);
    EVP_PKEY_free(key_);
    SSL_CTX_free(context_);
  }

  Observation Ask(std::string component = "kubelet", const Credentials& others = {}) const {
    std::optional<Observation> seen;
    Endpoint endpoint{"127.0.0.1", server_->port(), std::move(component), "", ""};
    endpoint.others = others;
    EXPECT_TRUE(Probe({std::move(endpoint)}, {.timeout = std::chrono::seconds(3)},
                      [&](size_t, Observation one) { seen = std::move(one); }));
    EXPECT_TRUE(seen);
    return seen.value_or(Observation{});
  }

  /// The server's own certificate and key, which are its clients' CA too.
  std::string CertificatePem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate_);
    return Taken(bio);
  }
  std::string KeyPem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key_, nullptr, nullptr, 0, nullptr, nullptr);
    return Taken(bio);
  }

 private:
  static std::string Taken(BIO* bio) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<size_t>(length));
    BIO_free(bio);
    return text;
  }

  void Serve(const Peer& peer) {
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, peer.fd());
    const timeval time{2, 0};
    setsockopt(peer.fd(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    if (SSL_accept(ssl) == 1) {
      char buffer[4096];
      while (SSL_read(ssl, buffer, sizeof buffer) > 0 &&
             SSL_write(ssl, options_.answer.data(), static_cast<int>(options_.answer.size())) > 0) {
      }
    }
    SSL_free(ssl);
  }

  ServerOptions options_;
  int error_ = 0;
  SSL_CTX* context_ = nullptr;
  EVP_PKEY* key_ = nullptr;
  X509* certificate_ = nullptr;
  std::optional<HostileServer> server_;
};

}  // namespace seawall::probe::testing
