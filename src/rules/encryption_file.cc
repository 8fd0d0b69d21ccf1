#include "rules/encryption_file.h"

namespace seawall::rules {

namespace kinds = cluster::kinds;

EncryptionFile LoadEncryptionFile(const Context& context, Verdict not_set) {
  EncryptionFile asked{kinds::LoadEncryption(context.node, *context.component), std::nullopt};
  asked.end = EndOf(context, asked.loaded, not_set);
  if (asked.end && asked.end->verdict == not_set && not_set != Verdict::kUnknown) {
    asked.end->reason += ": everything lies in etcd as it is";
  }
  return asked;
}

Evidence EvidenceOfProvider(const kinds::EncryptionProvider& provider) {
  return EvidenceIn("providers", ToString(provider.type), provider.place);
}

}  // namespace seawall::rules
