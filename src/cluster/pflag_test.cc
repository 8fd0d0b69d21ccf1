#include <gtest/gtest.h>

#include "cluster/settings_testing.h"

namespace seawall::cluster {
namespace {

using testing::Subject;
using Kind = Problem::Kind;

Subject Server(std::vector<std::string> arguments) {
  Subject subject(ComponentKind::kApiServer, std::move(arguments));
  subject.Read();
  return subject;
}

TEST(Pflag, BothWaysOfGivingAValue) {
  const Subject one = Server({"--anonymous-auth=false", "--audit-log-path", "/var/log/a"});
  EXPECT_EQ(one.Shown("anonymous-auth"), "set:false");
  EXPECT_EQ(one.Shown("audit-log-path"), "set:/var/log/a");
  const Setting path = one.Get("audit-log-path");
  EXPECT_EQ(path.origin.kind, OriginKind::kFlag);
  EXPECT_EQ(path.origin.place.line, 3U);
  const Setting anonymous = one.Get("anonymous-auth");
  EXPECT_EQ(anonymous.origin.place.column, 18U);
  EXPECT_EQ(anonymous.origin.place.bytes, (Span{17, 22}));
}

TEST(Pflag, UnderscoresAreDashes) {
  EXPECT_EQ(Server({"--anonymous_auth=f"}).Shown("anonymous-auth"), "set:false");
}

TEST(Pflag, BareBooleanIsTrueAndTakesNoWord) {
  EXPECT_EQ(Server({"--anonymous-auth"}).Shown("anonymous-auth"), "set:true");
  const Subject subject = Server({"--profiling", "false", "--anonymous-auth=false"});
  EXPECT_EQ(subject.Shown("profiling"), "set:true");
  EXPECT_EQ(subject.Shown("anonymous-auth"), "set:false") << "reading goes on behind it";
  ASSERT_TRUE(subject.Fatal(Kind::kStrayArgument, "profiling"));
  EXPECT_EQ(subject.Find(Kind::kStrayArgument)->place.line, 2U);
}

TEST(Pflag, BadValuesAreFatalAndUnknown) {
  for (const char* bad : {"--profiling=yes", "--secure-port=https", "--request-timeout=60",
                          "--feature-gates=A", "--enable-admission-plugins=\"a", "--profiling="}) {
    const Subject subject = Server({bad});
    const Problem* problem = subject.Find(Kind::kBadValue);
    ASSERT_NE(problem, nullptr) << bad;
    EXPECT_TRUE(problem->fatal) << bad;
    EXPECT_EQ(subject.Shown(problem->setting), "unknown") << bad;
  }
}

TEST(Pflag, OneFormForEveryWayOfWriting) {
  const Subject subject = Server({"--profiling=T", "--secure-port=0x10", "--request-timeout=90s"});
  EXPECT_EQ(subject.Shown("profiling"), "set:true");
  EXPECT_EQ(subject.Shown("secure-port"), "set:16");
  EXPECT_EQ(subject.Shown("request-timeout"), "set:1m30s");
}

TEST(Pflag, LastScalarWins) {
  const Setting setting =
      Server({"--profiling=true", "--profiling=false", "--profiling=false"}).Get("profiling");
  EXPECT_EQ(setting.text, "false");
  EXPECT_EQ(setting.origin.place.line, 3U);
  ASSERT_EQ(setting.overrode.size(), 2U);
  EXPECT_EQ(setting.overrode[0].origin.place.line, 2U) << "strongest first";
  EXPECT_EQ(setting.overrode[1].text, "true");
}

TEST(Pflag, SlicesAppendAndSplit) {
  const Setting modes =
      Server({"--authorization-mode=Node,RBAC", "--authorization-mode", "Webhook"})
          .Get("authorization-mode");
  ASSERT_EQ(modes.items.size(), 3U);
  EXPECT_EQ(modes.text, "Node,RBAC,Webhook");
  EXPECT_EQ(modes.items[1].place.column, 27U);
  EXPECT_EQ(modes.items[2].place.line, 3U);
  EXPECT_TRUE(modes.Contains("Webhook"));
}

TEST(Pflag, QuotedListItems) {
  const Setting names =
      Server({"--requestheader-allowed-names=\"a,b\",c"}).Get("requestheader-allowed-names");
  ASSERT_EQ(names.items.size(), 2U);
  EXPECT_EQ(names.items[0].text, "a,b");
}

TEST(Pflag, ArraysAreNotSplit) {
  const Setting issuers =
      Server({"--service-account-issuer=https://a,b", "--service-account-issuer=https://c"})
          .Get("service-account-issuer");
  ASSERT_EQ(issuers.items.size(), 2U);
  EXPECT_EQ(issuers.items[0].text, "https://a,b");
}

TEST(Pflag, MapsMergeByKey) {
  const Setting gates =
      Server({"--feature-gates=AllAlpha=true, AllBeta=f", "--feature-gates=AllAlpha=false"})
          .Get("feature-gates");
  EXPECT_EQ(gates.text, "AllAlpha=false,AllBeta=false");
  ASSERT_EQ(gates.overrode.size(), 1U);
  EXPECT_EQ(gates.overrode[0].text, "AllAlpha=true");
}

TEST(Pflag, UnknownFlagsAreFatalWithAHint) {
  const Subject typo = Server({"--anonymous-auht=false"});
  ASSERT_TRUE(typo.Fatal(Kind::kUnknownFlag));
  EXPECT_NE(typo.Find(Kind::kUnknownFlag)->text.find("--anonymous-auth?"), std::string::npos);
  EXPECT_EQ(typo.Shown("anonymous-auth"), "default:true");
  const Subject old = Server({"--insecure-port=0"});
  ASSERT_TRUE(old.Fatal(Kind::kUnknownFlag));
  EXPECT_NE(old.Find(Kind::kUnknownFlag)->text.find("gone in 1.24"), std::string::npos);
}

TEST(Pflag, WithoutAVersionUnknownFlagsAreNotFatal) {
  Subject subject(ComponentKind::kApiServer, {"--insecure-port=0", "--anonymous-auth=false"});
  subject.NoVersion().Read();
  EXPECT_FALSE(subject.Fatal(Kind::kUnknownFlag));
  EXPECT_EQ(subject.Shown("anonymous-auth"), "set:false");
  const Setting profiling = subject.Get("profiling");
  EXPECT_EQ(profiling.state, SettingState::kUnknown);
  EXPECT_NE(profiling.how.find("--component-version kube-apiserver="), std::string::npos);
  Subject future(ComponentKind::kApiServer, {});
  future.OfVersion(1, 99).Read();
  EXPECT_EQ(future.Shown("profiling"), "unknown");
}

TEST(Pflag, DefaultsAndAbsentSettings) {
  const Subject subject = Server({});
  EXPECT_EQ(subject.Shown("profiling"), "default:true");
  EXPECT_EQ(subject.Shown("request-timeout"), "default:1m0s");
  EXPECT_EQ(subject.Shown("audit-log-path"), "default:");
  EXPECT_TRUE(subject.Get("enable-admission-plugins").items.empty());
  EXPECT_EQ(subject.Shown("kubelet-https"), "absent");
  EXPECT_EQ(subject.Get("profiling").origin.note, "kube-apiserver 1.37");
}

TEST(Pflag, Shorthands) {
  EXPECT_EQ(Server({"-v=2"}).Shown("v"), "set:2");
  EXPECT_EQ(Server({"-v", "3"}).Shown("v"), "set:3");
  EXPECT_EQ(Server({"-v4"}).Shown("v"), "set:4");
  const Subject cluster = Server({"-anonymous-auth=false"});
  EXPECT_TRUE(cluster.Fatal(Kind::kUnknownFlag));
  EXPECT_EQ(cluster.Shown("anonymous-auth"), "default:true") << "a single dash is no long flag";
  EXPECT_TRUE(Server({"-h"}).Fatal(Kind::kStrayArgument, "help"));
  EXPECT_TRUE(Server({"--version"}).Fatal(Kind::kStrayArgument, "version"));
  EXPECT_FALSE(Server({"--version=false"}).Fatal(Kind::kStrayArgument));
}

TEST(Pflag, EndOfFlagsAndStrayArguments) {
  const Subject subject = Server({"--profiling=false", "--", "--anonymous-auth=false"});
  EXPECT_EQ(subject.Shown("anonymous-auth"), "default:true");
  EXPECT_TRUE(subject.Fatal(Kind::kStrayArgument));
  EXPECT_FALSE(Server({""}).Fatal(Kind::kStrayArgument)) << "an empty argument is passed over";
  EXPECT_TRUE(Server({"hunter2"}).Fatal(Kind::kStrayArgument));
  EXPECT_TRUE(Server({"---x"}).Fatal(Kind::kStrayArgument));
  EXPECT_TRUE(Server({"--audit-log-path"}).Fatal(Kind::kBadValue, "audit-log-path"));
}

TEST(Pflag, SecretsAreNotShown) {
  const Subject subject = Server({"hunter2", "--passwd-file-x=hunter2", "--profiling=hunter2",
                                  "--etcd-servers=https://root:hunter2@192.0.2.1:2379"});
  for (const Problem& problem : subject.component().problems) {
    EXPECT_EQ(problem.text.find("hunter2"), std::string::npos) << problem.text;
  }
  for (const auto& [name, setting] : subject.component().written) {
    EXPECT_EQ(setting.text.find("hunter2"), std::string::npos) << name;
    for (const Item& item : setting.items)
      EXPECT_EQ(item.text.find("hunter2"), std::string::npos) << name;
  }
  EXPECT_NE(subject.Get("etcd-servers").text.find("192.0.2.1"), std::string::npos);
}

TEST(Pflag, AnUnknownValueMakesThatSettingUnknown) {
  Subject subject(ComponentKind::kApiServer,
                  {"--anonymous-auth=$(X)", "--profiling=false", "--audit-log-path", "$(Y)"});
  subject.Unknown(0).Unknown(3).Read();
  EXPECT_EQ(subject.Shown("anonymous-auth"), "unknown");
  EXPECT_EQ(subject.Get("anonymous-auth").why, "it comes from a ConfigMap");
  EXPECT_EQ(subject.Shown("profiling"), "set:false");
  EXPECT_EQ(subject.Shown("audit-log-path"), "unknown");
  EXPECT_EQ(subject.Shown("secure-port"), "default:6443");
  EXPECT_FALSE(subject.Fatal(Kind::kBadValue));
}

TEST(Pflag, AnUnknownArgumentHidesWhatIsBeforeItAndWhatIsNotWritten) {
  Subject subject(ComponentKind::kApiServer, {"--anonymous-auth=false", "$EXTRA",
                                              "--profiling=false", "--authorization-mode=RBAC"});
  subject.Unknown(1).Read();
  EXPECT_EQ(subject.Shown("anonymous-auth"), "unknown") << "$EXTRA may set it again";
  EXPECT_EQ(subject.Shown("profiling"), "set:false") << "a later flag wins";
  EXPECT_EQ(subject.Shown("authorization-mode"), "unknown") << "lists append";
  EXPECT_EQ(subject.Shown("secure-port"), "unknown");
}

TEST(Pflag, WhatAProgramPassesItselfIsADefault) {
  Subject subject(ComponentKind::kApiServer,
                  {"--profiling=false", "--anonymous-auth=false", "--anonymous-auth=true"});
  for (size_t i : {0, 1}) {
    subject.component().command.arguments[i].origin = OriginKind::kDefault;
    subject.component().command.arguments[i].note = "k3s passes it";
  }
  subject.Read();
  EXPECT_EQ(subject.Shown("profiling"), "default:false");
  EXPECT_EQ(subject.Get("profiling").origin.note, "k3s passes it");
  EXPECT_EQ(subject.Shown("anonymous-auth"), "set:true");
  EXPECT_EQ(subject.Get("anonymous-auth").overrode[0].origin.note, "k3s passes it");
}

TEST(Pflag, AnUnknownVerbosityHidesNothing) {
  Subject subject(ComponentKind::kApiServer, {"-v=$(V)", "--profiling=false"});
  subject.Unknown(0).Read();
  EXPECT_EQ(subject.Shown("v"), "unknown");
  EXPECT_EQ(subject.Shown("secure-port"), "default:6443");
}

TEST(Pflag, AnUnknownCommandLineMakesAllUnknown) {
  Subject subject(ComponentKind::kApiServer, {"--anonymous-auth=false"});
  subject.component().command.unknown = "a shell script decides";
  subject.Read();
  EXPECT_EQ(subject.Shown("anonymous-auth"), "unknown");
  EXPECT_EQ(subject.Get("anonymous-auth").why, "a shell script decides");
}

TEST(Pflag, DeprecatedFlagsAreSaid) {
  const Subject subject = Server({"--admission-control=AlwaysAdmit"});
  ASSERT_NE(subject.Find(Kind::kDeprecated, "admission-control"), nullptr);
  EXPECT_FALSE(subject.Find(Kind::kDeprecated)->fatal);
}

TEST(Component, PlacesOfPartsFollowRawOffsets) {
  Argument argument;
  argument.text = "--f=é,b";
  argument.place = {"/x", 7, 3, {100, 110}};
  argument.raw = {100, 101, 102, 103, 104, 105, 108, 109};
  const Place place = argument.PlaceOf(7, 8);
  EXPECT_EQ(place.bytes, (Span{109, 110}));
  EXPECT_EQ(place.column, 3U + 9 - 1) << "columns are characters";
  argument.raw.clear();
  EXPECT_EQ(argument.PlaceOf(7, 8), argument.place)
      << "an expanded text can only be pointed at as a whole";
}

TEST(Component, HostPaths) {
  Component component;
  EXPECT_EQ(component.HostPath("/etc//x/../y"), "/etc/y");
  EXPECT_FALSE(component.HostPath("relative"));
  component.in_container = true;
  component.mounts = {{"/etc/kubernetes", "/srv/k8s", "hostPath", true, {}},
                      {"/etc/kubernetes/pki/", "/srv/pki", "hostPath", true, {}},
                      {"/tmp", "", "emptyDir", false, {}}};
  EXPECT_EQ(component.HostPath("/etc/kubernetes/pki/ca.crt"), "/srv/pki/ca.crt");
  EXPECT_EQ(component.HostPath("/etc/kubernetes/pkix"), "/srv/k8s/pkix");
  EXPECT_EQ(component.HostPath("/etc/kubernetes"), "/srv/k8s");
  EXPECT_FALSE(component.HostPath("/etc/ssl"));
  EXPECT_FALSE(component.HostPath("/tmp/x"));
  EXPECT_FALSE(component.HostPath("/etc/kubernetes/../passwd"));
}

}  // namespace
}  // namespace seawall::cluster
