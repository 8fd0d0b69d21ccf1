// ReadKey: what a key file shows without giving the key away. As in public_key.cc, without OpenSSL
// 3's slow decoders.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "base/text.h"
#include "x509/certificate.h"
#include "x509/der.h"
#include "x509/hidden_key.h"
#include "x509/memo.h"
#include "x509/openssl.h"
#include "x509/public_key.h"

namespace seawall::x509 {
namespace {

constexpr size_t kMostBlocks = 1000;
constexpr size_t kMostBytes = 64u << 10;  // a key of 16,384 bits takes 13 kB

using RsaPtr = std::unique_ptr<RSA, Free<RSA_free>>;
using EcPtr = std::unique_ptr<EC_KEY, Free<EC_KEY_free>>;

template <typename Key>
std::string Encode(int (*encode)(const Key*, unsigned char**), const Key* key) {
  unsigned char* der = nullptr;
  const int length = key != nullptr ? encode(key, &der) : 0;
  if (length <= 0) return "";
  std::string out(reinterpret_cast<const char*>(der), static_cast<size_t>(length));
  OPENSSL_free(der);
  return out;
}

std::string PublicOfRsa(std::string_view der) {
  const RsaPtr rsa(DecodeWhole<d2i_RSAPrivateKey>(der));
  return Encode<RSA>(i2d_RSA_PUBKEY, rsa.get());
}

/// `curve` is known where the key itself does not name it, in PKCS #8.
std::string PublicOfEc(std::string_view der, int curve) {
  EC_KEY* key = curve == NID_undef ? EC_KEY_new() : EC_KEY_new_by_curve_name(curve);
  const EcPtr owner(key);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  if (key == nullptr || d2i_ECPrivateKey(&key, &at, static_cast<long>(der.size())) == nullptr)
    return "";
  return Encode<EC_KEY>(i2d_EC_PUBKEY, owner.get());
}

std::string PublicOfPkcs8(std::string_view der) {
  const Pkcs8Ptr pkcs8(DecodeWhole<d2i_PKCS8_PRIV_KEY_INFO>(der));
  const ASN1_OBJECT* type = nullptr;
  const unsigned char* inner = nullptr;
  int length = 0;
  const X509_ALGOR* algorithm = nullptr;
  if (!pkcs8 || PKCS8_pkey_get0(&type, &inner, &length, &algorithm, pkcs8.get()) != 1) return "";
  const std::string_view key(reinterpret_cast<const char*>(inner), static_cast<size_t>(length));
  int parameter_type = V_ASN1_UNDEF;
  const void* parameter = nullptr;
  X509_ALGOR_get0(nullptr, &parameter_type, &parameter, algorithm);
  const int nid = OBJ_obj2nid(type);
  if (nid == NID_rsaEncryption) return PublicOfRsa(key);
  if (nid == NID_X9_62_id_ecPublicKey && parameter_type == V_ASN1_OBJECT) {
    return PublicOfEc(key, OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(parameter)));
  }
  const KeyPtr other(EVP_PKCS82PKEY(pkcs8.get()));
  return Encode<EVP_PKEY>(i2d_PUBKEY, other.get());
}

/// The SubjectPublicKeyInfo of a key, private or public; empty when it cannot be read.
std::string PublicKeyOf(std::string_view label, std::string_view der) {
  if (label == "RSA PRIVATE KEY") return PublicOfRsa(der);
  if (label == "EC PRIVATE KEY") return PublicOfEc(der, NID_undef);
  if (label == "PRIVATE KEY") return PublicOfPkcs8(der);
  if (label == "RSA PUBLIC KEY") {
    const RsaPtr rsa(DecodeWhole<d2i_RSAPublicKey>(der));
    return Encode<RSA>(i2d_RSA_PUBKEY, rsa.get());
  }
  return label == "PUBLIC KEY" ? std::string(der) : "";
}

bool IsPrivate(const PemBlock& block) { return block.label.ends_with("PRIVATE KEY"); }

const PemBlock* Choose(const std::vector<PemBlock>& blocks) {
  const auto first = [&](auto wanted) -> const PemBlock* {
    const auto found = std::ranges::find_if(blocks, wanted);
    return found == blocks.end() ? nullptr : &*found;
  };
  if (const PemBlock* block = first(IsPrivate)) return block;
  return first([](const PemBlock& block) { return block.label.ends_with("PUBLIC KEY"); });
}

std::unexpected<Error> FailAt(ErrorCode code, const std::string& file, uint32_t line,
                              std::string why) {
  return Fail(code, "read the key", fmt::format("{}:{}", Printable(file), line), std::move(why));
}

Result<KeyInfo> KeyOfCertificate(std::string_view pem, const std::string& file) {
  const auto certificates = ReadCertificates(pem, file);
  if (!certificates) {
    return Fail(ErrorCode::kMalformed, "read the key", Printable(file), "no PEM key in it");
  }
  const Certificate& first = certificates->front();
  KeyInfo info;
  info.key_type = first.key_type;
  info.key_bits = first.key_bits;
  info.public_key_sha256 = first.public_key_sha256;
  return info;
}

Result<KeyInfo> ReadAnew(std::string_view pem, const std::string& file, Keys keys) {
  const std::vector<PemBlock> blocks = FindBlocks(pem, kMostBlocks);
  const PemBlock* block = Choose(blocks);
  if (block == nullptr) return KeyOfCertificate(pem, file);
  if (!block->complete)
    return FailAt(ErrorCode::kMalformed, file, block->line, "the block has no end");
  if (block->text.size() > kMostBytes)
    return FailAt(ErrorCode::kLimit, file, block->line, "larger than any key");
  KeyInfo info;
  info.private_key = IsPrivate(*block);
  info.encrypted = block->encrypted;
  // Nobody is asked for a passphrase, so there is nothing to decode.
  if (info.encrypted) return info;
  std::string der = DecodeBlock(*block);
  if (keys == Keys::kHidden && info.private_key) {
    if (auto hidden = ReadHidden(der)) return *hidden;
  }
  const std::string spki = PublicKeyOf(block->label, der);
  Wipe(der);
  const KeyDescription description = DescribePublicKey(spki);
  ERR_clear_error();
  if (description.bits == 0)
    return FailAt(ErrorCode::kUnsupported, file, block->line, "not a key that seawall can read");
  info.key_type = description.type;
  info.key_bits = description.bits;
  info.public_key_sha256 = Sha256(spki);
  return info;
}

}  // namespace

Result<KeyInfo> ReadKey(std::string_view pem, const std::string& file, Keys keys) {
  Initialize();
  // The nodes of a control plane share their CAs' keys. Known by a digest: no key is kept.
  constexpr size_t kMostKept = 1000;
  static Memo<KeyInfo> memo(kMostKept);
  const std::string digest = Sha256(pem) + (keys == Keys::kHidden ? "h" : "");
  if (const auto known = memo.Find(digest)) return *known;
  Result<KeyInfo> key = ReadAnew(pem, file, keys);
  if (key) memo.Add(digest, *key);
  return key;
}

}  // namespace seawall::x509
