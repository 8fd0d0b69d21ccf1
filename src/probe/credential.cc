#include "probe/credential.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>

namespace seawall::probe {
namespace {

constexpr int64_t kMinutes = 60;
constexpr int64_t kDay = 86400;

using Certificate = std::unique_ptr<X509, FreeX509>;
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

struct Wanted {
  const char* name = kCredentialName;
  const char* usage = "clientAuth";  ///< "" of a CA
  int64_t from = 0, to = 0;
};

bool AddExtension(X509* certificate, int nid, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
  const bool ok = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return ok;
}

/// `issuer` is nullptr for one that signs itself.
Certificate Make(const Wanted& wanted, EVP_PKEY* key, const X509* issuer, EVP_PKEY* issuer_key) {
  Certificate made(X509_new());
  if (!made) return nullptr;
  X509* certificate = made.get();
  std::array<unsigned char, 15> serial{};
  RAND_bytes(serial.data(), serial.size());
  serial[0] = 1;
  BIGNUM* number = BN_bin2bn(serial.data(), serial.size(), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
  X509_set_version(certificate, 2);
  ASN1_TIME_set(X509_getm_notBefore(certificate), wanted.from);
  ASN1_TIME_set(X509_getm_notAfter(certificate), wanted.to);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(wanted.name), -1, -1, 0);
  X509_set_issuer_name(certificate, issuer == nullptr ? name : X509_get_subject_name(issuer));
  const bool is_ca = *wanted.usage == '\0';
  bool ok = AddExtension(certificate, NID_basic_constraints,
                         is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
            AddExtension(certificate, NID_key_usage,
                         is_ca ? "critical,keyCertSign" : "critical,digitalSignature");
  if (!is_ca) ok = ok && AddExtension(certificate, NID_ext_key_usage, wanted.usage);
  // A key of Ed25519 or Ed448 brings its own digest.
  EVP_PKEY* signer = issuer_key == nullptr ? key : issuer_key;
  const bool plain =
      EVP_PKEY_get_base_id(signer) == EVP_PKEY_RSA || EVP_PKEY_get_base_id(signer) == EVP_PKEY_EC;
  ok = ok && X509_sign(certificate, signer, plain ? EVP_sha256() : nullptr) > 0;
  return ok ? std::move(made) : nullptr;
}

Key MakeKey() { return Key(EVP_EC_gen("P-256")); }

std::unexpected<Error> NoOpenSsl() {
  ERR_clear_error();
  return Fail(ErrorCode::kIo, "make a client certificate", "", "OpenSSL could not");
}

}  // namespace

Result<Credentials> MakeForeignCredentials(int64_t now) {
  const Key ca_key = MakeKey();
  if (!ca_key) return NoOpenSsl();
  const Certificate ca =
      Make({.name = "seawall-prove-ca", .usage = "", .from = now - kDay, .to = now + kDay},
           ca_key.get(), nullptr, nullptr);
  struct Kind {
    const char *kind, *usage;
    int64_t from, to;
  };
  const Kind kinds[] = {
      {"foreign-ca", "clientAuth", now - 5 * kMinutes, now + 30 * kMinutes},
      {"expired", "clientAuth", now - 30 * kDay, now - kDay},
      {"wrong-usage", "serverAuth", now - 5 * kMinutes, now + 30 * kMinutes},
  };
  Credentials all;
  for (const Kind& kind : kinds) {
    auto one = std::make_shared<Credential>();
    one->kind = kind.kind;
    one->key = MakeKey();
    if (!one->key || !ca) return NoOpenSsl();
    one->certificate = Make({.usage = kind.usage, .from = kind.from, .to = kind.to}, one->key.get(),
                            ca.get(), ca_key.get());
    if (!one->certificate) return NoOpenSsl();
    all.push_back(std::move(one));
  }
  return all;
}

Result<std::shared_ptr<const Credential>> SignCredential(const std::string& ca_pem,
                                                         const std::string& key_pem,
                                                         std::string issuer, int64_t now) {
  constexpr const char* kAttempt = "sign a client certificate";
  const auto read = [](const std::string& pem) {
    return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  };
  BIO* bio = read(ca_pem);
  const Certificate ca(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  bio = read(key_pem);
  // Never asks for a pass phrase.
  const auto silent = [](char*, int, int, void*) { return -1; };
  const Key ca_key(PEM_read_bio_PrivateKey(bio, nullptr, silent, nullptr));
  BIO_free(bio);
  ERR_clear_error();
  if (!ca || !ca_key || X509_check_private_key(ca.get(), ca_key.get()) != 1) {
    ERR_clear_error();
    return Fail(ErrorCode::kMalformed, kAttempt, issuer, "its key was not found or is not its own");
  }
  auto one = std::make_shared<Credential>();
  one->kind = "other-ca";
  one->issuer = std::move(issuer);
  one->key = MakeKey();
  if (!one->key) return NoOpenSsl();
  one->certificate = Make({.from = now - 5 * kMinutes, .to = now + 10 * kMinutes}, one->key.get(),
                          ca.get(), ca_key.get());
  if (!one->certificate) return NoOpenSsl();
  return one;
}

}  // namespace seawall::probe
