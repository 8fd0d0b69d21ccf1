#include "x509/ed25519.h"

#include "base/base64.h"

#include <gtest/gtest.h>

namespace seawall::x509 {
namespace {

// RFC 8032, 7.1, TEST 1 to 3, as PKCS #8 and SubjectPublicKeyInfo.
std::string Private(const std::string& seed) {
  std::string der("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);
  return "-----BEGIN PRIVATE KEY-----\n" + EncodeBase64(der + seed) +
         "\n-----END PRIVATE KEY-----\n";
}
std::string Public(const std::string& key) {
  std::string der("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
  return "-----BEGIN PUBLIC KEY-----\n" + EncodeBase64(der + key) + "\n-----END PUBLIC KEY-----\n";
}
std::string Bytes(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

TEST(Ed25519, TheStandardsOwnExamples) {
  const struct {
    const char *seed, *key, *message, *signature;
  } kCases[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
       "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
  };
  for (const auto& c : kCases) {
    auto own = SigningKey::ReadPrivate("k", Private(Bytes(c.seed)));
    auto other = SigningKey::ReadPublic("p", Public(Bytes(c.key)));
    ASSERT_TRUE(own && other);
    EXPECT_EQ(own->id(), other->id());
    const std::string message = Bytes(c.message);
    EXPECT_EQ(*own->Sign(message), Bytes(c.signature));
    EXPECT_TRUE(other->Verify(message, Bytes(c.signature)));
    EXPECT_FALSE(other->Verify(message + "x", Bytes(c.signature)));
    std::string changed = Bytes(c.signature);
    changed[10] = static_cast<char>(changed[10] ^ 1);
    EXPECT_FALSE(other->Verify(message, changed));
    EXPECT_FALSE(other->Verify(message, "short"));
  }
}

TEST(Ed25519, WhatIsNoSuchKeyIsAnError) {
  for (const std::string& pem :
       {std::string(),
        std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        Public(std::string(32, 'x')), std::string(2u << 20, 'a')}) {
    EXPECT_FALSE(SigningKey::ReadPrivate("k", pem));
  }
  EXPECT_FALSE(SigningKey::ReadPublic("p", Private(std::string(32, 'x'))));
}

}  // namespace
}  // namespace seawall::x509
