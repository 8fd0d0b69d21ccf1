// Owners of OpenSSL's objects and its one-time set-up. Private to this room.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "x509/pem.h"

namespace seawall::x509 {

template <auto Function>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    Function(object);
  }
};

using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Free<BIO_free>>;
using ObjectPtr = std::unique_ptr<ASN1_OBJECT, Free<ASN1_OBJECT_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, Free<ASN1_INTEGER_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, Free<ASN1_TIME_free>>;
using BitsPtr = std::unique_ptr<ASN1_BIT_STRING, Free<ASN1_BIT_STRING_free>>;
using SequencePtr = std::unique_ptr<ASN1_STRING, Free<ASN1_STRING_free>>;
using AlgorithmPtr = std::unique_ptr<X509_ALGOR, Free<X509_ALGOR_free>>;
using NamePtr = std::unique_ptr<X509_NAME, Free<X509_NAME_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;
using ConstraintsPtr = std::unique_ptr<BASIC_CONSTRAINTS, Free<BASIC_CONSTRAINTS_free>>;
using UsagesPtr = std::unique_ptr<EXTENDED_KEY_USAGE, Free<EXTENDED_KEY_USAGE_free>>;
using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free<PKCS8_PRIV_KEY_INFO_free>>;

struct FreeExtensions {
  void operator()(X509_EXTENSIONS* extensions) const {
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  }
};
using ExtensionsPtr = std::unique_ptr<X509_EXTENSIONS, FreeExtensions>;

/// Sets OpenSSL up without its configuration file: what a node's openssl.cnf says is none of an
/// audit's business.
void Initialize();

/// DER bytes of a block, empty when it is no base64. May hold a key: wipe it.
std::string DecodeBlock(const PemBlock& block);

/// The digest's implementation, looked up once where OpenSSL would do so for each use; nullptr when
/// there is none.
const EVP_MD* DigestOf(int nid);

/// Lower-case hexadecimal SHA-256.
std::string Sha256(std::string_view bytes);

}  // namespace seawall::x509
