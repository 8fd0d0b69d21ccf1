#include "cluster/refusals.h"

#include <gtest/gtest.h>

#include "cluster/settings_testing.h"

namespace seawall::cluster {
namespace {

using testing::Subject;
using Kind = Problem::Kind;

/// What a kube-apiserver needs at the least.
std::vector<std::string> Enough(std::vector<std::string> more) {
  for (const char* text :
       {"--etcd-servers=https://127.0.0.1:2379", "--service-account-issuer=https://i",
        "--service-account-signing-key-file=/sa.key", "--service-account-key-file=/sa.pub"}) {
    more.emplace_back(text);
  }
  return more;
}

Subject Server(std::vector<std::string> more) {
  Subject subject(ComponentKind::kApiServer, Enough(std::move(more)));
  for (const char* file : {"/sa.key", "/sa.pub", "/ca", "/crt", "/key"})
    subject.File(file, testing::PemFor(file));
  subject.Read();
  return subject;
}

TEST(ApiServerRefuses, NothingOfASoundServer) {
  EXPECT_EQ(
      Server({"--authorization-mode=Node,RBAC", "--client-ca-file=/ca", "--tls-cert-file=/crt",
              "--tls-private-key-file=/key", "--enable-admission-plugins=NodeRestriction",
              "--audit-log-path=-", "--tls-min-version=VersionTLS12",
              "--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
              "--feature-gates=AllAlpha=false"})
          .FatalTexts(),
      "");
}

struct Case {
  std::vector<std::string> arguments;
  Kind kind;
  const char* setting;
};

TEST(ApiServerRefuses, Table) {
  const Case cases[] = {
      {{"--authorization-mode=RBAC", "--authorization-config=/a"},
       Kind::kConflict,
       "authorization-mode"},
      {{"--authorization-webhook-version=v1", "--authorization-config=/a"},
       Kind::kConflict,
       "authorization-webhook-version"},
      {{"--authorization-mode=RBAC,RBAC"}, Kind::kBadValue, "authorization-mode"},
      {{"--authorization-mode=RBAC", "--authorization-mode=RBAC"},
       Kind::kBadValue,
       "authorization-mode"},
      {{"--authorization-mode=Rbac"}, Kind::kBadValue, "authorization-mode"},
      {{"--authorization-mode=ABAC"}, Kind::kConflict, "authorization-policy-file"},
      {{"--authorization-mode=Webhook"}, Kind::kConflict, "authorization-webhook-config-file"},
      {{"--authorization-mode=RBAC", "--authorization-policy-file=/crt"},
       Kind::kConflict,
       "authorization-policy-file"},
      {{"--authorization-webhook-config-file=/crt"},
       Kind::kConflict,
       "authorization-webhook-config-file"},
      {{"--oidc-issuer-url=https://i"}, Kind::kConflict, "oidc-issuer-url"},
      {{"--oidc-issuer-url=https://i", "--oidc-client-id=c", "--authentication-config=/a"},
       Kind::kConflict,
       "oidc-client-id"},
      {{"--service-account-issuer=https://i"}, Kind::kBadValue, "service-account-issuer"},
      {{"--service-account-signing-endpoint=/s"}, Kind::kConflict, "service-account-key-file"},
      {{"--admission-control=PodSecurity", "--enable-admission-plugins=NodeRestriction"},
       Kind::kConflict,
       "enable-admission-plugins"},
      {{"--enable-admission-plugins=NodeRestrict"}, Kind::kBadValue, "enable-admission-plugins"},
      {{"--enable-admission-plugins=PodSecurityPolicy"},
       Kind::kBadValue,
       "enable-admission-plugins"},
      {{"--enable-admission-plugins=NodeRestriction",
        "--disable-admission-plugins=NodeRestriction"},
       Kind::kBadValue,
       "disable-admission-plugins"},
      {{"--secure-port=0"}, Kind::kBadValue, "secure-port"},
      {{"--secure-port=70000"}, Kind::kBadValue, "secure-port"},
      {{"--tls-min-version=TLS1.2"}, Kind::kBadValue, "tls-min-version"},
      {{"--tls-cipher-suites=TLS_RSA_WITH_AES_128_GCM_SHA25"},
       Kind::kBadValue,
       "tls-cipher-suites"},
      {{"--feature-gates=NoSuchGate=true"}, Kind::kBadValue, "feature-gates"},
      {{"--feature-gates=StructuredAuthorizationConfiguration=true"},
       Kind::kBadValue,
       "feature-gates"},
      {{"--encryption-provider-config-automatic-reload"},
       Kind::kConflict,
       "encryption-provider-config-automatic-reload"},
      {{"--audit-log-path=/a", "--audit-log-maxage=-1"}, Kind::kBadValue, "audit-log-maxage"},
      {{"--audit-log-path=/a", "--audit-log-format=xml"}, Kind::kBadValue, "audit-log-format"},
      {{"--request-timeout=-1s"}, Kind::kBadValue, "request-timeout"},
      {{"--tls-cert-file=/crt"}, Kind::kConflict, "tls-cert-file"},
      {{"--client-ca-file=/nowhere"}, Kind::kMissingFile, "client-ca-file"},
      {{"--token-auth-file=/nowhere"}, Kind::kMissingFile, "token-auth-file"},
      {{"--service-account-key-file=/nowhere"}, Kind::kMissingFile, "service-account-key-file"},
  };
  for (const Case& one : cases) {
    const Subject subject = Server(one.arguments);
    EXPECT_TRUE(subject.Fatal(one.kind, one.setting)) << one.arguments[0] << "\n"
                                                      << subject.FatalTexts();
  }
}

TEST(ApiServerRefuses, ALogThatItCannotOpen) {
  const auto fatal = [](std::vector<Mount> mounts, const char* path) {
    Subject subject(ComponentKind::kApiServer, {std::string("--audit-log-path=") + path});
    subject.component().mounts = std::move(mounts);
    subject.component().in_container = true;
    return subject.Read().Fatal(Kind::kBadValue, "audit-log-path");
  };
  const Mount read_only{"/var/log", "/var/log", "hostPath", true, {}};
  const Mount writable{"/var/log/audit", "/var/log/audit", "hostPath", false, {}};
  EXPECT_TRUE(fatal({read_only}, "/var/log/audit/a.log"));
  EXPECT_FALSE(fatal({read_only, writable}, "/var/log/audit/a.log"));
  EXPECT_FALSE(fatal({read_only}, "/var/logs/a.log"));
  EXPECT_FALSE(fatal({read_only}, "-"));
  EXPECT_FALSE(fatal({writable}, "/var/log/audit/a.log"));
}

TEST(ApiServerRefuses, WhatIsMissing) {
  Subject bare(ComponentKind::kApiServer, {});
  bare.Read();
  for (const char* name : {"etcd-servers", "service-account-issuer",
                           "service-account-signing-key-file", "service-account-key-file"}) {
    EXPECT_TRUE(bare.Fatal(Kind::kConflict, name)) << name;
  }
  Subject hidden(ComponentKind::kApiServer, {"$EXTRA"});
  hidden.Unknown(0).Read();
  EXPECT_EQ(hidden.FatalTexts(), "") << "they may be among what cannot be known";
  Subject given(ComponentKind::kApiServer, {});
  given.component().run_by = RunBy::kConfiguration;
  given.Read();
  EXPECT_EQ(given.FatalTexts(), "") << "whoever makes the command line of it adds them";
}

TEST(ApiServerRefuses, NothingWithoutAVersionThatDependsOnIt) {
  Subject subject(ComponentKind::kApiServer,
                  Enough({"--enable-admission-plugins=NoSuch", "--feature-gates=NoSuch=true"}));
  subject.File("/sa.key", testing::kKeyText).File("/sa.pub", "x").NoVersion().Read();
  EXPECT_EQ(subject.FatalTexts(), "");
}

TEST(ApiServerRefuses, FilesThatThePodDoesNotSee) {
  Subject subject(ComponentKind::kApiServer,
                  Enough({"--client-ca-file=/pki/ca", "--token-auth-file=/cm/tokens"}));
  subject.File("/pki/ca", "x").File("/sa.key", "x").File("/sa.pub", "x");
  subject.component().in_container = true;
  subject.component().mounts = {{"/sa.key", "/sa.key", "hostPath", true, {}},
                                {"/sa.pub", "/sa.pub", "hostPath", true, {}},
                                {"/cm", "", "configMap", true, {}}};
  subject.Read();
  EXPECT_TRUE(subject.Fatal(Kind::kMissingFile, "client-ca-file"))
      << "on the node, and not mounted";
  EXPECT_EQ(subject.Find(Kind::kMissingFile, "token-auth-file"), nullptr)
      << "what is in the ConfigMap is not known";
}

TEST(ApiServer, WithoutModesEverythingIsAllowed) {
  EXPECT_EQ(Server({}).Shown("authorization-mode"), "default:AlwaysAllow");
  EXPECT_EQ(Server({"--authorization-mode="}).Shown("authorization-mode"), "default:AlwaysAllow");
  EXPECT_EQ(Server({"--authorization-config=/a"}).Shown("authorization-mode"), "default:");
  Subject hidden(ComponentKind::kApiServer, {"$EXTRA"});
  hidden.Unknown(0).Read();
  EXPECT_EQ(hidden.Shown("authorization-mode"), "unknown");
}

TEST(ControllerManagerRefuses, Table) {
  const auto fatal = [](std::vector<std::string> arguments) {
    arguments.emplace_back("--kubeconfig=/kubeconfig");
    Subject subject(ComponentKind::kControllerManager, std::move(arguments));
    subject.File("/c", testing::kCertificateText).File("/k", testing::kKeyText).Read();
    return subject.FatalTexts();
  };
  EXPECT_EQ(fatal({"--profiling=false", "--root-ca-file=/c", "--secure-port=0",
                   "--controllers=*,bootstrapsigner"}),
            "");
  EXPECT_NE(fatal({"--root-ca-file=/nowhere"}), "");
  EXPECT_NE(fatal({"--secure-port=-1"}), "");
  EXPECT_NE(fatal({"--cloud-provider=aws"}), "");
  EXPECT_NE(fatal({"--cluster-signing-cert-file=/c", "--cluster-signing-key-file=/k",
                   "--cluster-signing-kubelet-client-cert-file=/c",
                   "--cluster-signing-kubelet-client-key-file=/k"}),
            "");
  EXPECT_NE(fatal({"--experimental-cluster-signing-duration=1h"}), "");
}

TEST(KubeletRefuses, Table) {
  const auto fatal = [](std::vector<std::string> arguments) {
    Subject subject(ComponentKind::kKubelet, std::move(arguments));
    subject.File("/c", testing::kCertificateText).Read();
    return subject.FatalTexts();
  };
  EXPECT_EQ(fatal({}), "") << "alone, with the defaults of flags";
  EXPECT_EQ(fatal({"--kubeconfig=/k", "--authorization-mode=Webhook", "--client-ca-file=/c"}), "");
  EXPECT_NE(fatal({"--authorization-mode=Webhook"}), "") << "nobody to ask";
  EXPECT_NE(fatal({"--authentication-token-webhook"}), "");
  EXPECT_NE(fatal({"--authorization-mode=RBAC"}), "");
  EXPECT_NE(fatal({"--client-ca-file=/nowhere"}), "");
  EXPECT_NE(fatal({"--tls-cipher-suites=NO"}), "");
  EXPECT_NE(fatal({"--tls-min-version=1.2"}), "");
  EXPECT_NE(fatal({"--port=0"}), "");
  EXPECT_NE(fatal({"--read-only-port=70000"}), "");
  EXPECT_NE(fatal({"--feature-gates=RotateKubeletClientCertificate=true"}), "");
  EXPECT_NE(fatal({"--rotate-server-certificates",
                   "--feature-gates=RotateKubeletServerCertificate=false"}),
            "");
  EXPECT_NE(fatal({"--image-gc-low-threshold=90"}), "");
  EXPECT_NE(fatal({""}), "") << "the kubelet refuses an empty argument too";
}

}  // namespace
}  // namespace seawall::cluster
