#include <gtest/gtest.h>

#include "cluster/settings_testing.h"

namespace seawall::cluster {
namespace {

using testing::Subject;
using Kind = Problem::Kind;

Subject Etcd(std::vector<std::string> arguments) {
  Subject subject(ComponentKind::kEtcd, std::move(arguments));
  subject.Read();
  return subject;
}

TEST(Etcd, FlagsWithOneAndTwoDashes) {
  const Subject subject =
      Etcd({"-client-cert-auth", "--peer-client-cert-auth=true", "--data-dir", "/d", "-name=a"});
  EXPECT_EQ(subject.Shown("client-cert-auth"), "set:true");
  EXPECT_EQ(subject.Shown("peer-client-cert-auth"), "set:true");
  EXPECT_EQ(subject.Shown("data-dir"), "set:/d");
  EXPECT_EQ(subject.Shown("name"), "set:a");
  EXPECT_EQ(subject.Shown("auto-tls"), "default:false");
  EXPECT_EQ(subject.FatalTexts(), "");
}

TEST(Etcd, UnderscoresAreNoDashes) {
  const Subject subject = Etcd({"--client_cert_auth=true"});
  EXPECT_TRUE(subject.Fatal(Kind::kUnknownFlag));
  EXPECT_EQ(subject.Shown("client-cert-auth"), "default:false");
}

TEST(Etcd, ABooleanTakesNoWord) {
  const Subject subject = Etcd({"--client-cert-auth", "false"});
  EXPECT_EQ(subject.Shown("client-cert-auth"), "set:true");
  EXPECT_TRUE(subject.Fatal(Kind::kStrayArgument, "client-cert-auth"));
  EXPECT_TRUE(Etcd({"--client-cert-auth=yes"}).Fatal(Kind::kBadValue));
  EXPECT_TRUE(Etcd({"word"}).Fatal(Kind::kStrayArgument));
  EXPECT_TRUE(Etcd({"--data-dir"}).Fatal(Kind::kBadValue));
}

TEST(Etcd, RepeatedListsReplace) {
  const Setting urls = Etcd({"--listen-metrics-urls=http://192.0.2.1:2381",
                             "--listen-metrics-urls=http://127.0.0.1:2381,http://127.0.0.1:2382"})
                           .Get("listen-metrics-urls");
  ASSERT_EQ(urls.items.size(), 2U);
  EXPECT_EQ(urls.items[0].text, "http://127.0.0.1:2381");
  EXPECT_EQ(urls.items[1].place.column, 45U);
  ASSERT_EQ(urls.overrode.size(), 1U);
  EXPECT_EQ(urls.overrode[0].text, "http://192.0.2.1:2381");
}

TEST(Etcd, VariablesCountWhereTheFlagIsAbsent) {
  Subject subject(ComponentKind::kEtcd, {"--auto-tls=false"});
  subject.WithVariable("ETCD_CLIENT_CERT_AUTH", "true")
      .WithVariable("ETCD_DATA_DIR", "")
      .WithVariable("ETCD_NO_SUCH", "1")
      .Read();
  EXPECT_EQ(subject.Shown("client-cert-auth"), "set:true");
  EXPECT_EQ(subject.Get("client-cert-auth").origin.kind, OriginKind::kEnv);
  EXPECT_EQ(subject.Get("client-cert-auth").origin.place.file, "/env");
  EXPECT_NE(subject.Get("data-dir").state, SettingState::kSet) << "empty ones are not read";
  ASSERT_NE(subject.Find(Kind::kIgnored, "ETCD_NO_SUCH"), nullptr);
  EXPECT_EQ(subject.FatalTexts(), "");
}

TEST(Etcd, AVariableBesideItsFlagIsFatal) {
  Subject subject(ComponentKind::kEtcd, {"--client-cert-auth=true"});
  subject.WithVariable("ETCD_CLIENT_CERT_AUTH", "true").Read();
  EXPECT_TRUE(subject.Fatal(Kind::kConflict, "client-cert-auth"));
  EXPECT_EQ(subject.Shown("client-cert-auth"), "set:true");
}

TEST(Etcd, AnIncompleteEnvironmentMakesTheRestUnknown) {
  Subject subject(ComponentKind::kEtcd, {"--client-cert-auth=true"});
  subject.component().command.environment_complete = false;
  subject.component().command.environment_gap = "envFrom";
  subject.Read();
  EXPECT_EQ(subject.Shown("client-cert-auth"), "set:true");
  EXPECT_EQ(subject.Shown("peer-client-cert-auth"), "unknown");
  EXPECT_EQ(subject.FatalTexts(), "");
}

TEST(Etcd, AConfigurationFileExcludesTheRest) {
  Subject subject(ComponentKind::kEtcd, {"--config-file=/e.yaml", "--client-cert-auth=true"});
  subject.WithVariable("ETCD_AUTO_TLS", "true").WithVariable("ETCD_CLIENT_CERT_AUTH", "true");
  subject
      .File("/e.yaml",
            "client-transport-security:\n  cert-file: /c\n  key-file: /k\n  client-cert-auth: "
            "false\n  allowed-cn: [x]\n"
            "peer-transport-security:\n  trusted-ca-file: /ca\n  cert-fiel: /p\n"
            "listen-client-urls: https://127.0.0.1:2379, "
            "https://192.0.2.1:2379\nadvertise-client-urls: https://192.0.2.1:2379\n"
            "enable-pprof: true\n")
      .Read();
  EXPECT_EQ(subject.Shown("client-cert-auth"), "set:false");
  EXPECT_EQ(subject.Shown("cert-file"), "set:/c");
  EXPECT_EQ(subject.Get("cert-file").origin.place.line, 2U);
  EXPECT_EQ(subject.Shown("peer-trusted-ca-file"), "set:/ca");
  EXPECT_EQ(subject.Shown("peer-cert-file"), "default:");
  EXPECT_EQ(subject.Shown("auto-tls"), "default:false") << "the variable has no effect";
  EXPECT_EQ(subject.Shown("client-transport-security.allowed-cn"), "set:x")
      << "a key without a flag keeps its path";
  const Setting urls = subject.Get("listen-client-urls");
  ASSERT_EQ(urls.items.size(), 2U);
  EXPECT_EQ(urls.items[1].text, "https://192.0.2.1:2379");
  EXPECT_NE(subject.Find(Kind::kUnknownField, "peer-transport-security.cert-fiel"), nullptr);
  EXPECT_FALSE(subject.Fatal(Kind::kUnknownField));
  EXPECT_NE(subject.Find(Kind::kIgnored, "client-cert-auth"), nullptr);
  EXPECT_NE(subject.Find(Kind::kIgnored, "auto-tls"), nullptr);
  EXPECT_FALSE(subject.Fatal(Kind::kConflict)) << subject.FatalTexts();
}

TEST(Etcd, ASettingHasItsFlagsNameAndItsFields) {
  Subject flags(ComponentKind::kEtcd, {"--client-cert-auth=true", "--peer-auto-tls=true"});
  flags.Read();
  EXPECT_EQ(flags.Shown("client-transport-security.client-cert-auth"), "set:true");
  EXPECT_EQ(flags.Shown("peer-transport-security.auto-tls"), "set:true");
  EXPECT_EQ(flags.Shown("client-transport-security.auto-tls"), "default:false");
  EXPECT_EQ(flags.Get("client-transport-security.client-cert-auth").name, "client-cert-auth");
}

TEST(Etcd, OfK3sArgumentsGoIntoItsFile) {
  Subject subject(ComponentKind::kEtcd,
                  {"--config-file=/e.yaml", "--listen-metrics-urls=http://0.0.0.0:2381",
                   "--client-cert-auth=false", "--snapshot-count=5"});
  subject.RunBy(RunBy::kRke2)
      .File("/e.yaml",
            "client-transport-security: {client-cert-auth: true}\n"
            "listen-metrics-urls: http://127.0.0.1:2381\n")
      .Read();
  EXPECT_EQ(subject.Shown("listen-metrics-urls"), "set:http://0.0.0.0:2381");
  EXPECT_EQ(subject.Get("listen-metrics-urls").origin.place.file, "/args");
  ASSERT_EQ(subject.Get("listen-metrics-urls").overrode.size(), 1U);
  EXPECT_EQ(subject.Shown("snapshot-count"), "set:5");
  EXPECT_EQ(subject.Shown("client-cert-auth"), "set:true") << "the file has no such key at its top";
  EXPECT_NE(subject.Find(Kind::kIgnored, "client-cert-auth"), nullptr);
  // Before the first start the file is not there; what the configuration says holds all the same.
  Subject first(ComponentKind::kEtcd, {"--config-file=/e.yaml", "--enable-pprof=true"});
  first.RunBy(RunBy::kK3s).Read();
  EXPECT_EQ(first.Shown("enable-pprof"), "set:true");
  EXPECT_EQ(first.Shown("client-cert-auth"), "unknown");
}

TEST(Etcd, TheFileMayBeNamedByAVariable) {
  Subject subject(ComponentKind::kEtcd, {"--auto-tls=true"});
  subject.WithVariable("ETCD_CONFIG_FILE", "/e.yaml")
      .File("/e.yaml", "client-transport-security: {client-cert-auth: true}\n")
      .Read();
  EXPECT_EQ(subject.Shown("client-cert-auth"), "set:true");
  EXPECT_EQ(subject.Shown("auto-tls"), "default:false");
}

TEST(Etcd, BadFiles) {
  Subject missing(ComponentKind::kEtcd, {"--config-file=/e.yaml", "--client-cert-auth=true"});
  missing.Read();
  EXPECT_TRUE(missing.Fatal(Kind::kMissingFile, "config-file"));
  EXPECT_EQ(missing.Shown("client-cert-auth"), "unknown");
  Subject typed(ComponentKind::kEtcd, {"--config-file=/e.yaml"});
  typed.File("/e.yaml", "client-transport-security: {client-cert-auth: 'true'}\n").Read();
  EXPECT_TRUE(typed.Fatal(Kind::kMalformedFile));
  EXPECT_EQ(typed.Shown("client-cert-auth"), "unknown");
  Subject list(ComponentKind::kEtcd, {"--config-file=/e.yaml"});
  list.File("/e.yaml", "[]\n").Read();
  EXPECT_TRUE(list.Fatal(Kind::kMalformedFile));
  EXPECT_EQ(list.Shown("auto-tls"), "unknown");
  Subject cased(ComponentKind::kEtcd, {"--config-file=/e.yaml"});
  cased.File("/e.yaml", "Enable-PProf: true\n").Read();
  EXPECT_EQ(cased.Shown("enable-pprof"), "set:true") << "keys are read without regard to case";
}

TEST(Etcd, RefusesWhatItRefuses) {
  const auto fatal = [](std::vector<std::string> arguments) {
    return Etcd(std::move(arguments)).FatalTexts();
  };
  EXPECT_NE(fatal({"--tls-min-version=TLS1.1"}), "");
  EXPECT_NE(fatal({"--tls-min-version=TLS1.3", "--tls-max-version=TLS1.2"}), "");
  EXPECT_NE(fatal({"--tls-min-version=TLS1.3", "--cipher-suites=TLS_AES_128_GCM_SHA256"}), "");
  EXPECT_NE(fatal({"--cipher-suites=TLS_NO_SUCH"}), "");
  EXPECT_NE(fatal({"--listen-client-urls=https://192.0.2.1:2379",
                   "--advertise-client-urls=https://192.0.2.1:2379"}),
            "")
      << "https without a certificate";
  EXPECT_NE(fatal({"--listen-client-urls=http://192.0.2.1:2379"}), "")
      << "advertise-client-urls is missing";
  EXPECT_NE(fatal({"--listen-peer-urls=http://host.example:2380"}), "") << "a name is no address";
  EXPECT_NE(fatal({"--listen-metrics-urls=http://127.0.0.1"}), "") << "no port";
  EXPECT_NE(fatal({"--cert-file=/c"}), "");
  EXPECT_NE(fatal({"--initial-cluster-state=old"}), "");
  EXPECT_NE(fatal({"--peer-cert-allowed-cn=a", "--peer-cert-allowed-hostname=b"}), "");
  EXPECT_EQ(fatal({"--listen-client-urls=http://192.0.2.1:2379,unix:///run/e",
                   "--advertise-client-urls=http://192.0.2.1:2379",
                   "--listen-metrics-urls=http://[::1]:2381", "--tls-min-version=TLS1.2",
                   "--tls-max-version=TLS1.3"}),
            "");
}

/// Nobody is asked for a passphrase: Go's TLS takes no such key.
TEST(Etcd, AnEncryptedKeyStartsNothing) {
  constexpr const char* kEncrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
  Subject subject(ComponentKind::kEtcd, {"--cert-file=/c.crt", "--key-file=/c.key"});
  subject.File("/c.crt", testing::kCertificateText).File("/c.key", kEncrypted).Read();
  EXPECT_TRUE(subject.Fatal(Kind::kMalformedFile, "key-file")) << subject.FatalTexts();
  EXPECT_NE(subject.FatalTexts().find("passphrase"), std::string::npos);
}

}  // namespace
}  // namespace seawall::cluster
