// Our side of TLS: what we trust, and what we show.
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <memory>

#include "api/connection.h"

namespace seawall::api {
namespace {

constexpr const char* kAttempt = "prepare the connection to the API server";
constexpr std::string_view kHttp1 = "\x08http/1.1";
constexpr int kMostCertificates = 1000;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;
using CertificatePtr = std::unique_ptr<X509, FreeX509>;

BioPtr Memory(std::string_view bytes) {
  return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::unexpected<Error> Refuse(const Access& access, std::string why, std::string todo = "") {
  ERR_clear_error();
  return Fail(ErrorCode::kMalformed, kAttempt, access.source, std::move(why), std::move(todo));
}

/// No passphrase is ever asked for.
int NoPassphrase(char*, int, int, void*) { return -1; }

Result<void> Trust(const Access& access, SSL_CTX* context) {
  if (access.insecure) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return {};
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (access.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return {};
  }
  const BioPtr bio = Memory(access.ca);
  int count = 0;
  while (count < kMostCertificates) {
    const CertificatePtr ca(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
    if (!ca) break;
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get());
    ++count;
  }
  if (count == 0) return Refuse(access, "its certificate authority holds no certificate in PEM");
  // A CA that is no root is what Go trusts too.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

Result<void> Show(const Access& access, SSL_CTX* context) {
  if (access.certificate.empty()) return {};
  const BioPtr bio = Memory(access.certificate);
  const CertificatePtr leaf(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
    return Refuse(access, "its client certificate cannot be read");
  for (int i = 0; i < kMostCertificates; ++i) {
    CertificatePtr more(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
    if (!more) break;
    if (SSL_CTX_add0_chain_cert(context, more.get()) == 1) (void)more.release();
  }
  const BioPtr key_bio = Memory(access.key.view());
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, NoPassphrase, nullptr));
  if (!key) return Refuse(access, "its client key cannot be read");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return Refuse(access, "its client key does not belong to its client certificate");
  return {};
}

}  // namespace

Result<TlsContext> MakeTlsContext(const Access& access) {
  if (!access.server.https) return TlsContext();
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) return Refuse(access, "OpenSSL has no TLS client");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(kHttp1.data()),
                          static_cast<unsigned>(kHttp1.size()));
  if (auto ok = Trust(access, context.get()); !ok) return std::unexpected(ok.error());
  if (auto ok = Show(access, context.get()); !ok) return std::unexpected(ok.error());
  ERR_clear_error();
  return context;
}

}  // namespace seawall::api
