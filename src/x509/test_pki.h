// For tests only: certificates and keys made on the spot, as PEM.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace seawall::x509::testing {

/// A certificate with its key; `ca` signs others.
struct TestPair {
  std::shared_ptr<X509> x509;
  std::shared_ptr<EVP_PKEY> key;
  std::string certificate;  ///< PEM
  std::string private_key;  ///< PEM
};

struct TestSubject {
  std::string common_name = "leaf";
  std::string organization;
  int64_t not_before = 1790000000;
  int64_t not_after = 1820000000;
  bool ca = false;
  std::string names = "DNS:localhost,IP:127.0.0.1";  ///< "": none
  std::string usage = "serverAuth,clientAuth";       ///< "": no such extension
  bool sha1 = false;
};

inline std::string TakeText(BIO* bio) {
  char* text = nullptr;
  long length = BIO_get_mem_data(bio, &text);
  std::string taken(text, static_cast<size_t>(length));
  BIO_free(bio);
  return taken;
}

inline std::shared_ptr<EVP_PKEY> TestKey(const char* curve = "P-256") {
  return {EVP_EC_gen(curve), EVP_PKEY_free};
}
inline std::shared_ptr<EVP_PKEY> TestRsaKey(size_t bits) {
  return {EVP_RSA_gen(bits), EVP_PKEY_free};
}

inline std::string KeyPem(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  return TakeText(bio);
}

/// Signed by `issuer`, or by itself when there is none.
inline TestPair Issue(const TestSubject& wanted, const TestPair* issuer = nullptr,
                      std::shared_ptr<EVP_PKEY> key = TestKey()) {
  TestPair pair{std::shared_ptr<X509>(X509_new(), X509_free), std::move(key), "", ""};
  X509* x = pair.x509.get();
  X509_set_version(x, 2);
  static long serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(x), wanted.not_before);
  ASN1_TIME_set(X509_getm_notAfter(x), wanted.not_after);
  X509_set_pubkey(x, pair.key.get());
  auto add = [&](const char* field, const std::string& value) {
    if (value.empty()) return;
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), field, V_ASN1_UTF8STRING,
                               reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
  };
  add("O", wanted.organization);
  add("CN", wanted.common_name);
  X509_set_issuer_name(
      x, issuer ? X509_get_subject_name(issuer->x509.get()) : X509_get_subject_name(x));
  std::vector<std::pair<int, std::string>> extensions;
  extensions.emplace_back(NID_basic_constraints,
                          wanted.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!wanted.ca && !wanted.names.empty())
    extensions.emplace_back(NID_subject_alt_name, wanted.names);
  if (!wanted.ca && !wanted.usage.empty()) extensions.emplace_back(NID_ext_key_usage, wanted.usage);
  for (const auto& [nid, value] : extensions) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(x, issuer ? issuer->key.get() : pair.key.get(),
            wanted.sha1 ? EVP_sha1() : EVP_sha256());
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, x);
  pair.certificate = TakeText(bio);
  pair.private_key = KeyPem(pair.key.get());
  return pair;
}

inline TestPair IssueCa(const std::string& name) {
  TestSubject subject;
  subject.common_name = name;
  subject.ca = true;
  subject.not_after = 2100000000;
  return Issue(subject);
}

inline TestPair IssueLeaf(const TestPair& ca, const std::string& name,
                          const std::string& organization = "") {
  TestSubject subject;
  subject.common_name = name;
  subject.organization = organization;
  return Issue(subject, &ca);
}

inline std::string Base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                               reinterpret_cast<const unsigned char*>(text.data()),
                               static_cast<int>(text.size()));
  out.resize(static_cast<size_t>(length));
  return out;
}

/// A kubeconfig of one cluster and one user; `cluster` and `user` are the lines of each, in flow
/// style.
inline std::string KubeconfigText(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: x\n"
         "clusters:\n- name: c\n  cluster: {" +
         cluster +
         "}\n"
         "users:\n- name: u\n  user: {" +
         user +
         "}\n"
         "contexts:\n- name: x\n  context: {cluster: c, user: u}\n";
}

inline std::string ClusterOf(const TestPair& ca) {
  return "server: 'https://192.0.2.1:6443', certificate-authority-data: " + Base64(ca.certificate);
}

inline std::string UserOf(const TestPair& pair) {
  return "client-certificate-data: " + Base64(pair.certificate) +
         ", client-key-data: " + Base64(pair.private_key);
}

}  // namespace seawall::x509::testing
