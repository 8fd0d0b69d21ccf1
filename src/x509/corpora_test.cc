// OpenSSL's own fuzzing inputs, read where SEAWALL_CORPORA names the folder that holds them;
// built where CMake's SEAWALL_CORPORA is given.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "x509/certificate.h"

namespace seawall::x509 {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> InputsOf(const std::string& folder) {
  const char* corpora = std::getenv("SEAWALL_CORPORA");
  std::vector<std::string> inputs;
  if (corpora == nullptr || !fs::exists(fs::path(corpora) / folder)) return inputs;
  for (const auto& entry : fs::directory_iterator(fs::path(corpora) / folder)) {
    std::ostringstream bytes;
    bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    inputs.push_back(std::move(bytes).str());
  }
  return inputs;
}

std::string PemOfDer(const std::string& der) {
  std::string base64(der.size() / 3 * 4 + 8, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                     reinterpret_cast<const unsigned char*>(der.data()),
                                     static_cast<int>(der.size()));
  base64.resize(static_cast<size_t>(length));
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (size_t at = 0; at < base64.size(); at += 64) pem += base64.substr(at, 64) + "\n";
  return pem + "-----END CERTIFICATE-----\n";
}

TEST(Corpora, EveryInputEndsInAnAnswerInTime) {
  const auto certificates = InputsOf("openssl-fuzz-corpora/x509");
  ASSERT_FALSE(certificates.empty()) << "SEAWALL_CORPORA does not name the suites";
  size_t taken = 0, keys = 0, blocks = 0;
  for (const std::string& der : certificates) {
    const auto start = std::chrono::steady_clock::now();
    const auto read = ReadCertificates(PemOfDer(der), "f");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
    if (!read) continue;
    ++taken;
    EXPECT_EQ(Printable(read->front().subject), read->front().subject);
    EXPECT_EQ(read->front().der, der);
  }
  const auto pems = InputsOf("openssl-fuzz-corpora/pem");
  for (const std::string& pem : pems) {
    blocks += ReadCertificates(pem, "f") ? 1 : 0;
    keys += ReadKey(pem, "f") ? 1 : 0;
  }
  std::cout << certificates.size() << " x509 inputs, " << taken << " are certificates; "
            << pems.size() << " pem inputs, " << blocks << " hold certificates, " << keys
            << " a key\n";
  EXPECT_GT(taken, 0u);
}

}  // namespace
}  // namespace seawall::x509
