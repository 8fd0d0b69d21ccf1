// Recipe row 6b, encryption of Secrets in etcd: that it is on, for what, and with which keys
// (CIS 1.2.27, 1.2.28).
#include <fmt/format.h>

#include "base/text.h"
#include "cluster/kinds/load.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"
#include "rules/encryption_file.h"

namespace seawall::rules {
namespace {

using cluster::kinds::EncryptionProvider;
using cluster::kinds::EncryptionResources;
using cluster::kinds::ProviderType;

constexpr const char* kEncrypting =
    "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/";
constexpr const char* kKms = "https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/";

Outcome ConfigurationIsThere(const Rule&, const Context& context) {
  const EncryptionFile asked = LoadEncryptionFile(context, Verdict::kFail);
  if (asked.end) return *asked.end;
  const Outcome pass =
      Pass(Says(*context.component, asked.loaded.setting), {EvidenceOf(asked.loaded.setting)});
  return Trusted(context, asked.loaded, pass);
}

/// How one resource is written to etcd.
Outcome Written(const Context& context, const EncryptionFile& asked, const char* resource,
                bool only_good_providers) {
  const EncryptionProvider* writer = asked.loaded->WriterOf(resource);
  // What a refused file does not say for certain is nothing that holds.
  if (writer == nullptr || writer->type == ProviderType::kNone) {
    Outcome doubt = Trusted(context, asked.loaded, Pass(""));
    if (doubt.verdict == Verdict::kUnknown) return doubt;
  }
  if (writer == nullptr) {
    return Fails(
        fmt::format("no entry of the file speaks of {}: they lie in etcd as they are", resource),
        {EvidenceIn("resources", "", asked.loaded->place)});
  }
  const Evidence evidence = EvidenceOfProvider(*writer);
  const char* type = ToString(writer->type);
  if (writer->type == ProviderType::kIdentity || writer->type == ProviderType::kNone) {
    return Fails(fmt::format("{} are written with identity, as they are", resource), {evidence});
  }
  if (only_good_providers && writer->type == ProviderType::kAesGcm) {
    return Fails(
        fmt::format("{} are written with aesgcm, which needs a new key every 200,000 writes",
                    resource),
        {evidence});
  }
  return Trusted(context, asked.loaded,
                 Pass(fmt::format("{} are written with {}", resource, type), {evidence}));
}

Outcome GoodProvider(const Rule& rule, const Context& context) {
  const EncryptionFile asked = LoadEncryptionFile(context, Verdict::kFail);
  return asked.end ? *asked.end : Written(context, asked, rule.wanted, true);
}

Outcome IsEncrypted(const Rule& rule, const Context& context) {
  const EncryptionFile asked = LoadEncryptionFile(context, Verdict::kFail);
  return asked.end ? *asked.end : Written(context, asked, rule.wanted, false);
}

Outcome ConfigMapsToo(const Rule& rule, const Context& context) {
  const EncryptionFile asked = LoadEncryptionFile(context, Verdict::kNotApplicable);
  return asked.end ? *asked.end : Written(context, asked, rule.wanted, false);
}

Outcome IdentityIsNotFirst(const Rule&, const Context& context) {
  const EncryptionFile asked = LoadEncryptionFile(context, Verdict::kNotApplicable);
  if (asked.end) return *asked.end;
  Tally tally;
  for (const EncryptionResources& entry : asked.loaded->resources) {
    if (entry.providers.empty()) continue;
    const EncryptionProvider& first = entry.providers.front();
    if (first.type == ProviderType::kIdentity) {
      tally.Bad(
          EvidenceOfProvider(first),
          fmt::format("identity is the first provider at line {}: it writes everything as it is",
                      first.place.line));
    } else {
      tally.Good(EvidenceOfProvider(first));
    }
  }
  return Trusted(context, asked.loaded, std::move(tally).Done("the file has no providers"));
}

/// Only what writes matters: an old provider further down must stay until everything has been
/// rewritten.
template <typename Judge>
Outcome ForWriters(const Context& context, Judge judge) {
  const EncryptionFile asked = LoadEncryptionFile(context, Verdict::kNotApplicable);
  if (asked.end) return *asked.end;
  Tally tally;
  for (const EncryptionResources& entry : asked.loaded->resources) {
    if (!entry.providers.empty()) judge(entry.providers.front(), tally);
  }
  return Trusted(context, asked.loaded, std::move(tally).Done("no provider writes"));
}

template <ProviderType kType>
Outcome DoesNotWrite(const Rule&, const Context& context) {
  return ForWriters(context, [](const EncryptionProvider& provider, Tally& tally) {
    if (provider.type == kType) {
      tally.Bad(EvidenceOfProvider(provider),
                fmt::format("{} writes (line {})", ToString(kType), provider.place.line));
    } else {
      tally.Good(EvidenceOfProvider(provider));
    }
  });
}

Outcome KeysAreElsewhere(const Rule&, const Context& context) {
  return ForWriters(context, [](const EncryptionProvider& provider, Tally& tally) {
    if (provider.type == ProviderType::kKms) {
      tally.Good(EvidenceOfProvider(provider));
    } else if (provider.type != ProviderType::kIdentity) {
      tally.Bad(EvidenceOfProvider(provider),
                fmt::format("the keys of {} lie on this node", ToString(provider.type)));
    }
  });
}

Outcome KmsIsV2(const Rule&, const Context& context) {
  return ForProviders(
      context, "no KMS provider is used", [](const EncryptionProvider& provider, Tally& tally) {
        if (provider.type != ProviderType::kKms) return;
        const auto& version = provider.kms.api_version;
        const Evidence evidence = EvidenceIn("kms.apiVersion", version.value, version.place);
        if (version.value == "v2") {
          tally.Good(evidence);
        } else {
          tally.Bad(evidence,
                    fmt::format("the KMS provider \"{}\" speaks {}",
                                PrintableShort(provider.kms.name.value, 60), version.value));
        }
      });
}

Outcome ReloadsByItself(const Rule& rule, const Context& context) {
  const EncryptionFile asked = LoadEncryptionFile(context, Verdict::kNotApplicable);
  if (asked.end && asked.end->verdict == Verdict::kNotApplicable) return *asked.end;
  return IsValue(rule, context);
}

Outcome NothingOldIsLeft(const Rule&, const Context& context) {
  const EncryptionFile asked = LoadEncryptionFile(context, Verdict::kNotApplicable);
  if (asked.end) return *asked.end;
  const EncryptionProvider* left = nullptr;
  for (const EncryptionResources& entry : asked.loaded->resources) {
    for (const EncryptionProvider& provider : entry.providers) {
      if (provider.type != ProviderType::kIdentity) continue;
      if (&provider == &entry.providers.front()) {
        return Fails("identity even writes: objects lie in etcd as they are",
                     {EvidenceOfProvider(provider)});
      }
      if (left == nullptr) left = &provider;
    }
  }
  if (left != nullptr) {
    return Unknown(
        "identity is still among the providers, so that objects may lie in etcd as they are",
        "rewrite every object of these resources, look into etcd, and then take identity away",
        {EvidenceOfProvider(*left)});
  }
  return Trusted(
      context, asked.loaded,
      Pass("no entry has identity as a fallback: whatever is not encrypted could not be read",
           {EvidenceOf(asked.loaded.setting)}));
}

constexpr Rule kRules[] = {
    {.id = "encryption-configured",
     .title = "kube-apiserver has an encryption configuration",
     .row = "6b",
     .cis = "1.2.27",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = ConfigurationIsThere,
     .setting = "encryption-provider-config",
     .expected = "--encryption-provider-config names a configuration that kube-apiserver takes",
     .remedy = "write an EncryptionConfiguration and name it with --encryption-provider-config at "
               "{where}; then rewrite all Secrets",
     .why = "Without it whoever reads etcd's disk or a backup of it reads every Secret.",
     .link = kEncrypting},
    {.id = "encryption-provider",
     .title = "Secrets are encrypted with secretbox, aescbc or a KMS",
     .row = "6b",
     .cis = "1.2.28",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = GoodProvider,
     .setting = "encryption-provider-config",
     .wanted = "secrets",
     .expected = "the first provider of the entry for secrets is secretbox, aescbc or kms",
     .remedy = "put secretbox or kms first at {where}; then rewrite all Secrets",
     .why = "Only the first provider writes; identity writes everything as it is.",
     .link = kEncrypting},
    {.id = "encryption-covers-secrets",
     .title = "Secrets are encrypted in etcd",
     .row = "6b",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = IsEncrypted,
     .setting = "encryption-provider-config",
     .wanted = "secrets",
     .expected = "an entry whose resources hold secrets (or a wildcard), with another first "
                 "provider than identity",
     .remedy = "add secrets to the resources of an entry at {where}; then rewrite all Secrets",
     .why = "Passwords, keys and tokens of everything in the cluster are in them.",
     .link = kEncrypting},
    {.id = "encryption-covers-configmaps",
     .title = "ConfigMaps are encrypted in etcd",
     .row = "6b",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = ConfigMapsToo,
     .setting = "encryption-provider-config",
     .wanted = "configmaps",
     .expected = "an entry whose resources hold configmaps (or a wildcard)",
     .remedy =
         "add configmaps to the resources of an entry at {where}; then rewrite all ConfigMaps",
     .why = "People put credentials into ConfigMaps, whatever they are told.",
     .link = kEncrypting},
    {.id = "encryption-identity-not-first",
     .title = "No entry of the encryption configuration writes without encryption",
     .row = "6b",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = IdentityIsNotFirst,
     .setting = "encryption-provider-config",
     .expected = "identity is never the first provider",
     .remedy = "move identity behind the provider that is to encrypt at {where}; then rewrite all "
               "objects",
     .why = "The configuration looks like encryption, and everything is written as it is.",
     .link = kEncrypting},
    {.id = "encryption-no-aescbc",
     .title = "What is written to etcd is authenticated, not only encrypted",
     .row = "6b",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = DoesNotWrite<ProviderType::kAesCbc>,
     .setting = "encryption-provider-config",
     .expected = "secretbox or kms writes, not aescbc",
     .remedy = "put secretbox or kms first at {where}; then rewrite all objects",
     .why = "CBC is open to padding-oracle attacks, and a changed value is not noticed.",
     .link = kEncrypting},
    {.id = "encryption-no-aesgcm",
     .title = "No key is used beyond the writes that it is good for",
     .row = "6b",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = DoesNotWrite<ProviderType::kAesGcm>,
     .setting = "encryption-provider-config",
     .expected = "secretbox or kms writes, not aesgcm",
     .remedy = "put secretbox or kms first at {where}, unless something rotates the key every "
               "200,000 writes; then rewrite all objects",
     .why = "A repeated random nonce gives the plaintext away; upstream asks for a new key every "
            "200,000 writes.",
     .link = kEncrypting},
    {.id = "encryption-kms-v2",
     .title = "Key management services are spoken to by KMS v2",
     .row = "6b",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = KmsIsV2,
     .setting = "encryption-provider-config",
     .expected = "kms.apiVersion: v2 (not written means v1)",
     .remedy = "add a provider with apiVersion: v2 first at {where}, rewrite all objects, and take "
               "v1 away",
     .why = "KMS v1 is deprecated and off by default since 1.29, and it does not notice that a key "
            "was rotated.",
     .link = kKms},
    {.id = "encryption-keys-elsewhere",
     .title = "The encryption keys are kept by a key management service",
     .row = "6b",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = KeysAreElsewhere,
     .setting = "encryption-provider-config",
     .expected = "the providers that write are kms",
     .remedy = "put a KMS v2 provider first at {where}; then rewrite all objects",
     .why = "Keys in a file of the control plane are taken together with the data by whoever gets "
            "that disk.",
     .link = kKms},
    {.id = "encryption-automatic-reload",
     .title = "A changed encryption configuration is taken without a restart",
     .row = "6b",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = ReloadsByItself,
     .setting = "encryption-provider-config-automatic-reload",
     .wanted = "true",
     .expected = "--encryption-provider-config-automatic-reload is true",
     .remedy = "set --encryption-provider-config-automatic-reload=true at {where}",
     .why = "Rotations that need four restarts of every API server are not done.",
     .link = kEncrypting},
    {.id = "encryption-no-identity-left",
     .title = "Nothing in etcd may be read that is not encrypted",
     .row = "6b",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .manual = true,
     .check = NothingOldIsLeft,
     .setting = "encryption-provider-config",
     .expected = "no identity, once everything has been rewritten",
     .remedy = "rewrite every object of these resources, then take identity away at {where}",
     .why = "As long as it is there, nobody notices what was never rewritten.",
     .link = kEncrypting},
};

}  // namespace

std::span<const Rule> EncryptionRules() { return kRules; }

}  // namespace seawall::rules
