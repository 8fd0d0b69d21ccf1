#include "rules/encryption_file.h"

#include <fmt/format.h>

#include "rules/place_text.h"

namespace seawall::rules {

namespace kinds = cluster::kinds;

EncryptionFile LoadEncryptionFile(const Context& context, Verdict not_set) {
  EncryptionFile asked{Kept(context, "encryption", kinds::LoadEncryption)};
  asked.end = EndOf(context, asked.loaded, not_set);
  if (asked.end && asked.end->verdict == not_set && not_set != Verdict::kUnknown) {
    asked.end->reason += ": everything lies in etcd as it is";
    if (not_set == Verdict::kFail) {
      asked.end->remedy = fmt::format(
          "write an EncryptionConfiguration (its resources: secrets; its first provider: secretbox "
          "or kms), set --encryption-provider-config to it at {}; then rewrite all Secrets",
          StartText(*context.component));
    }
  }
  return asked;
}

Evidence EvidenceOfProvider(const kinds::EncryptionProvider& provider) {
  return EvidenceIn("providers", ToString(provider.type), provider.place);
}

}  // namespace seawall::rules
