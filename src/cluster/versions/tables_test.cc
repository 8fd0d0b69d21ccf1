// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

#include "cluster/versions/tables.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>

namespace seawall::cluster::versions {
namespace {

constexpr Minor k37{1, 37};
constexpr Minor kEtcd37{3, 7};

std::string Default(std::string_view component, std::string_view flag, Minor v = k37) {
  const FlagRow* row = FindFlag(component, flag, v);
  return row == nullptr ? "no such flag" : row->default_text;
}

std::string FieldDefault(std::string_view kind, std::string_view path, Minor v = k37) {
  const FieldRow* row = FindField(kind, path, v);
  if (row == nullptr) {
    return "no such field";
  }
  return row->default_text == nullptr ? "nothing" : row->default_text;
}

TEST(ParseMinor, TakesWhatComponentsPrint) {
  EXPECT_EQ(ParseMinor("v1.37.2"), (Minor{1, 37}));
  EXPECT_EQ(ParseMinor("1.29"), (Minor{1, 29}));
  EXPECT_EQ(ParseMinor("1.30+"), (Minor{1, 30}));
  EXPECT_EQ(ParseMinor("v1.31.4-gke.1183000"), (Minor{1, 31}));
  EXPECT_EQ(ParseMinor("3.5.21"), (Minor{3, 5}));
}

TEST(ParseMinor, RefusesTheRest) {
  for (const char* text :
       {"", "v", "1", "1.", ".37", "latest", "1.x", "12345.1", "1.12345", "vv1.2"}) {
    EXPECT_FALSE(ParseMinor(text)) << text;
  }
}

TEST(Flags, AreSortedAndTheirRangesDoNotOverlap) {
  const FlagRow* before = nullptr;
  for (const FlagRow& row : Flags()) {
    EXPECT_LE(row.min_minor, row.max_minor) << row.name;
    if (before != nullptr) {
      const auto order =
          std::tuple(std::string_view(before->component), std::string_view(before->name)) <=>
          std::tuple(std::string_view(row.component), std::string_view(row.name));
      EXPECT_TRUE(order <= 0) << before->name << " before " << row.name;
      if (order == 0) {
        EXPECT_LT(before->max_minor, row.min_minor) << row.name;
      }
    }
    before = &row;
  }
}

TEST(Fields, AreSortedAndTheirRangesDoNotOverlap) {
  const FieldRow* before = nullptr;
  for (const FieldRow& row : Fields()) {
    EXPECT_LE(row.min_minor, row.max_minor) << row.path;
    if (before != nullptr) {
      const auto order = std::tuple(std::string_view(before->kind), std::string_view(before->path),
                                    std::string_view(before->api_version)) <=>
                         std::tuple(std::string_view(row.kind), std::string_view(row.path),
                                    std::string_view(row.api_version));
      EXPECT_TRUE(order <= 0) << before->path << " before " << row.path;
      if (order == 0) {
        EXPECT_LT(before->max_minor, row.min_minor) << row.path;
      }
    }
    before = &row;
  }
}

// Whoever walks a file looks at every step of the way.
TEST(Fields, EveryFieldHasItsParent) {
  for (const FieldRow& row : Fields()) {
    std::string_view path = row.path;
    if (path.ends_with("[]") || path.ends_with("{}")) {
      path.remove_suffix(2);
    } else if (const auto dot = path.rfind('.'); dot != std::string_view::npos) {
      path = path.substr(0, dot);
    } else {
      continue;
    }
    const Minor v{std::string_view(row.kind) == "EtcdConfig" ? 3 : 1, row.min_minor};
    EXPECT_NE(FindField(row.kind, path, v, row.api_version), nullptr)
        << row.kind << " " << row.path;
  }
}

TEST(Gates, AreSorted) {
  const GateRow* before = nullptr;
  for (const GateRow& row : Gates()) {
    EXPECT_NE(row.components, 0);
    if (before != nullptr) {
      EXPECT_LE(std::string_view(before->gate), std::string_view(row.gate));
    }
    before = &row;
  }
}

TEST(Versions, Cover) {
  EXPECT_TRUE(CoversVersion("kubelet", k37));
  EXPECT_TRUE(CoversVersion("etcd", kEtcd37));
  EXPECT_FALSE(CoversVersion("kubelet", {1, 38}));
  EXPECT_FALSE(CoversVersion("kubelet", {1, 28}));
  EXPECT_FALSE(CoversVersion("kubelet", {2, 37}));
  EXPECT_FALSE(CoversVersion("etcd", {3, 4}));
  EXPECT_FALSE(CoversVersion("kubectl", k37));
  EXPECT_EQ(NewestVersion("kube-proxy"), k37);
  EXPECT_EQ(NewestVersion("etcd"), kEtcd37);
  EXPECT_FALSE(NewestVersion("kubectl"));
}

TEST(ApiServer, Flags) {
  EXPECT_EQ(Default("kube-apiserver", "anonymous-auth"), "true");
  EXPECT_EQ(Default("kube-apiserver", "authorization-mode"), "[]");
  EXPECT_EQ(Default("kube-apiserver", "token-auth-file"), "");
  EXPECT_EQ(Default("kube-apiserver", "audit-log-maxage"), "366");
  EXPECT_EQ(Default("kube-apiserver", "secure-port"), "6443");
  EXPECT_EQ(Default("kube-apiserver", "profiling"), "true");
  EXPECT_EQ(Default("kube-apiserver", "service-account-lookup"), "true");
  EXPECT_EQ(Default("kube-apiserver", "request-timeout"), "1m0s");
  EXPECT_EQ(Default("kube-apiserver", "insecure-port"), "no such flag");
  EXPECT_EQ(Default("kube-apiserver", "anonymous-auth", {1, 38}), "no such flag");
  EXPECT_EQ(Default("kube-apiserver", "anonymous-auth", {3, 37}), "no such flag");
}

TEST(ApiServer, HowFlagsRepeat) {
  EXPECT_EQ(FindFlag("kube-apiserver", "tls-cert-file", k37)->repeat, Repeat::kLastWins);
  EXPECT_EQ(FindFlag("kube-apiserver", "authorization-mode", k37)->repeat, Repeat::kAppendCsv);
  EXPECT_EQ(FindFlag("kube-apiserver", "tls-cipher-suites", k37)->repeat, Repeat::kAppendCsv);
  EXPECT_EQ(FindFlag("kube-apiserver", "service-account-key-file", k37)->repeat,
            Repeat::kAppendRaw);
  EXPECT_EQ(FindFlag("kube-apiserver", "service-account-issuer", k37)->repeat, Repeat::kAppendRaw);
  EXPECT_EQ(FindFlag("kube-apiserver", "feature-gates", k37)->repeat, Repeat::kMergeMap);
  EXPECT_EQ(FindFlag("etcd", "cipher-suites", kEtcd37)->repeat, Repeat::kReplace);
}

TEST(ApiServer, BareFlags) {
  EXPECT_STREQ(FindFlag("kube-apiserver", "anonymous-auth", k37)->no_opt_default, "true");
  EXPECT_EQ(FindFlag("kube-apiserver", "tls-cert-file", k37)->no_opt_default, nullptr);
  EXPECT_STREQ(FindFlag("etcd", "client-cert-auth", kEtcd37)->no_opt_default, "true");
}

TEST(ApiServer, UnderscoresAreDashes) {
  EXPECT_EQ(FindFlag("kube-apiserver", "anonymous_auth", k37),
            FindFlag("kube-apiserver", "anonymous-auth", k37));
  EXPECT_NE(FindFlag("kube-apiserver", "anonymous_auth", k37), nullptr);
  EXPECT_EQ(FindFlag("etcd", "client_cert_auth", kEtcd37), nullptr);
}

TEST(ApiServer, AdmissionPlugins) {
  EXPECT_TRUE(FindAdmissionPlugin("ServiceAccount", k37)->default_on);
  EXPECT_TRUE(FindAdmissionPlugin("PodSecurity", k37)->default_on);
  EXPECT_FALSE(FindAdmissionPlugin("NodeRestriction", k37)->default_on);
  EXPECT_FALSE(FindAdmissionPlugin("AlwaysAdmit", k37)->default_on);
  EXPECT_EQ(FindAdmissionPlugin("PodSecurityPolicy", k37), nullptr);
}

TEST(ApiServer, AuthorizationModes) {
  EXPECT_TRUE(KnowsAuthorizationMode("RBAC", k37));
  EXPECT_TRUE(KnowsAuthorizationMode("Node", k37));
  EXPECT_FALSE(KnowsAuthorizationMode("rbac", k37));
  EXPECT_FALSE(KnowsAuthorizationMode("RBAC", {1, 38}));
}

TEST(ApiServer, Kinds) {
  EXPECT_TRUE(KnowsKind("EncryptionConfiguration", "apiserver.config.k8s.io/v1", k37));
  EXPECT_FALSE(KnowsKind("EncryptionConfiguration", "apiserver.config.k8s.io/v2", k37));
  EXPECT_TRUE(KnowsKind("AuthorizationConfiguration", "apiserver.config.k8s.io/v1", k37));
  EXPECT_EQ(FieldDefault("EncryptionConfiguration", "resources[].providers[].kms.timeout"), "3s");
  EXPECT_EQ(FieldDefault("EncryptionConfiguration", "resources[].providers[].kms.cachesize"),
            "1000");
  EXPECT_EQ(FieldDefault("AuthorizationConfiguration", "authorizers[].webhook.authorizedTTL"),
            "5m0s");
  EXPECT_EQ(FieldDefault("AuthorizationConfiguration", "authorizers[].webhook.unauthorizedTTL"),
            "30s");
  EXPECT_NE(FindField("AuthenticationConfiguration", "anonymous.conditions[].path", k37), nullptr);
}

// The flag's default holds without --config, the field's with it.
TEST(Kubelet, TwoSetsOfDefaults) {
  EXPECT_EQ(Default("kubelet", "anonymous-auth"), "true");
  EXPECT_EQ(FieldDefault("KubeletConfiguration", "authentication.anonymous.enabled"), "false");
  EXPECT_EQ(Default("kubelet", "authentication-token-webhook"), "false");
  EXPECT_EQ(FieldDefault("KubeletConfiguration", "authentication.webhook.enabled"), "true");
  EXPECT_EQ(Default("kubelet", "authorization-mode"), "AlwaysAllow");
  EXPECT_EQ(FieldDefault("KubeletConfiguration", "authorization.mode"), "Webhook");
  EXPECT_EQ(Default("kubelet", "read-only-port"), "10255");
  EXPECT_EQ(FieldDefault("KubeletConfiguration", "readOnlyPort"), "nothing");
  EXPECT_EQ(FieldDefault("KubeletConfiguration", "streamingConnectionIdleTimeout"), "4h0m0s");
  EXPECT_EQ(FieldDefault("KubeletConfiguration", "podPidsLimit"), "-1");
  EXPECT_EQ(FieldDefault("KubeletConfiguration", "eventRecordQPS"), "50");
  EXPECT_EQ(FieldDefault("KubeletConfiguration", "authentication.anonymous.enable"),
            "no such field");
}

TEST(Kubelet, FlagsAndFields) {
  EXPECT_STREQ(FieldForFlag("kubelet", "anonymous-auth", k37), "authentication.anonymous.enabled");
  EXPECT_STREQ(FieldForFlag("kubelet", "anonymous_auth", k37), "authentication.anonymous.enabled");
  EXPECT_STREQ(FieldForFlag("kubelet", "client-ca-file", k37), "authentication.x509.clientCAFile");
  EXPECT_STREQ(FieldForFlag("kubelet", "rotate-server-certificates", k37), "serverTLSBootstrap");
  EXPECT_STREQ(FieldForFlag("kubelet", "event-qps", k37), "eventRecordQPS");
  EXPECT_STREQ(FieldForFlag("kubelet", "pod-max-pids", k37), "podPidsLimit");
  EXPECT_STREQ(FieldForFlag("kubelet", "feature-gates", k37), "featureGates");
  EXPECT_EQ(FieldForFlag("kubelet", "hostname-override", k37), nullptr);
  EXPECT_EQ(FieldForFlag("kubelet", "anonymous-auth", {1, 38}), nullptr);
  EXPECT_STREQ(FlagForField("kubelet", "authorization.mode", k37), "authorization-mode");
  EXPECT_EQ(FlagForField("kubelet", "enableProfilingHandler", k37), nullptr);
  EXPECT_STREQ(FieldForFlag("kube-scheduler", "profiling", k37), "enableProfiling");
}

TEST(Kubelet, FieldTypes) {
  EXPECT_STREQ(FindField("KubeletConfiguration", "evictionHard", k37)->type, "map<string>");
  EXPECT_STREQ(FindField("KubeletConfiguration", "evictionHard{}", k37)->type, "string");
  EXPECT_STREQ(FindField("KubeletConfiguration", "tlsCipherSuites", k37)->type, "list<string>");
  EXPECT_STREQ(FindField("KubeletConfiguration", "authentication", k37)->type, "object");
  EXPECT_STREQ(FindField("KubeletConfiguration", "readOnlyPort", k37)->type, "int");
}

TEST(Proxy, Fields) {
  EXPECT_NE(FindField("KubeProxyConfiguration", "metricsBindAddress", k37), nullptr);
  EXPECT_TRUE(KnowsKind("KubeProxyConfiguration", "kubeproxy.config.k8s.io/v1alpha1", k37));
  EXPECT_EQ(FieldDefault("KubeProxyConfiguration", "bindAddress"), "0.0.0.0");
}

TEST(Etcd, FlagsAndKeys) {
  EXPECT_EQ(Default("etcd", "client-cert-auth", kEtcd37), "false");
  EXPECT_EQ(Default("etcd", "listen-client-urls", kEtcd37), "http://localhost:2379");
  EXPECT_EQ(Default("etcd", "tls-min-version", kEtcd37), "TLS1.2");
  EXPECT_EQ(Default("etcd", "auth-token", kEtcd37), "simple");
  EXPECT_STREQ(FieldForFlag("etcd", "client-cert-auth", kEtcd37),
               "client-transport-security.client-cert-auth");
  EXPECT_STREQ(FieldForFlag("etcd", "peer-cert-allowed-cn", kEtcd37),
               "peer-transport-security.allowed-cn");
  EXPECT_STREQ(FieldForFlag("etcd", "client-cert-allowed-hostname", kEtcd37),
               "client-transport-security.allowed-hostname");
  EXPECT_EQ(FieldForFlag("etcd", "client-crl-file", kEtcd37), nullptr);
  EXPECT_NE(FindField("EtcdConfig", "client-transport-security.allowed-cn", kEtcd37), nullptr);
  EXPECT_EQ(FindField("EtcdConfig", "client-transport-security.allowed-cn", {1, 7}), nullptr);
}

TEST(Gates, Find) {
  ASSERT_NE(FindGate("kubelet", "AllAlpha", k37), nullptr);
  EXPECT_FALSE(FindGate("kubelet", "AllAlpha", k37)->default_on);
  EXPECT_EQ(FindGate("kubelet", "RotateKubeletClientCertificate", k37), nullptr);
  EXPECT_EQ(FindGate("kubectl", "AllAlpha", k37), nullptr);
  // Every component that logs takes the gates of logging.
  EXPECT_NE(FindGate("kube-controller-manager", "LoggingBetaOptions", k37), nullptr);
  EXPECT_NE(FindGate("kube-apiserver", "LoggingBetaOptions", k37), nullptr);
}

TEST(Removed, ByHand) {
  const RemovedRow* row = FindRemoved("kube-apiserver", "insecure-port");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->gone_in, 24);
  EXPECT_EQ(row->inert_since, 20);
  EXPECT_TRUE(row->by_hand);
  EXPECT_NE(FindRemoved("kube-apiserver", "PodSecurityPolicy", Thing::kAdmissionPlugin), nullptr);
  EXPECT_EQ(FindRemoved("kube-apiserver", "PodSecurityPolicy"), nullptr);
  EXPECT_EQ(FindRemoved("kube-apiserver", "anonymous-auth"), nullptr);
}

TEST(Removed, FoundByComparing) {
  EXPECT_NE(FindFlag("etcd", "enable-v2", {3, 5}), nullptr);
  EXPECT_EQ(FindFlag("etcd", "enable-v2", {3, 6}), nullptr);
  EXPECT_EQ(FlagLifetime("etcd", "enable-v2"), (std::pair{5, 5}));
  EXPECT_FALSE(FlagLifetime("etcd", "enable_v2"));
  const RemovedRow* row = FindRemoved("etcd", "enable-v2");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->gone_in, 6);
  EXPECT_FALSE(row->by_hand);
  row = FindRemoved("etcd", "experimental-initial-corrupt-check");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->gone_in, 7);
  EXPECT_STREQ(row->advice, "use --feature-gates=InitialCorruptCheck=true");
  EXPECT_EQ(FindGate("etcd", "InitialCorruptCheck", {3, 5}), nullptr);
  EXPECT_NE(FindGate("etcd", "InitialCorruptCheck", {3, 6}), nullptr);
  EXPECT_NE(FindFlag("kubelet", "machine-id-file", {1, 36}), nullptr);
  EXPECT_EQ(FindFlag("kubelet", "machine-id-file", k37), nullptr);
}

TEST(Removed, GatesGoFromAllOfKubernetes) {
  ASSERT_NE(FindGate("kubelet", "SidecarContainers", {1, 36}), nullptr);
  EXPECT_TRUE(FindGate("kubelet", "SidecarContainers", {1, 36})->locked);
  for (const char* component : {"kube-apiserver", "kubelet", "kube-proxy"}) {
    EXPECT_EQ(FindGate(component, "SidecarContainers", k37), nullptr) << component;
    const RemovedRow* row = FindRemoved(component, "SidecarContainers", Thing::kFeatureGate);
    ASSERT_NE(row, nullptr) << component;
    EXPECT_EQ(row->gone_in, 37);
  }
  EXPECT_EQ(FindRemoved("etcd", "SidecarContainers", Thing::kFeatureGate), nullptr);
}

TEST(EndOfLife, Find) {
  EXPECT_STREQ(FindEndOfLife("kubernetes", {1, 34})->end_of_life, "2026-10-27");
  EXPECT_STREQ(FindEndOfLife("kubernetes", {1, 37})->end_of_life, "2027-10-28");
  EXPECT_STREQ(FindEndOfLife("etcd", {3, 7})->end_of_life, "");
  EXPECT_EQ(FindEndOfLife("kubernetes", {1, 38}), nullptr);
  EXPECT_EQ(FindEndOfLife("etcd", {1, 34}), nullptr);
}

}  // namespace
}  // namespace seawall::cluster::versions
