#include "rules/control_plane_rules.h"
#include "rules/test_cases.h"

namespace seawall::rules {
namespace {

using cluster::ComponentKind;

// 32 bytes each, from /dev/urandom once; they protect nothing.
constexpr const char* kKeyA = "q0tSyB9Yr3vXG0a8Zk1mJw7n5cLx2dPfUeHi4oQsTA8=";
constexpr const char* kKeyB = "Zm9kQ7Hn3xL0pRw2Vb8yTjK5sEaXu1cGiMd4oNf6hI0=";
constexpr const char* kShort = "q0tSyB9Yr3vXG0a8Zk1mJw==";
constexpr const char* kZeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
constexpr const char* kText = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=";

std::string Key(const char* name, const char* secret) {
  return std::string("{name: ") + name + ", secret: '" + secret + "'}";
}
std::string Local(const char* provider, const std::string& keys) {
  return std::string("{") + provider + ": {keys: [" + keys + "]}}";
}
std::string Kms(const char* version) {
  return std::string("{kms: {apiVersion: ") + version +
         ", name: vault, endpoint: 'unix:///run/kms.sock'}}";
}
constexpr const char* kIdentity = "{identity: {}}";

Pairs Config(const std::string& resources, const std::string& providers) {
  return {{"/e",
           "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- "
           "resources: [" +
               resources + "]\n  providers: [" + providers + "]\n"}};
}

const Pairs kSet = {{"encryption-provider-config", "/e"}};

TEST(Encryption, EachRuleSaysWhatIsTrue) {
  const std::string box = Local("secretbox", Key("a", kKeyA));
  const std::string cbc = Local("aescbc", Key("a", kKeyA));
  const std::string gcm = Local("aesgcm", Key("a", kKeyA));
  const Pairs good = Config("secrets, configmaps", box);
  const std::vector<RuleCase> cases = {
      {"encryption-configured", {}, "fail"},
      {"encryption-configured", kSet, "pass", good},
      {"encryption-configured", kSet, "unknown"},
      {"encryption-configured", kSet, "unknown",
       Config("secrets", Local("secretbox", Key("a", kShort)))},
      {"encryption-provider", {}, "fail"},
      {"encryption-provider", kSet, "pass", good},
      {"encryption-provider", kSet, "pass", Config("secrets", cbc)},
      {"encryption-provider", kSet, "pass", Config("secrets", Kms("v2"))},
      {"encryption-provider", kSet, "pass", Config("'*.*'", box)},
      {"encryption-provider", kSet, "fail", Config("secrets", gcm)},
      {"encryption-provider", kSet, "fail", Config("secrets", std::string(kIdentity) + ", " + box)},
      {"encryption-provider", kSet, "fail", Config("configmaps", box)},
      {"encryption-provider", kSet, "unknown", {{"/e", "resources: ["}}},
      {"encryption-provider", kSet, "unknown", Config("secrets", "{secretbx: {}}")},
      {"encryption-provider", kSet, "unknown", Config("secrets", "")},
      {"encryption-covers-secrets", kSet, "pass", good},
      {"encryption-covers-secrets", kSet, "fail", Config("configmaps", box)},
      {"encryption-covers-secrets", kSet, "unknown"},
      {"encryption-covers-configmaps", kSet, "pass", good},
      {"encryption-covers-configmaps", kSet, "fail", Config("secrets", box)},
      {"encryption-covers-configmaps", kSet, "unknown"},
      {"encryption-covers-configmaps", {}, "not-applicable"},
      {"encryption-identity-not-first", kSet, "pass", Config("secrets", box + ", " + kIdentity)},
      {"encryption-identity-not-first", kSet, "fail",
       Config("secrets", std::string(kIdentity) + ", " + box)},
      {"encryption-identity-not-first", kSet, "unknown"},
      {"encryption-no-aescbc", kSet, "pass", Config("secrets", box + ", " + cbc)},
      {"encryption-no-aescbc", kSet, "fail", Config("secrets", cbc)},
      {"encryption-no-aescbc", kSet, "unknown"},
      {"encryption-no-aesgcm", kSet, "pass", good},
      {"encryption-no-aesgcm", kSet, "fail", Config("secrets", gcm)},
      {"encryption-no-aesgcm", kSet, "unknown"},
      {"encryption-kms-v2", kSet, "not-applicable", good},
      {"encryption-kms-v2", kSet, "pass", Config("secrets", Kms("v2"))},
      {"encryption-kms-v2", kSet, "fail", Config("secrets", Kms("v1"))},
      {"encryption-kms-v2", kSet, "unknown"},
      {"encryption-keys-elsewhere", kSet, "pass", Config("secrets", Kms("v2"))},
      {"encryption-keys-elsewhere", kSet, "fail", good},
      {"encryption-keys-elsewhere", kSet, "unknown"},
      {"encryption-automatic-reload", {}, "not-applicable"},
      {"encryption-automatic-reload", kSet, "fail", good},
      {"encryption-automatic-reload",
       {{"encryption-provider-config", "/e"},
        {"encryption-provider-config-automatic-reload", "true"}},
       "pass",
       good},
      {"encryption-automatic-reload", kSet, "unknown", good, 0},
      {"encryption-no-identity-left", kSet, "pass", good},
      {"encryption-no-identity-left", kSet, "fail",
       Config("secrets", std::string(kIdentity) + ", " + box)},
      {"encryption-no-identity-left", kSet, "unknown", Config("secrets", box + ", " + kIdentity)},
  };
  RunCases(ComponentKind::kApiServer, cases);
  ExpectAllVerdicts(EncryptionRules(), cases);
}

TEST(EncryptionKeys, EachRuleSaysWhatIsTrue) {
  const auto box = [](const std::string& keys) {
    return Config("secrets", Local("secretbox", keys));
  };
  const auto cbc = [](const std::string& keys) { return Config("secrets", Local("aescbc", keys)); };
  const std::vector<RuleCase> cases = {
      {"encryption-key-length", kSet, "pass", box(Key("a", kKeyA))},
      {"encryption-key-length", kSet, "fail", cbc(Key("a", kShort))},
      {"encryption-key-length", kSet, "unknown"},
      {"encryption-key-length", kSet, "not-applicable", Config("secrets", Kms("v2"))},
      {"encryption-keys-random", kSet, "pass", box(Key("a", kKeyA))},
      {"encryption-keys-random", kSet, "fail", box(Key("a", kZeros))},
      {"encryption-keys-random", kSet, "fail", box(Key("a", kText))},
      {"encryption-keys-random", kSet, "fail", cbc(Key("a", "c2VjcmV0IGlzIHNlY3VyZQ=="))},
      {"encryption-keys-random", kSet, "unknown"},
      {"encryption-keys-differ", kSet, "pass", box(Key("a", kKeyA) + ", " + Key("b", kKeyB))},
      {"encryption-keys-differ", kSet, "fail", box(Key("a", kKeyA) + ", " + Key("b", kKeyA))},
      {"encryption-keys-differ", kSet, "unknown"},
      {"encryption-key-names-differ", kSet, "pass", box(Key("a", kKeyA) + ", " + Key("b", kKeyB))},
      {"encryption-key-names-differ", kSet, "fail", box(Key("a", kKeyA) + ", " + Key("a", kKeyB))},
      {"encryption-key-names-differ", kSet, "unknown"},
      {"encryption-keys-rotated", kSet, "unknown", box(Key("a", kKeyA))},
      {"encryption-keys-rotated", {}, "not-applicable"},
  };
  RunCases(ComponentKind::kApiServer, cases);
  std::vector<Rule> decidable;
  for (const Rule& rule : EncryptionKeyRules()) {
    if (!rule.manual) decidable.push_back(rule);
  }
  ExpectAllVerdicts(decidable, cases);
}

TEST(EncryptionKeys, TheSameKeyForTwoEntriesIsOneKey) {
  TestNode test;
  TestNode::Set(test.Add(ComponentKind::kApiServer), "encryption-provider-config", "/e");
  const std::string provider = Local("secretbox", Key("a", kKeyA));
  const std::string head =
      "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n";
  test.files().Add("/e", head + "- {resources: [secrets], providers: [" + provider +
                             "]}\n- {resources: [configmaps], providers: [" + provider + "]}\n");
  EXPECT_EQ(test.Verdict("encryption-keys-differ"), "pass") << test.last.reason;
  test.files().Add("/e", head + "- {resources: [secrets], providers: [" + provider +
                             "]}\n- {resources: [configmaps], providers: [" +
                             Local("aescbc", Key("a", kKeyA)) + "]}\n");
  EXPECT_EQ(test.Verdict("encryption-keys-differ"), "fail");
}

TEST(EncryptionKeys, NoKeyIsEverShown) {
  TestNode test;
  TestNode::Set(test.Add(ComponentKind::kApiServer), "encryption-provider-config", "/e");
  const Pairs files = Config("secrets", Local("aescbc", Key("a", kKeyA) + ", " + Key("b", kKeyA)));
  test.files().Add("/e", files.front().second);
  for (const Rule& rule : AllRules()) {
    if (rule.target != Target::kApiServer) continue;
    const Finding finding = test.Ask(rule.id);
    std::string all = finding.outcome.reason + finding.outcome.remedy;
    for (const Evidence& evidence : finding.outcome.evidence)
      all += evidence.setting + evidence.value;
    EXPECT_EQ(all.find(kKeyA), std::string::npos) << rule.id;
  }
}

}  // namespace
}  // namespace seawall::rules
