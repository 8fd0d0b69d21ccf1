// The functions of each algorithm are used where OpenSSL 3 would rather be asked for an EVP_PKEY:
// to find a decoder for one takes fifty times as long as to decode it.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "x509/public_key.h"

#include <openssl/asn1t.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <array>

#include "x509/der.h"
#include "x509/openssl.h"

namespace seawall::x509 {
namespace {

constexpr int kMostBitsToVerify = 8192;

using RsaPtr = std::unique_ptr<RSA, Free<RSA_free>>;
using EcPtr = std::unique_ptr<EC_KEY, Free<EC_KEY_free>>;
using GroupPtr = std::unique_ptr<EC_GROUP, Free<EC_GROUP_free>>;
using PssPtr = std::unique_ptr<RSA_PSS_PARAMS, Free<RSA_PSS_PARAMS_free>>;

struct Parts {
  int algorithm = NID_undef;
  int curve = NID_undef;  ///< a named one
  std::string_view key;   ///< contents of the bit string
};

int NidOf(const DerElement& object) {
  const ObjectPtr id(DecodeWhole<d2i_ASN1_OBJECT>(object.whole));
  return id ? OBJ_obj2nid(id.get()) : NID_undef;
}

bool Split(std::string_view spki, Parts& parts) {
  DerElement outer, algorithm, object, parameter, bits;
  DerReader whole(spki);
  if (!whole.Next(V_ASN1_SEQUENCE, outer) || !whole.empty()) return false;
  DerReader inner(outer.content);
  if (!inner.Next(V_ASN1_SEQUENCE, algorithm) || !inner.Next(V_ASN1_BIT_STRING, bits)) return false;
  DerReader identifier(algorithm.content);
  if (!identifier.Next(V_ASN1_OBJECT, object) || bits.content.empty()) return false;
  parts.algorithm = NidOf(object);
  if (identifier.Next(parameter) && parameter.Is(V_ASN1_OBJECT)) parts.curve = NidOf(parameter);
  parts.key = bits.content.substr(1);
  return true;
}

KeyDescription DescribeEc(int curve) {
  KeyDescription out;
  out.type = "EC";
  if (curve == NID_undef) return out;
  const char* nist = EC_curve_nid2nist(curve);
  out.curve = nist != nullptr ? nist : OBJ_nid2sn(curve);
  const GroupPtr group(EC_GROUP_new_by_curve_name(curve));
  out.bits = group ? EC_GROUP_order_bits(group.get()) : 0;
  return out;
}

bool VerifyRsa(std::string_view key, const Signature& signature, int digest_nid,
               std::string_view digest) {
  const RsaPtr rsa(DecodeWhole<d2i_RSAPublicKey>(key));
  if (!rsa || RSA_bits(rsa.get()) > kMostBitsToVerify) return false;
  return RSA_verify(digest_nid, reinterpret_cast<const unsigned char*>(digest.data()),
                    static_cast<unsigned>(digest.size()),
                    reinterpret_cast<const unsigned char*>(signature.value.data()),
                    static_cast<unsigned>(signature.value.size()), rsa.get()) == 1;
}

bool VerifyEc(std::string_view spki, const Signature& signature, std::string_view digest) {
  const EcPtr key(DecodeWhole<d2i_EC_PUBKEY>(spki));
  return key && ECDSA_verify(0, reinterpret_cast<const unsigned char*>(digest.data()),
                             static_cast<int>(digest.size()),
                             reinterpret_cast<const unsigned char*>(signature.value.data()),
                             static_cast<int>(signature.value.size()), key.get()) == 1;
}

/// Ed25519, RSA-PSS and whatever else there is: rare enough for OpenSSL's general way.
bool VerifyOther(std::string_view spki, const Signature& signature) {
  const KeyPtr key(DecodeWhole<d2i_PUBKEY>(spki));
  const AlgorithmPtr algorithm(DecodeWhole<d2i_X509_ALGOR>(signature.algorithm));
  if (!key || !algorithm || EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_DSA) return false;
  if (EVP_PKEY_get_bits(key.get()) > kMostBitsToVerify) return false;
  const BitsPtr bits(ASN1_BIT_STRING_new());
  if (!bits ||
      ASN1_BIT_STRING_set(bits.get(),
                          const_cast<unsigned char*>(
                              reinterpret_cast<const unsigned char*>(signature.value.data())),
                          static_cast<int>(signature.value.size())) != 1) {
    return false;
  }
  bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;
  // ASN1_item_verify encodes what it verifies; a type that carries its own encoding leaves the
  // signed bytes as they are.
  const SequencePtr signed_part(ASN1_STRING_type_new(V_ASN1_SEQUENCE));
  if (!signed_part || ASN1_STRING_set(signed_part.get(), signature.signed_part.data(),
                                      static_cast<int>(signature.signed_part.size())) != 1) {
    return false;
  }
  return ASN1_item_verify(ASN1_ITEM_rptr(ASN1_SEQUENCE), algorithm.get(), bits.get(),
                          signed_part.get(), key.get()) == 1;
}

}  // namespace

KeyDescription DescribePublicKey(std::string_view spki) {
  KeyDescription out;
  Parts parts;
  if (!Split(spki, parts)) return out;
  switch (parts.algorithm) {
    case NID_rsaEncryption:
    case NID_rsassaPss: {
      const RsaPtr rsa(DecodeWhole<d2i_RSAPublicKey>(parts.key));
      out.type = parts.algorithm == NID_rsaEncryption ? "RSA" : "RSA-PSS";
      out.bits = rsa ? RSA_bits(rsa.get()) : 0;
      break;
    }
    case NID_X9_62_id_ecPublicKey:
      out = DescribeEc(parts.curve);
      break;
    case NID_ED25519:
      return {"Ed25519", 256, ""};
    case NID_ED448:
      return {"Ed448", 456, ""};
    case NID_dsa:
      out.type = "DSA";
      break;
    case NID_undef:
      break;
    default:
      out.type = OBJ_nid2sn(parts.algorithm);
  }
  ERR_clear_error();
  return out;
}

SignatureAlgorithm DescribeSignature(std::string_view algorithm) {
  SignatureAlgorithm out;
  const AlgorithmPtr parsed(DecodeWhole<d2i_X509_ALGOR>(algorithm));
  if (!parsed) return out;
  const ASN1_OBJECT* object = nullptr;
  int type = V_ASN1_UNDEF;
  const void* parameter = nullptr;
  X509_ALGOR_get0(&object, &type, &parameter, parsed.get());
  out.nid = OBJ_obj2nid(object);
  if (out.nid == NID_undef) return out;
  out.name = OBJ_nid2ln(out.nid);
  OBJ_find_sigid_algs(out.nid, &out.digest, nullptr);
  if (out.nid != NID_rsassaPss) return out;
  out.digest = NID_sha1;  // what RFC 4055 takes when nothing is said
  if (type != V_ASN1_SEQUENCE) return out;
  const auto* sequence = static_cast<const ASN1_STRING*>(parameter);
  const PssPtr pss(DecodeWhole<d2i_RSA_PSS_PARAMS>(
      {reinterpret_cast<const char*>(ASN1_STRING_get0_data(sequence)),
       static_cast<size_t>(ASN1_STRING_length(sequence))}));
  if (pss && pss->hashAlgorithm != nullptr) {
    X509_ALGOR_get0(&object, nullptr, nullptr, pss->hashAlgorithm);
    out.digest = OBJ_obj2nid(object);
  }
  return out;
}

bool VerifySignature(std::string_view spki, const Signature& signature) {
  Parts parts;
  if (!Split(spki, parts)) return false;
  const SignatureAlgorithm algorithm = DescribeSignature(signature.algorithm);
  int key_algorithm = NID_undef;
  if (algorithm.nid != NID_rsassaPss) OBJ_find_sigid_algs(algorithm.nid, nullptr, &key_algorithm);
  const EVP_MD* type = DigestOf(algorithm.digest);
  const bool rsa = key_algorithm == NID_rsaEncryption && parts.algorithm == NID_rsaEncryption;
  const bool ec = key_algorithm == NID_X9_62_id_ecPublicKey && parts.algorithm == key_algorithm;
  const bool mismatch =
      (key_algorithm == NID_rsaEncryption || key_algorithm == NID_X9_62_id_ecPublicKey) && !rsa &&
      !ec;
  if (mismatch) return false;
  if (type == nullptr || !(rsa || ec)) return VerifyOther(spki, signature);
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  if (EVP_Digest(signature.signed_part.data(), signature.signed_part.size(), bytes.data(), &length,
                 type, nullptr) != 1) {
    return false;
  }
  const std::string_view digest(reinterpret_cast<const char*>(bytes.data()), length);
  return rsa ? VerifyRsa(parts.key, signature, algorithm.digest, digest)
             : VerifyEc(spki, signature, digest);
}

}  // namespace seawall::x509
