// PEM files: certificates, keys, and one certificate checked with another.
#include "base/text.h"
#include "require.h"
#include "x509/certificate.h"

using namespace seawall::x509;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view pem = seawall::fuzz::Text(data, size);
  const auto certificates = ReadCertificates(pem, "f");
  if (certificates) {
    for (const Certificate& certificate : *certificates) {
      seawall::fuzz::RequirePrintable(certificate.subject, "a subject is printable");
      for (const std::string& name : certificate.dns_names)
        seawall::fuzz::RequirePrintable(name, "a name is printable");
    }
    (void)Signed(certificates->front(), certificates->back());
  } else {
    seawall::fuzz::RequirePrintable(certificates.error().ToString(), "an error is printable");
  }
  const auto key = ReadKey(pem, "f");
  if (key && !key->encrypted)
    seawall::fuzz::Require(key->public_key_sha256.size() == 64, "a key has its hash");
  return 0;
}
