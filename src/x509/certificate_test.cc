#include "x509/certificate.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <chrono>
#include <ctime>
#include <functional>

#include "x509/openssl.h"

namespace seawall::x509 {
namespace {

using namespace std::string_literals;

using X509Ptr = std::unique_ptr<X509, Free<X509_free>>;

std::string TextOf(BIO* bio) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio, &text);
  return {text, static_cast<size_t>(length)};
}

KeyPtr EcKey() { return KeyPtr(EVP_EC_gen("P-256")); }
// One for all tests: to make one takes 100 ms under the sanitizers.
EVP_PKEY* RsaKey() {
  static const KeyPtr key(EVP_RSA_gen(2048));
  return key.get();
}

std::string PemOf(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return TextOf(bio.get());
}

std::string PemOfKey(EVP_PKEY* key, const char* passphrase = nullptr) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  const int length = passphrase == nullptr ? 0 : static_cast<int>(strlen(passphrase));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(),
                                passphrase, length, nullptr, nullptr);
  return TextOf(bio.get());
}

struct Wanted {
  std::string common_name = "kube-apiserver";
  std::string organization = "system:masters";
  const char* not_before = "20250102030405Z";
  const char* not_after = "20351231235959Z";
  std::vector<std::pair<int, std::string>> extensions;
  std::vector<std::string> dns_names;
  const EVP_MD* digest = EVP_sha256();
};

void AddName(X509_NAME* name, const char* field, const std::string& value) {
  X509_NAME_add_entry_by_txt(name, field, V_ASN1_UTF8STRING,
                             reinterpret_cast<const unsigned char*>(value.data()),
                             static_cast<int>(value.size()), -1, 0);
}

void AddDnsNames(X509* certificate, const std::vector<std::string>& dns_names) {
  const NamesPtr names(sk_GENERAL_NAME_new_null());
  for (const std::string& dns : dns_names) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, dns.data(), static_cast<int>(dns.size()));
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    sk_GENERAL_NAME_push(names.get(), name);
  }
  X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0);
}

X509Ptr Make(const Wanted& wanted, EVP_PKEY* key, X509* issuer = nullptr,
             EVP_PKEY* issuer_key = nullptr) {
  X509Ptr certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 0x1234AB);
  ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), wanted.not_before);
  ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), wanted.not_after);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  AddName(subject, "O", wanted.organization);
  AddName(subject, "CN", wanted.common_name);
  X509_set_issuer_name(certificate.get(),
                       issuer != nullptr ? X509_get_subject_name(issuer) : subject);
  for (const auto& [nid, value] : wanted.extensions) {
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
    X509_add_ext(certificate.get(), extension.get(), -1);
  }
  if (!wanted.dns_names.empty()) AddDnsNames(certificate.get(), wanted.dns_names);
  EVP_PKEY* signer = issuer_key != nullptr ? issuer_key : key;
  X509_sign(certificate.get(), signer, wanted.digest);
  return certificate;
}

Certificate ReadOne(const std::string& pem) {
  auto read = ReadCertificates(pem, "/f.crt");
  if (!read) ADD_FAILURE() << read.error().ToString();
  return read ? read->at(0) : Certificate();
}

TEST(Certificates, SayWhatTheyHold) {
  Wanted wanted;
  wanted.extensions = {
      {NID_subject_alt_name, "DNS:kubernetes,DNS:kubernetes.default,IP:192.0.2.1,IP:2001:db8::1"},
      {NID_ext_key_usage, "serverAuth"},
      {NID_basic_constraints, "critical,CA:FALSE"}};
  const KeyPtr ca_key = EcKey();
  Wanted root;
  root.common_name = "ca";
  root.extensions = {{NID_basic_constraints, "critical,CA:TRUE"}};
  const X509Ptr ca = Make(root, ca_key.get());
  const Certificate leaf = ReadOne(PemOf(Make(wanted, RsaKey(), ca.get(), ca_key.get()).get()));
  EXPECT_EQ(leaf.subject, "CN=kube-apiserver,O=system:masters");
  EXPECT_EQ(leaf.issuer, "CN=ca,O=system:masters");
  EXPECT_EQ(leaf.common_name, "kube-apiserver");
  EXPECT_EQ(leaf.organizations, (std::vector<std::string>{"system:masters"}));
  EXPECT_EQ(leaf.serial, "1234ab");
  EXPECT_EQ(leaf.not_before, 1735787045);
  EXPECT_EQ(leaf.not_after, 2082758399);
  EXPECT_EQ(leaf.dns_names, (std::vector<std::string>{"kubernetes", "kubernetes.default"}));
  EXPECT_EQ(leaf.ip_addresses, (std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(leaf.key_type, "RSA");
  EXPECT_EQ(leaf.key_bits, 2048);
  EXPECT_EQ(leaf.curve, "");
  EXPECT_EQ(leaf.signature_algorithm, "ecdsa-with-SHA256");
  EXPECT_FALSE(leaf.signature_sha1_or_md5);
  EXPECT_FALSE(leaf.is_ca);
  EXPECT_FALSE(leaf.self_signed);
  EXPECT_TRUE(leaf.server_auth);
  EXPECT_FALSE(leaf.client_auth);
  EXPECT_EQ(leaf.fingerprint_sha256.size(), 64u);
  const Certificate authority = ReadOne(PemOf(ca.get()));
  EXPECT_TRUE(authority.is_ca);
  EXPECT_TRUE(authority.self_signed);
  EXPECT_TRUE(authority.client_auth && authority.server_auth);
  EXPECT_EQ(authority.curve, "P-256");
  EXPECT_TRUE(Signed(authority, leaf));
  EXPECT_FALSE(Signed(leaf, authority));
}

TEST(Certificates, SameNameIsNotTheSameIssuer) {
  const KeyPtr key = EcKey();
  const KeyPtr other = EcKey();
  Wanted wanted;
  wanted.common_name = "ca";
  const X509Ptr ca = Make(wanted, key.get());
  const X509Ptr impostor = Make(wanted, other.get());
  const Certificate leaf = ReadOne(PemOf(Make(Wanted(), RsaKey(), ca.get(), key.get()).get()));
  EXPECT_TRUE(Signed(ReadOne(PemOf(ca.get())), leaf));
  EXPECT_FALSE(Signed(ReadOne(PemOf(impostor.get())), leaf));
  const X509Ptr forged = Make(wanted, key.get(), nullptr, other.get());
  EXPECT_FALSE(ReadOne(PemOf(forged.get())).self_signed);
}

TEST(Certificates, DatesBeyond2050) {
  Wanted wanted;
  wanted.not_before = "19700101000000Z";
  wanted.not_after = "99991231235959Z";
  const Certificate read = ReadOne(PemOf(Make(wanted, EcKey().get()).get()));
  EXPECT_EQ(read.not_before, 0);
  EXPECT_EQ(read.not_after, 253402300799);
}

TEST(Certificates, HostileNamesAreEscapedAndCounted) {
  Wanted wanted;
  wanted.common_name = "good\x1b[2J\u202e";
  wanted.dns_names = {"good.example\0.evil"s, "*.example"};
  for (int i = 0; i < 5000; ++i) wanted.dns_names.push_back("host" + std::to_string(i));
  const Certificate read = ReadOne(PemOf(Make(wanted, EcKey().get()).get()));
  EXPECT_EQ(read.dns_names.at(0), "good.example\\x00.evil");
  EXPECT_EQ(read.dns_names.size(), 1000u);
  EXPECT_EQ(read.names_left_out, 4002u);
  EXPECT_EQ(read.common_name, "good\\x1b[2J\\u202e");
  EXPECT_EQ(read.subject.find('\x1b'), std::string::npos);
}

TEST(Certificates, WeakSignaturesAreSeen) {
  Wanted wanted;
  wanted.digest = EVP_sha1();
  const Certificate sha1 = ReadOne(PemOf(Make(wanted, RsaKey()).get()));
  EXPECT_TRUE(sha1.signature_sha1_or_md5);
  EXPECT_EQ(sha1.signature_algorithm, "sha1WithRSAEncryption");
  wanted.digest = EVP_md5();
  EXPECT_TRUE(ReadOne(PemOf(Make(wanted, RsaKey()).get())).signature_sha1_or_md5);
  const KeyPtr ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  wanted.digest = nullptr;
  const Certificate modern = ReadOne(PemOf(Make(wanted, ed.get()).get()));
  EXPECT_EQ(modern.key_type, "Ed25519");
  EXPECT_FALSE(modern.signature_sha1_or_md5);
  EXPECT_TRUE(modern.self_signed);
}

TEST(Certificates, PssSignaturesAreVerified) {
  const std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>> maker(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr));
  EVP_PKEY* made = nullptr;
  ASSERT_EQ(EVP_PKEY_keygen_init(maker.get()), 1);
  ASSERT_EQ(EVP_PKEY_generate(maker.get(), &made), 1);
  const KeyPtr pss(made);
  const Certificate read = ReadOne(PemOf(Make(Wanted(), pss.get()).get()));
  EXPECT_EQ(read.key_type, "RSA-PSS");
  EXPECT_EQ(read.key_bits, 2048);
  EXPECT_EQ(read.signature_algorithm, "rsassaPss");
  EXPECT_FALSE(read.signature_sha1_or_md5);
  EXPECT_TRUE(read.self_signed);
}

TEST(Certificates, OtherBlocksArePassedOver) {
  const KeyPtr key = EcKey();
  const std::string pem = PemOf(Make(Wanted(), key.get()).get());
  const auto read =
      ReadCertificates("text before\n" + PemOfKey(key.get()) + pem + "more\n" + pem, "/f").value();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].line, 7u);
  EXPECT_EQ(read[1].line, 8u + static_cast<uint32_t>(std::count(pem.begin(), pem.end(), '\n')));
  std::string crlf;
  for (const char c : pem) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(ReadOne(crlf).fingerprint_sha256, read[0].fingerprint_sha256);
}

TEST(Certificates, BrokenFilesAreMalformed) {
  const std::string pem = PemOf(Make(Wanted(), EcKey().get()).get());
  const auto code = [](const std::string& text) {
    const auto read = ReadCertificates(text, "/f");
    return read ? ErrorCode::kUsage : read.error().code;
  };
  EXPECT_EQ(code(""), ErrorCode::kMalformed);
  EXPECT_EQ(code("no PEM"), ErrorCode::kMalformed);
  EXPECT_EQ(code(pem.substr(0, pem.size() / 2)), ErrorCode::kMalformed);
  EXPECT_EQ(code(pem.substr(0, pem.size() / 2) + "\n" + pem), ErrorCode::kMalformed);
  EXPECT_EQ(code("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            ErrorCode::kMalformed);
  EXPECT_EQ(code("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"),
            ErrorCode::kMalformed);
  EXPECT_EQ(code("-----BEGIN CERTIFICATE-----\n" + std::string(2u << 20, 'A') +
                 "\n-----END CERTIFICATE-----\n"),
            ErrorCode::kLimit);
  std::string many;
  for (int i = 0; i <= 1000; ++i) many += pem;
  EXPECT_EQ(code(many), ErrorCode::kLimit);
  const auto start = std::chrono::steady_clock::now();
  std::string begins;
  while (begins.size() < (4u << 20)) begins += "-----BEGIN ";
  EXPECT_EQ(code(begins), ErrorCode::kMalformed);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
}

TEST(Certificates, TheFirstThatCanBeDecodedDecides) {
  const KeyPtr pair = EcKey();
  const std::string good = PemOf(Make(Wanted(), pair.get()).get());
  const std::string none = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const std::string open = "-----BEGIN CERTIFICATE-----\nAAAA\n";
  const std::string noise = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
  EXPECT_TRUE(BeginsWithCertificate(good));
  EXPECT_TRUE(BeginsWithCertificate(good + none)) << "a server's file is read no further";
  EXPECT_TRUE(BeginsWithCertificate(noise + good)) << "Go passes over what is not base64";
  EXPECT_FALSE(BeginsWithCertificate(none + good));
  EXPECT_FALSE(BeginsWithCertificate(open));
  EXPECT_FALSE(BeginsWithCertificate(noise));
  EXPECT_FALSE(BeginsWithCertificate(""));
}

TEST(Keys, BelongToTheirCertificate) {
  const KeyPtr ec = EcKey();
  const KeyPtr ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  for (EVP_PKEY* key : {ec.get(), RsaKey(), ed.get()}) {
    Wanted wanted;
    wanted.digest = key == ed.get() ? nullptr : EVP_sha256();
    const Certificate certificate = ReadOne(PemOf(Make(wanted, key).get()));
    const KeyInfo info = ReadKey(PemOfKey(key), "/k").value();
    EXPECT_EQ(info.public_key_sha256, certificate.public_key_sha256);
    EXPECT_EQ(info.key_type, certificate.key_type);
    EXPECT_EQ(info.key_bits, certificate.key_bits);
    EXPECT_TRUE(info.private_key);
    EXPECT_FALSE(info.encrypted);
  }
}

TEST(Keys, OfTheOldKindsAndPublicOnes) {
  const KeyPtr ec = EcKey();
  for (EVP_PKEY* key : {ec.get(), RsaKey()}) {
    const std::string want = ReadKey(PemOfKey(key), "/k").value().public_key_sha256;
    const BioPtr old(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey_traditional(old.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    EXPECT_EQ(ReadKey(TextOf(old.get()), "/k").value().public_key_sha256, want);
    const BioPtr open(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(open.get(), key);
    const KeyInfo info = ReadKey(TextOf(open.get()), "/k").value();
    EXPECT_EQ(info.public_key_sha256, want);
    EXPECT_FALSE(info.private_key);
  }
  const std::string both = PemOf(Make(Wanted(), ec.get()).get()) + PemOfKey(ec.get());
  EXPECT_TRUE(ReadKey(both, "/k").value().private_key);
  EXPECT_FALSE(ReadKey(PemOf(Make(Wanted(), ec.get()).get()), "/k").value().private_key);
}

TEST(Keys, EncryptedOnesAreOnlyRecognised) {
  const KeyPtr ec = EcKey();
  const KeyInfo modern = ReadKey(PemOfKey(ec.get(), "pass phrase"), "/k").value();
  EXPECT_TRUE(modern.encrypted && modern.private_key);
  EXPECT_EQ(modern.public_key_sha256, "");
  const BioPtr old(BIO_new(BIO_s_mem()));
  const auto* passphrase = reinterpret_cast<const unsigned char*>("pass");
  PEM_write_bio_PrivateKey_traditional(old.get(), ec.get(), EVP_aes_128_cbc(), passphrase, 4,
                                       nullptr, nullptr);
  EXPECT_TRUE(ReadKey(TextOf(old.get()), "/k").value().encrypted);
}

TEST(Keys, BrokenOnesAreMalformedAndNeverQuoted) {
  const std::string pem = PemOfKey(EcKey().get());
  for (size_t length = 0; length < pem.size(); length += 7) {
    const auto read = ReadKey(pem.substr(0, length), "/k");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kMalformed);
    EXPECT_EQ(read.error().ToString().find(pem.substr(30, 10)), std::string::npos);
  }
  EXPECT_FALSE(ReadKey("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "/k"));
}

TEST(Keys, WipeLeavesNothing) {
  std::string secret = "a secret that is longer than any small string";
  const char* at = secret.data();
  const size_t size = secret.size();
  Wipe(secret);
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(std::string(at, size), std::string(size, '\0'));
}

}  // namespace
}  // namespace seawall::x509
