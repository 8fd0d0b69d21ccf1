#include "probe/tls_session.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace seawall::probe {
namespace {

constexpr int kMostCertificates = 20;
constexpr long kMostChainBytes = 200'000;
constexpr int kMostCas = 50;
constexpr std::string_view kHttp2 = "\x02h2\x08http/1.1";
constexpr std::string_view kHttp1 = "\x08http/1.1";
constexpr std::string_view kHttp2Only = "\x02h2";

std::string NameText(const X509_NAME* name) {
  BIO* bio = BIO_new(BIO_s_mem());
  if (bio == nullptr) return "";
  X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  const std::string text = PrintableShort({data, static_cast<size_t>(std::max(0L, length))}, 300);
  BIO_free(bio);
  return text;
}

std::string DerOf(const X509* certificate) {
  unsigned char* bytes = nullptr;
  const int length = i2d_X509(certificate, &bytes);
  if (length <= 0) return "";
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
  OPENSSL_free(bytes);
  return der;
}

std::string Pem(const std::string& der) {
  std::string base64(der.size() / 3 * 4 + 8, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                     reinterpret_cast<const unsigned char*>(der.data()),
                                     static_cast<int>(der.size()));
  base64.resize(static_cast<size_t>(length));
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (size_t at = 0; at < base64.size(); at += 64) pem += base64.substr(at, 64) + "\n";
  return pem + "-----END CERTIFICATE-----\n";
}

/// An alert of the peer has a reason of 1000 and its number.
constexpr int kAlertReason = 1000;

/// Alerts that mean "not without a certificate" when one was asked for.
bool MeansNoCertificate(int alert) {
  constexpr std::array<int, 10> kAlerts = {40, 41, 42, 43, 44, 45, 46, 48, 49, 116};
  return std::ranges::find(kAlerts, alert) != kAlerts.end();
}

}  // namespace

void TakeChain(const std::vector<std::string>& chain, Handshake& handshake) {
  std::string pem;
  for (const std::string& der : chain) pem += Pem(der);
  auto certificates = x509::ReadCertificates(pem, "the server");
  if (certificates) {
    handshake.chain = std::move(*certificates);
  } else {
    handshake.chain_why = certificates.error().why;
  }
}

Result<TlsContext> TlsSession::MakeContext() {
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) return Fail(ErrorCode::kIo, "prepare TLS", "", "OpenSSL has no TLS client");
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), 0);
  SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0");
  SSL_CTX_set_options(context.get(), SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  // Nothing is kept; but that a session could be resumed is to be told.
  SSL_CTX_set_session_cache_mode(context.get(),
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context.get(), OnSession);
  SSL_CTX_set_max_cert_list(context.get(), kMostChainBytes);
  SSL_CTX_set_client_cert_cb(context.get(), OnCertificateRequest);
  SSL_CTX_set_cert_verify_callback(context.get(), OnChain, nullptr);
  return context;
}

int TlsSession::Index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

TlsSession::TlsSession(SSL_CTX* context, const SessionPlan& plan, HttpDialogue dialogue)
    : ssl_(SSL_new(context)), plan_(plan), dialogue_(std::move(dialogue)) {
  SSL* ssl = ssl_.get();
  if (ssl == nullptr) return;
  SSL_set_ex_data(ssl, Index(), this);
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl);
  const std::string& server_name = plan_.server_name;
  const bool is_name = server_name.find(':') == std::string::npos &&
                       server_name.find_first_not_of("0123456789.") != std::string::npos;
  if (is_name && SSL_set_tlsext_host_name(ssl, server_name.c_str()) == 1) habits_.sni = server_name;
  if (plan_.old) SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
  if (plan_.renegotiate) SSL_set_options(ssl, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
  const std::string_view protocols = !plan_.grpc_authority.empty() ? kHttp2Only
                                     : plan_.http2                 ? kHttp2
                                                                   : kHttp1;
  SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                      static_cast<unsigned>(protocols.size()));
}

TlsSession::~TlsSession() = default;

int TlsSession::OnCertificateRequest(SSL* ssl, X509** certificate, EVP_PKEY** key) {
  auto* self = static_cast<TlsSession*>(SSL_get_ex_data(ssl, Index()));
  self->requested_ = true;
  const STACK_OF(X509_NAME)* names = SSL_get0_peer_CA_list(ssl);
  self->handshake_.client_cas.clear();
  for (int i = 0; i < std::min(sk_X509_NAME_num(names), kMostCas); ++i)
    self->handshake_.client_cas.push_back(NameText(sk_X509_NAME_value(names, i)));
  const Credential* credential = self->plan_.credential;
  if (credential == nullptr) return 0;  // there is none to give
  X509_up_ref(credential->certificate.get());
  EVP_PKEY_up_ref(credential->key.get());
  *certificate = credential->certificate.get();
  *key = credential->key.get();
  return 1;
}

int TlsSession::OnSession(SSL* ssl, SSL_SESSION*) {
  auto* self = static_cast<TlsSession*>(SSL_get_ex_data(ssl, Index()));
  self->ticket_ = true;
  return 0;  // it is not kept
}

int TlsSession::OnChain(X509_STORE_CTX* store, void*) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self = static_cast<TlsSession*>(SSL_get_ex_data(ssl, Index()));
  STACK_OF(X509)* served = X509_STORE_CTX_get0_untrusted(store);
  std::vector<std::string> chain;
  for (int i = 0; i < std::min(sk_X509_num(served), kMostCertificates); ++i)
    chain.push_back(DerOf(sk_X509_value(served, i)));
  TakeChain(chain, self->handshake_);
  return 1;
}

std::string TlsSession::Begin() {
  std::string send;
  if (ssl_) Shake();
  Flush(send);
  return send;
}

TlsSession::Next TlsSession::Take(std::string_view bytes, std::string& send) {
  if (!ssl_) return Next::kDone;
  BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
  const bool shaken = handshake_.complete;
  Next next = shaken ? Next::kMore : Shake();
  if (handshake_.complete && plan_.renegotiate) {
    next = Renegotiate();
  } else if (handshake_.complete && !Enough()) {
    const Next said = Converse();
    next = said == Next::kMore && !shaken ? Next::kStep : said;
  }
  Flush(send);
  return next;
}

TlsSession::Next TlsSession::Shake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    Greeted();
    return Enough() ? Next::kDone : Next::kStep;
  }
  if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ) return Next::kMore;
  Failed(result);
  handshake_.why = error_;
  return Next::kDone;
}

void TlsSession::Greeted() {
  handshake_.complete = true;
  handshake_.version = SSL_get_version(ssl_.get());
  if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get()))
    handshake_.suite = tls::SuiteName(SSL_CIPHER_get_protocol_id(cipher));
  const unsigned char* protocol = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_.get(), &protocol, &length);
  handshake_.protocol =
      PrintableShort({reinterpret_cast<const char*>(protocol), protocol ? length : 0}, 50);
  if (!requested_) handshake_.client_auth = ClientAuth::kNone;
  if (plan_.renegotiate || Enough()) return;
  if (!plan_.grpc_authority.empty()) {
    if (handshake_.protocol != "h2") return;
    grpc_.emplace(plan_.grpc_authority);
    Write(grpc_->Begin());
  } else if (handshake_.protocol != "h2") {
    WriteRequest();
  }
}

/// Where a certificate was asked for, only an answer tells whether who has none may stay.
bool TlsSession::Enough() const { return plan_.only_greets && (!requested_ || dialogue_.done()); }

bool TlsSession::Write(const std::string& bytes) {
  return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

bool TlsSession::WriteRequest() {
  const std::string request = dialogue_.Request();
  return !request.empty() && Write(request);
}

/// The other handshake is begun, or goes on.
TlsSession::Next TlsSession::Renegotiate() {
  if (!asked_again_) return AskAgain();
  std::array<char, 1024> buffer;
  int count = 0;
  do {  // what the application says meanwhile (HTTP/2's settings) is no answer
    ERR_clear_error();
    count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    const OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl_.get());
    const bool greeted = state >= TLS_ST_CR_SRVR_HELLO && state <= TLS_ST_CR_SRVR_DONE;
    if (greeted || (state == TLS_ST_OK && SSL_renegotiate_pending(ssl_.get()) == 0)) {
      habits_.renegotiates = Known::kYes;
      return Next::kDone;
    }
  } while (count > 0);
  const int error = SSL_get_error(ssl_.get(), count);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Next::kMore;
  if (error != SSL_ERROR_ZERO_RETURN) Failed(count);
  habits_.renegotiates = Known::kNo;
  habits_.renegotiation_why = error_.empty() ? "closed" : error_;
  return Next::kDone;
}

TlsSession::Next TlsSession::AskAgain() {
  asked_again_ = true;
  const bool secure = SSL_get_secure_renegotiation_support(ssl_.get()) == 1;
  habits_.secure_renegotiation = secure ? Known::kYes : Known::kNo;
  ERR_clear_error();
  if (SSL_version(ssl_.get()) >= TLS1_3_VERSION || SSL_renegotiate(ssl_.get()) != 1) {
    habits_.renegotiation_why = "OpenSSL could not ask for it";
    ERR_clear_error();
    return Next::kDone;
  }
  SSL_do_handshake(ssl_.get());
  return Next::kStep;
}

/// After TLS 1.3's handshake a server that wants a certificate still has its say.
TlsSession::Next TlsSession::Converse() {
  if (!plan_.grpc_authority.empty() && !grpc_ && !requested_) return Next::kDone;
  const bool http2 = handshake_.protocol == "h2";
  Next next = Next::kMore;
  std::array<char, 16384> buffer;
  while (true) {
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (count <= 0) {
      const int error = SSL_get_error(ssl_.get(), count);
      if (error == SSL_ERROR_WANT_READ) break;
      if (error != SSL_ERROR_ZERO_RETURN) Failed(count);
      return Next::kDone;
    }
    if (grpc_) {
      std::string send;
      const bool more = grpc_->Take({buffer.data(), static_cast<size_t>(count)}, send);
      if (!send.empty()) Write(send);
      heard_ |= grpc_->heard();
      if (!more) return Next::kDone;
      continue;
    }
    heard_ = true;
    if (requested_) handshake_.client_auth = ClientAuth::kRequested;
    if (http2) return Next::kDone;
    const bool complete = dialogue_.Take({buffer.data(), static_cast<size_t>(count)});
    if (dialogue_.broken()) return Next::kDone;
    if (!complete) continue;
    next = Next::kStep;
    if (!dialogue_.can_go_on() || !WriteRequest()) return Next::kDone;
  }
  if (grpc_) return next;
  // HTTP/2 has been found out; only who asked for a certificate may still refuse.
  if (http2 && !requested_) return Next::kDone;
  return dialogue_.done() && !http2 && !requested_ ? Next::kDone : next;
}

void TlsSession::Failed(int) {
  const unsigned long code = ERR_peek_last_error();
  const int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason > kAlertReason && reason <= kAlertReason + 255) {
    const int alert = reason - kAlertReason;
    error_ = "alert " + tls::AlertName(static_cast<uint8_t>(alert));
    if (requested_ && !heard_ && MeansNoCertificate(alert))
      handshake_.client_auth = ClientAuth::kRequired;
  } else {
    const char* text = ERR_reason_error_string(code);
    error_ = text != nullptr ? text : "the connection broke";
  }
  ERR_clear_error();
}

void TlsSession::Flush(std::string& send) {
  if (!ssl_) return;
  BIO* out = SSL_get_wbio(ssl_.get());
  char* data = nullptr;
  const long length = BIO_get_mem_data(out, &data);
  if (length > 0) send.append(data, static_cast<size_t>(length));
  (void)BIO_reset(out);
}

std::vector<GrpcAnswer> TlsSession::grpc() const {
  return grpc_ ? grpc_->Answers() : std::vector<GrpcAnswer>();
}

void TlsSession::Close(const std::string& why, bool by_peer) {
  dialogue_.Close();
  // TLS 1.3 gives tickets after the handshake, before the application says anything.
  if (handshake_.complete && (heard_ || ticket_ || handshake_.version != "TLSv1.3"))
    handshake_.tickets = ticket_ ? Known::kYes : Known::kNo;
  if (asked_again_ && habits_.renegotiates == Known::kUnknown &&
      habits_.renegotiation_why.empty()) {
    if (by_peer) habits_.renegotiates = Known::kNo;
    habits_.renegotiation_why = why;
  }
  if (!handshake_.complete && handshake_.why.empty())
    handshake_.why = error_.empty() ? why : error_;
  if (error_.empty()) error_ = why;
}

}  // namespace seawall::probe
