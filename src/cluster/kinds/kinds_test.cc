// Decoding and validation of the structured kinds. What is refused here was held against
// kube-apiserver 1.37's own source and, where marked, against the genuine program.
#include <gtest/gtest.h>

#include "cluster/kinds/admission.h"
#include "cluster/kinds/audit_policy.h"
#include "cluster/kinds/authentication.h"
#include "cluster/kinds/authorization.h"
#include "cluster/kinds/claims.h"
#include "cluster/kinds/egress.h"
#include "cluster/kinds/encryption.h"
#include "cluster/kinds/url.h"

namespace seawall::cluster::kinds {
namespace {

yaml::Stream Parsed(std::string text) {
  auto stream = yaml::Parse("x.yaml", std::move(text));
  EXPECT_TRUE(stream.has_value());
  return std::move(*stream);
}

/// The fatal problems' settings, in order, joined by spaces.
std::string Fatal(const View& view) {
  std::string out;
  for (const Problem& p : view.problems) {
    if (p.fatal) out += (out.empty() ? "" : " ") + p.setting;
  }
  return out;
}

Reader At(int minor) { return {versions::Minor{1, minor}}; }

const char* const kAuthn =
    "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n";

AuthenticationConfiguration Authn(const std::string& body, const Reader& reader = At(37)) {
  static std::vector<std::unique_ptr<yaml::Stream>> kept;
  kept.push_back(std::make_unique<yaml::Stream>(Parsed(kAuthn + body)));
  auto view = ReadAuthentication(*kept.back(), reader);
  EXPECT_TRUE(view.has_value());
  return *view;
}

const char* const kGoodJwt =
    "jwt:\n- issuer:\n    url: https://issuer.example.org\n    audiences: [a]\n"
    "  claimMappings:\n    username:\n      claim: sub\n      prefix: \"oidc:\"\n";

TEST(Authentication, ReadsIssuersMappingsAndAnonymousWithPlaces) {
  const auto view = Authn(std::string(kGoodJwt) +
                          "  claimValidationRules:\n  - claim: amr\n    requiredValue: mfa\n"
                          "anonymous:\n  enabled: true\n  conditions:\n  - path: /livez\n");
  EXPECT_EQ(Fatal(view), "");
  ASSERT_EQ(view.jwt.size(), 1u);
  EXPECT_EQ(*view.jwt[0].url, "https://issuer.example.org");
  EXPECT_EQ(view.jwt[0].url.place.line, 5u);
  EXPECT_TRUE(view.jwt[0].DemandsClaim("amr"));
  EXPECT_FALSE(view.jwt[0].DemandsClaim("acr"));
  EXPECT_TRUE(view.anonymous.written);
  EXPECT_TRUE(*view.anonymous.enabled);
  ASSERT_EQ(view.anonymous.paths.size(), 1u);
  EXPECT_EQ(*view.anonymous.paths[0], "/livez");
}

struct Case {
  const char* body;
  const char* fatal;
};

TEST(Authentication, RefusesWhatKubeApiserverRefuses) {
  const Case cases[] = {
      {"jwt:\n- issuer: {url: 'http://i.example.org', audiences: [a]}\n"
       "  claimMappings: {username: {claim: sub, prefix: ''}}\n",
       "jwt[0].issuer.url"},
      {"jwt:\n- issuer: {url: 'https://u:p@i.example.org/?x#y', audiences: [a]}\n"
       "  claimMappings: {username: {claim: sub, prefix: ''}}\n",
       "jwt[0].issuer.url jwt[0].issuer.url jwt[0].issuer.url"},
      {"jwt:\n- issuer: {url: 'https://i.example.org'}\n"
       "  claimMappings: {username: {claim: sub, prefix: ''}}\n",
       "jwt[0].issuer.audiences"},
      {"jwt:\n- issuer: {url: 'https://i.example.org', audiences: [a, b]}\n"
       "  claimMappings: {username: {claim: sub, prefix: ''}}\n",
       "jwt[0].issuer.audienceMatchPolicy"},
      {"jwt:\n- issuer: {url: 'https://i.example.org', audiences: [a]}\n"
       "  claimMappings: {username: {claim: sub}}\n",
       "jwt[0].claimMappings.username.prefix"},
      {"jwt:\n- issuer: {url: 'https://i.example.org', audiences: [a]}\n"
       "  claimMappings: {username: {expression: claims.email}}\n",
       "jwt[0].claimMappings.username.expression"},
      {"jwt:\n- issuer: {url: 'https://i.example.org', audiences: [a]}\n"
       "  claimMappings: {username: {claim: sub, prefix: ''}, extra: [{key: foo, valueExpression: "
       "x}]}\n",
       "jwt[0].claimMappings.extra[0].key"},
      {"anonymous:\n  enabled: false\n  conditions: [{path: /x}]\n", "anonymous.conditions"},
      {"anonymous: {enable: true}\n", "anonymous.enable"},
      {"jwt: {}\n", "jwt"},
      {"jwt: []\njwt: []\n", "jwt"},
      {"metadata: {}\n", "metadata"}};
  for (const Case& c : cases) EXPECT_EQ(Fatal(Authn(c.body)), c.fatal) << c.body;
}

TEST(Authentication, AcceptsEmailWhenVerifiedIsLookedAt) {
  EXPECT_EQ(
      Fatal(Authn("jwt:\n- issuer: {url: 'https://i.example.org', audiences: [a]}\n"
                  "  claimValidationRules: [{expression: 'claims.?email_verified.orValue(true)'}]\n"
                  "  claimMappings: {username: {expression: claims.email}}\n")),
      "");
}

TEST(Authentication, KnowsWhichVersionReadsWhich) {
  EXPECT_EQ(Fatal(Authn(kGoodJwt, At(33))), "apiVersion");
  EXPECT_EQ(Fatal(Authn(kGoodJwt, At(34))), "");
  EXPECT_EQ(Fatal(Authn(kGoodJwt, {})), "");
}

TEST(Claims, AreFoundInExpressionsAndNotInStrings) {
  EXPECT_TRUE(SelectsClaim("claims.amr.exists(a, a == 'mfa')", "amr"));
  EXPECT_TRUE(SelectsClaim("'mfa' in claims[\"amr\"]", "amr"));
  EXPECT_TRUE(SelectsClaim("claims . ?amr", "amr"));
  EXPECT_FALSE(SelectsClaim("claims.amrs", "amr"));
  EXPECT_FALSE(SelectsClaim("\"claims.amr\" == user", "amr"));
  EXPECT_FALSE(SelectsClaim("x.claims.amr", "amr"));
  EXPECT_FALSE(SelectsClaim("claims['", "amr"));
}

const char* const kAuthz =
    "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n";

AuthorizationConfiguration Authz(const std::string& body) {
  const yaml::Stream stream = Parsed(kAuthz + body);
  auto view = ReadAuthorization(stream, At(37));
  EXPECT_TRUE(view.has_value());
  return *view;
}

const char* const kWebhook =
    "authorizers:\n- type: Webhook\n  name: hook\n  webhook:\n    timeout: 3s\n"
    "    subjectAccessReviewVersion: v1\n    failurePolicy: NoOpinion\n"
    "    connectionInfo: {type: KubeConfigFile, kubeConfigFile: /etc/hook.conf}\n";

TEST(Authorization, ReadsAuthorizersInOrder) {
  const auto view =
      Authz(std::string(kWebhook) + "- {type: Node, name: node}\n- {type: RBAC, name: rbac}\n");
  EXPECT_EQ(Fatal(view), "");
  ASSERT_EQ(view.authorizers.size(), 3u);
  EXPECT_EQ(*view.authorizers[0].webhook->failure_policy, "NoOpinion");
  EXPECT_EQ(*view.authorizers[0].webhook->authorized_ttl, "5m");
  EXPECT_FALSE(view.authorizers[0].webhook->authorized_ttl.written);
  EXPECT_EQ(view.Of("RBAC"), &view.authorizers[2]);
  EXPECT_EQ(view.Of("ABAC"), nullptr);
}

TEST(Authorization, RefusesWhatKubeApiserverRefuses) {
  const Case cases[] = {
      {"authorizers: []\n", "authorizers"},
      {"authorizers: [{type: Rbac, name: rbac}]\n", "authorizers[0].type"},
      {"authorizers: [{type: RBAC, name: RBAC}]\n", "authorizers[0].name"},
      {"authorizers: [{type: RBAC, name: my-rbac}]\n", "authorizers[0].name"},
      {"authorizers: [{type: Node, name: node}, {type: Node, name: node}]\n",
       "authorizers[1].type"},
      {"authorizers: [{type: RBAC, name: rbac, webhook: {}}]\n", "authorizers[0].webhook"},
      {"authorizers: [{type: Webhook, name: hook}]\n", "authorizers[0].webhook"},
      {"authorizers: [{type: Webhook, name: hook, webhook: {timeout: 31s, "
       "subjectAccessReviewVersion: v1,"
       " failurePolicy: Deny, connectionInfo: {type: InClusterConfig}}}]\n",
       "authorizers[0].webhook.timeout"},
      {"authorizers: [{type: Webhook, name: hook, webhook: {timeout: 3s, "
       "subjectAccessReviewVersion: v1,"
       " failurePolicy: Allow, connectionInfo: {type: InClusterConfig}}}]\n",
       "authorizers[0].webhook.failurePolicy"},
      {"authorizers: [{type: Webhook, name: hook, webhook: {timeout: 3, "
       "subjectAccessReviewVersion: v1,"
       " failurePolicy: Deny, connectionInfo: {type: InClusterConfig}}}]\n",
       "authorizers[0].webhook.timeout"}};
  for (const Case& c : cases) EXPECT_EQ(Fatal(Authz(c.body)), c.fatal) << c.body;
}

const char* const kEnc = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n";

EncryptionConfiguration Enc(const std::string& body) {
  const yaml::Stream stream = Parsed(kEnc + body);
  auto view = ReadEncryption(stream, At(37));
  EXPECT_TRUE(view.has_value());
  return *view;
}

// 32 bytes each.
const char* const kKey1 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const char* const kKey2 = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

TEST(Encryption, SeesKeysWithoutKeepingThem) {
  const auto view = Enc(
      std::string("resources:\n- resources: [secrets]\n  providers:\n"
                  "  - aescbc:\n      keys:\n      - {name: a, secret: ") +
      kKey1 + "}\n      - {name: b, secret: " + kKey2 + "}\n      - {name: c, secret: " + kKey1 +
      "}\n      - {name: d, secret: c2VjcmV0IGlzIHNlY3VyZQ==}\n  - identity: {}\n");
  EXPECT_EQ(Fatal(view), "");
  const auto& keys = view.resources.at(0).providers.at(0).keys;
  ASSERT_EQ(keys.size(), 4u);
  EXPECT_EQ(keys[0].length, 32u);
  EXPECT_EQ(keys[0].secret_id, keys[2].secret_id);
  EXPECT_NE(keys[0].secret_id, keys[1].secret_id);
  EXPECT_TRUE(keys[3].published);
  EXPECT_TRUE(keys[3].printable);
  EXPECT_FALSE(keys[0].printable);
  EXPECT_EQ(keys[0].secret_place.line, 8u);
  EXPECT_EQ(view.WriterOf("secrets")->type, ProviderType::kAesCbc);
  EXPECT_EQ(view.WriterOf("configmaps"), nullptr);
}

TEST(Encryption, WildcardsCoverTheirGroup) {
  const auto view =
      Enc("resources:\n- resources: ['*.apps']\n  providers: [{identity: {}}]\n"
          "- resources: ['*.*']\n  providers: [{kms: {apiVersion: v2, name: k, endpoint: "
          "'unix:///x'}}]\n");
  EXPECT_EQ(Fatal(view), "");
  EXPECT_EQ(view.WriterOf("deployments.apps")->type, ProviderType::kIdentity);
  EXPECT_EQ(view.WriterOf("secrets")->type, ProviderType::kKms);
  EXPECT_EQ(*view.WriterOf("secrets")->kms.timeout, "3s");
}

TEST(Encryption, RefusesWhatKubeApiserverRefuses) {
  const std::string key = std::string("{name: a, secret: ") + kKey1 + "}";
  const std::pair<std::string, const char*> cases[] = {
      {"resources: []\n", "resources"},
      {"resources: [{resources: [], providers: [{identity: {}}]}]\n", "resources[0].resources"},
      {"resources: [{resources: [secrets], providers: []}]\n", "resources[0].providers"},
      {"resources: [{resources: [secrets], providers: [{}]}]\n", "resources[0].providers[0]"},
      {"resources: [{resources: [secrets], providers: [{identity: {}, aescbc: {keys: [" + key +
           "]}}]}]\n",
       "resources[0].providers[0]"},
      {"resources: [{resources: [secrets, '*.'], providers: [{identity: {}}]}]\n",
       "resources[0].resources"},
      {"resources: [{resources: [secrets, secrets], providers: [{identity: {}}]}]\n",
       "resources[0].resources"},
      {"resources: [{resources: ['*'], providers: [{identity: {}}]}]\n",
       "resources[0].resources[0]"},
      {"resources: [{resources: [Secrets], providers: [{identity: {}}]}]\n",
       "resources[0].resources[0]"},
      {"resources: [{resources: ['*.*'], providers: [{identity: {}}]}, {resources: [secrets], "
       "providers: [{identity: {}}]}]\n",
       "resources[1].resources"},
      {"resources: [{resources: [secrets], providers: [{secretbox: {keys: [{name: a, secret: "
       "c2VjcmV0IGlzIHNlY3VyZQ==}]}}]}]\n",
       "resources[0].providers[0].secretbox.keys[0].secret"},
      {"resources: [{resources: [secrets], providers: [{aesgcm: {keys: [{name: a, secret: 'not "
       "base64'}]}}]}]\n",
       "resources[0].providers[0].aesgcm.keys[0].secret"},
      {"resources: [{resources: [secrets], providers: [{kms: {apiVersion: v2, name: 'a:b', "
       "endpoint: 'tcp://x', cachesize: 1}}]}]\n",
       "resources[0].providers[0].kms.name resources[0].providers[0].kms.endpoint "
       "resources[0].providers[0].kms.cachesize"},
      {"resources: [{resources: [secrets], providers: [{identity: {}}], extra: 1}]\n",
       "resources[0].extra"}};
  for (const auto& [body, fatal] : cases) EXPECT_EQ(Fatal(Enc(body)), fatal) << body;
}

TEST(Encryption, NeverShowsASecretInAProblem) {
  const auto view =
      Enc("resources: [{resources: [secrets], providers: [{aescbc: {keys: [{name: a, secret: "
          "CANARYCANARY}]}}]}]\n");
  for (const Problem& p : view.problems) EXPECT_EQ(p.text.find("CANARY"), std::string::npos);
  EXPECT_FALSE(view.problems.empty());
}

TEST(AuditPolicy, IgnoresUnknownFieldsAndRefusesUnknownLevels) {
  const yaml::Stream stream = Parsed(
      "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n  bogus: 1\n- level: "
      "All\n");
  const auto view = ReadAuditPolicy(stream, At(37));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(Fatal(*view), "rules[1].level");
  EXPECT_EQ(view->problems.size(), 2u);
}

TEST(AuditPolicy, KnowsWhichRuleDecides) {
  const yaml::Stream stream = Parsed(
      "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n"
      "- {level: None, users: ['system:kube-proxy']}\n"
      "- {level: Metadata, resources: [{group: '', resources: [secrets, configmaps]}]}\n"
      "- {level: Request, resources: [{group: '', resources: ['pods/*']}]}\n"
      "- {level: RequestResponse}\n");
  const auto view = ReadAuditPolicy(stream, At(37));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(*view->StrongestFor("", "secrets")->level, "Metadata");
  EXPECT_EQ(*view->StrongestFor("", "pods")->level, "Request");  // "pods/*" is "pods" too
  EXPECT_EQ(*view->StrongestFor("apps", "deployments")->level, "RequestResponse");
  EXPECT_TRUE(view->rules[3].CatchesAll());
}

TEST(Admission, ReadsPluginsAndPodSecurity) {
  const yaml::Stream stream = Parsed(
      "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n"
      "- name: PodSecurity\n  configuration:\n    apiVersion: "
      "pod-security.admission.config.k8s.io/v1\n"
      "    kind: PodSecurityConfiguration\n    defaults: {enforce: baseline, warn: strict}\n"
      "    exemptions: {namespaces: [kube-system, kube-system]}\n"
      "- {name: EventRateLimit, path: eventconfig.yaml}\n");
  const auto view = ReadAdmission(stream, At(37));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(Fatal(*view), "");
  const auto pod = ReadPodSecurity(view->Find("PodSecurity")->configuration, At(37));
  ASSERT_TRUE(pod.has_value());
  EXPECT_EQ(*pod->enforce, "baseline");
  EXPECT_EQ(*pod->audit, "privileged");
  EXPECT_EQ(Fatal(*pod), "defaults.warn exemptions.namespaces[1]");
  EXPECT_EQ(*view->Find("EventRateLimit")->path, "eventconfig.yaml");
}

TEST(Egress, RefusesWhatKubeApiserverRefuses) {
  const yaml::Stream stream = Parsed(
      "apiVersion: apiserver.k8s.io/v1beta1\nkind: EgressSelectorConfiguration\negressSelections:\n"
      "- {name: cluster, connection: {proxyProtocol: HTTPConnect, transport: {tcp: {url: "
      "'https://x'}}}}\n"
      "- {name: nowhere, connection: {proxyProtocol: Direct}}\n");
  const auto view = ReadEgressSelector(stream, At(37));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(Fatal(*view), "egressSelections[0].connection.transport.tcp egressSelections[1].name");
}

TEST(Kinds, OtherKindsAreMalformedRatherThanEmpty) {
  for (const char* text :
       {"", "# nothing\n", "[]", "a", "kind: Other\napiVersion: v1\n", "---\n---\n"}) {
    const yaml::Stream stream = Parsed(text);
    EXPECT_FALSE(ReadEncryption(stream, At(37)).has_value()) << text;
    EXPECT_FALSE(ReadAuthentication(stream, At(37)).has_value()) << text;
  }
}

TEST(Kinds, SurviveEveryPrefixOfAFile) {
  const std::string whole = std::string(kAuthn) + kGoodJwt + "anonymous: {enabled: true}\n";
  for (size_t n = 0; n < whole.size(); ++n) {
    auto stream = yaml::Parse("x", whole.substr(0, n));
    if (stream) (void)ReadAuthentication(*stream, At(37));
  }
}

TEST(Kinds, ManyProblemsStayBounded) {
  std::string body = "resources:\n";
  for (int i = 0; i < 5000; ++i) body += "- {bogus: 1}\n";
  EXPECT_LE(Enc(body).problems.size(), View::kProblemLimit);
}

TEST(UrlParts, AreTakenApart) {
  const Url url = SplitUrl("HTTPS://u@h:1/p?q#f");
  EXPECT_TRUE(url.valid);
  EXPECT_EQ(url.scheme, "https");
  EXPECT_TRUE(url.has_user);
  EXPECT_EQ(url.host, "h:1");
  EXPECT_EQ(url.query, "q");
  EXPECT_EQ(url.fragment, "f");
  EXPECT_FALSE(SplitUrl("https://h:x/").valid);
  EXPECT_FALSE(SplitUrl(":x").valid);
  EXPECT_FALSE(SplitUrl("https://h/%zz").valid);
}

}  // namespace
}  // namespace seawall::cluster::kinds
