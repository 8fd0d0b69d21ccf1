#include "x509/certificate.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include <array>
#include <ctime>
#include <memory>

#include "base/text.h"
#include "x509/der.h"
#include "x509/memo.h"
#include "x509/openssl.h"
#include "x509/public_key.h"

namespace seawall::x509 {
namespace {

constexpr size_t kMostCertificates = 1000;
constexpr size_t kMostBytes = 1u << 20;
constexpr size_t kMostNames = 1000;
constexpr size_t kMostCharacters = 1024;  // of one name

std::string_view BytesOf(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<size_t>(ASN1_STRING_length(text))};
}

std::string Utf8Of(const ASN1_STRING* text) {
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, text);
  if (length < 0) return PrintableShort(BytesOf(text), kMostCharacters);
  std::string out = PrintableShort(
      {reinterpret_cast<const char*>(utf8), static_cast<size_t>(length)}, kMostCharacters);
  OPENSSL_free(utf8);
  return out;
}

std::string Rfc2253(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  // UTF-8 as it is; control characters are escaped by Printable, not twice.
  constexpr unsigned long kFlags =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, kFlags) < 0) return "";
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return PrintableShort({text, static_cast<size_t>(length)}, 4 * kMostCharacters);
}

void ReadSubject(const X509_NAME* subject, Certificate& out) {
  const int count = X509_NAME_entry_count(subject);
  for (int i = 0; i < count; ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(subject, i);
    const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    const ASN1_STRING* data = X509_NAME_ENTRY_get_data(entry);
    // Of several common names Go, and so Kubernetes, takes the last.
    if (nid == NID_commonName) out.common_name = Utf8Of(data);
    if (nid == NID_organizationName && out.organizations.size() < kMostNames)
      out.organizations.push_back(Utf8Of(data));
  }
}

std::optional<int64_t> SecondsOf(std::string_view der) {
  const TimePtr time(DecodeWhole<d2i_ASN1_TIME>(der));
  struct tm calendar = {};
  if (!time || ASN1_TIME_to_tm(time.get(), &calendar) != 1) return std::nullopt;
  return timegm(&calendar);
}

std::string AddressOf(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bytes.size() != 4 && bytes.size() != 16) return "0x" + Hex(bytes.substr(0, 32));
  inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

void ReadNames(const X509_EXTENSIONS* extensions, Certificate& out) {
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr)));
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    if (out.dns_names.size() + out.ip_addresses.size() >= kMostNames) {
      ++out.names_left_out;
    } else if (name->type == GEN_DNS) {
      out.dns_names.push_back(PrintableShort(BytesOf(name->d.dNSName), kMostCharacters));
    } else {
      out.ip_addresses.push_back(AddressOf(BytesOf(name->d.iPAddress)));
    }
  }
}

void ReadUsages(const X509_EXTENSIONS* extensions, Certificate& out) {
  const ConstraintsPtr constraints(static_cast<BASIC_CONSTRAINTS*>(
      X509V3_get_d2i(extensions, NID_basic_constraints, nullptr, nullptr)));
  out.is_ca = constraints && constraints->ca != 0;
  int critical = -1;
  const UsagesPtr usages(static_cast<EXTENDED_KEY_USAGE*>(
      X509V3_get_d2i(extensions, NID_ext_key_usage, &critical, nullptr)));
  // -1: there is none; otherwise one that cannot be read allows nothing.
  out.client_auth = out.server_auth = critical == -1;
  const int count = usages ? sk_ASN1_OBJECT_num(usages.get()) : 0;
  for (int i = 0; i < count; ++i) {
    const int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), i));
    if (nid == NID_client_auth || nid == NID_anyExtendedKeyUsage) out.client_auth = true;
    if (nid == NID_server_auth || nid == NID_anyExtendedKeyUsage) out.server_auth = true;
  }
}

/// A certificate's DER taken apart (RFC 5280, 4.1). The views point into the DER.
struct Parts {
  std::string_view signed_part, serial, issuer, not_before, not_after, subject, public_key,
      extensions;
  std::string_view algorithm, signature;
};

bool SplitToBeSigned(std::string_view content, Parts& parts) {
  DerReader reader(content);
  DerElement element, dates, before, after;
  if (!reader.Peek(element)) return false;
  if (element.IsContext(0)) reader.Next(element);  // the version
  if (!reader.Next(V_ASN1_INTEGER, element)) return false;
  parts.serial = element.whole;
  if (!reader.Next(V_ASN1_SEQUENCE, element)) return false;  // the algorithm once more
  if (!reader.Next(V_ASN1_SEQUENCE, element)) return false;
  parts.issuer = element.whole;
  if (!reader.Next(V_ASN1_SEQUENCE, dates)) return false;
  DerReader period(dates.content);
  if (!period.Next(before) || !period.Next(after)) return false;
  parts.not_before = before.whole;
  parts.not_after = after.whole;
  if (!reader.Next(V_ASN1_SEQUENCE, element)) return false;
  parts.subject = element.whole;
  if (!reader.Next(V_ASN1_SEQUENCE, element)) return false;
  parts.public_key = element.whole;
  while (reader.Next(element)) {
    if (element.IsContext(3)) parts.extensions = element.content;
  }
  return reader.empty();
}

bool SplitCertificate(std::string_view der, Parts& parts) {
  DerReader reader(der);
  DerElement certificate, to_be_signed, algorithm, signature;
  if (!reader.Next(V_ASN1_SEQUENCE, certificate) || !reader.empty()) return false;
  DerReader inner(certificate.content);
  if (!inner.Next(V_ASN1_SEQUENCE, to_be_signed) || !inner.Next(V_ASN1_SEQUENCE, algorithm) ||
      !inner.Next(V_ASN1_BIT_STRING, signature) || !inner.empty() || signature.content.empty()) {
    return false;
  }
  parts.signed_part = to_be_signed.whole;
  parts.algorithm = algorithm.whole;
  parts.signature = signature.content.substr(1);
  return SplitToBeSigned(to_be_signed.content, parts);
}

void ReadPublicKey(std::string_view spki, Certificate& out) {
  out.public_key_sha256 = Sha256(spki);
  KeyDescription description = DescribePublicKey(spki);
  out.key_type = std::move(description.type);
  out.key_bits = description.bits;
  out.curve = std::move(description.curve);
}

void ReadSignature(std::string_view algorithm, Certificate& out) {
  const SignatureAlgorithm signature = DescribeSignature(algorithm);
  out.signature_algorithm = signature.name;
  for (const int weak : {NID_sha1, NID_md5, NID_md5_sha1, NID_md4, NID_md2, NID_sha}) {
    if (signature.digest == weak) out.signature_sha1_or_md5 = true;
  }
}

bool Verifies(const Parts& leaf, const Parts& issuer) {
  const NamePtr wanted(DecodeWhole<d2i_X509_NAME>(leaf.issuer));
  const NamePtr name(DecodeWhole<d2i_X509_NAME>(issuer.subject));
  if (!wanted || !name || X509_NAME_cmp(wanted.get(), name.get()) != 0) return false;
  return VerifySignature(issuer.public_key, {leaf.signed_part, leaf.algorithm, leaf.signature});
}

std::string SerialOf(std::string_view der) {
  const IntegerPtr serial(DecodeWhole<d2i_ASN1_INTEGER>(der));
  if (!serial) return "";
  const std::string digits = Hex(BytesOf(serial.get()).substr(0, 64));
  const bool negative = (ASN1_STRING_type(serial.get()) & V_ASN1_NEG) != 0;
  return (negative ? "-" : "") + (digits.empty() ? "00" : digits);
}

bool ReadExtensions(std::string_view der, Certificate& out) {
  const ExtensionsPtr extensions(der.empty() ? nullptr : DecodeWhole<d2i_X509_EXTENSIONS>(der));
  if (!extensions && !der.empty()) return false;
  ReadNames(extensions.get(), out);
  ReadUsages(extensions.get(), out);
  return true;
}

std::optional<Certificate> ReadDer(std::string der) {
  Parts parts;
  if (!SplitCertificate(der, parts)) return std::nullopt;
  const NamePtr subject(DecodeWhole<d2i_X509_NAME>(parts.subject));
  const NamePtr issuer(DecodeWhole<d2i_X509_NAME>(parts.issuer));
  const auto not_before = SecondsOf(parts.not_before);
  const auto not_after = SecondsOf(parts.not_after);
  Certificate out;
  if (!subject || !issuer || !not_before || !not_after || !ReadExtensions(parts.extensions, out))
    return std::nullopt;
  out.subject = Rfc2253(subject.get());
  out.issuer = Rfc2253(issuer.get());
  ReadSubject(subject.get(), out);
  out.serial = SerialOf(parts.serial);
  out.not_before = *not_before;
  out.not_after = *not_after;
  ReadPublicKey(parts.public_key, out);
  ReadSignature(parts.algorithm, out);
  out.self_signed = X509_NAME_cmp(subject.get(), issuer.get()) == 0 && Verifies(parts, parts);
  out.fingerprint_sha256 = Sha256(der);
  out.der = std::move(der);
  return out;
}

// A certificate with its DER takes 5 kB; what is longer is not kept.
constexpr size_t kMostKept = 1000;
constexpr size_t kLongestKept = 8u << 10;

/// The certificate of a block; nullptr when it is not one.
std::shared_ptr<const Certificate> ReadBlock(const PemBlock& block, bool& is_base64) {
  static Memo<std::shared_ptr<const Certificate>> memo(kMostKept);
  is_base64 = true;
  if (auto known = memo.Find(block.text)) return *known;
  std::string der = DecodeBlock(block);
  is_base64 = !der.empty();
  std::optional<Certificate> read = is_base64 ? ReadDer(std::move(der)) : std::nullopt;
  ERR_clear_error();
  if (!read) return nullptr;
  auto certificate = std::make_shared<const Certificate>(std::move(*read));
  if (block.text.size() <= kLongestKept) memo.Add(block.text, certificate);
  return certificate;
}

std::unexpected<Error> FailAt(ErrorCode code, const std::string& file, uint32_t line,
                              std::string why) {
  std::string where = line == 0 ? Printable(file) : fmt::format("{}:{}", Printable(file), line);
  return Fail(code, "read certificates", std::move(where), std::move(why));
}

}  // namespace

Result<std::vector<Certificate>> ReadCertificates(std::string_view pem, const std::string& file) {
  Initialize();
  std::vector<Certificate> certificates;
  for (const PemBlock& block : FindBlocks(pem, 4 * kMostCertificates)) {
    if (block.label != "CERTIFICATE") continue;
    if (certificates.size() == kMostCertificates) {
      return FailAt(ErrorCode::kLimit, file, block.line, "more than 1000 certificates");
    }
    if (block.text.size() > kMostBytes)
      return FailAt(ErrorCode::kLimit, file, block.line, "more than 1 MiB");
    if (!block.complete)
      return FailAt(ErrorCode::kMalformed, file, block.line, "the block has no end");
    bool is_base64 = true;
    const std::shared_ptr<const Certificate> certificate = ReadBlock(block, is_base64);
    if (!is_base64) return FailAt(ErrorCode::kMalformed, file, block.line, "not base64");
    if (!certificate)
      return FailAt(ErrorCode::kMalformed, file, block.line, "not an X.509 certificate");
    certificates.push_back(*certificate);
    certificates.back().line = block.line;
  }
  if (certificates.empty())
    return FailAt(ErrorCode::kMalformed, file, 0, "no PEM certificate in it");
  return certificates;
}

bool BeginsWithCertificate(std::string_view pem) {
  Initialize();
  for (const PemBlock& block : FindBlocks(pem, 4 * kMostCertificates)) {
    if (block.label != "CERTIFICATE" || !block.complete) continue;
    bool is_base64 = true;
    const std::shared_ptr<const Certificate> certificate = ReadBlock(block, is_base64);
    if (is_base64) return certificate != nullptr;
  }
  return false;
}

bool Signed(const Certificate& issuer, const Certificate& leaf) {
  Initialize();
  static Memo<bool> memo(kMostKept);
  const std::string pair = issuer.fingerprint_sha256 + leaf.fingerprint_sha256;
  if (const auto known = memo.Find(pair)) return *known;
  Parts parent, child;
  const bool verified = SplitCertificate(issuer.der, parent) && SplitCertificate(leaf.der, child) &&
                        Verifies(child, parent);
  ERR_clear_error();
  memo.Add(pair, verified);
  return verified;
}

void Wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace seawall::x509
