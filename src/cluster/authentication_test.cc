#include "cluster/authentication.h"

#include <gtest/gtest.h>

#include "cluster/authorization.h"
#include "cluster/settings_testing.h"

namespace seawall::cluster {
namespace {

using testing::Subject;
using State = AnonymousAccess::State;

constexpr const char* kAuthn =
    "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n";
constexpr const char* kAuthz =
    "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n";

Subject Server(std::vector<std::string> arguments, const std::string& authn = "",
               const std::string& authz = "") {
  Subject subject(ComponentKind::kApiServer, std::move(arguments));
  if (!authn.empty()) subject.File("/authn", kAuthn + authn);
  if (!authz.empty()) subject.File("/authz", kAuthz + authz);
  subject.Read();
  return subject;
}

State Anonymous(Subject subject) {
  return EffectiveAnonymous(subject.node(), subject.component()).state;
}

TEST(Authentication, ByFlag) {
  EXPECT_EQ(Anonymous(Server({"--authorization-mode=RBAC"})), State::kOn);
  EXPECT_EQ(Anonymous(Server({"--authorization-mode=RBAC", "--anonymous-auth=false"})),
            State::kOff);
  Subject forced = Server({});
  const AnonymousAccess access = EffectiveAnonymous(forced.node(), forced.component());
  EXPECT_EQ(access.state, State::kOff) << "AlwaysAllow turns it off";
  EXPECT_TRUE(access.forced_off);
}

TEST(Authentication, ByFile) {
  const std::vector<std::string> flags = {"--authentication-config=/authn"};
  EXPECT_EQ(Anonymous(Server(flags, "anonymous: {enabled: true}\n")), State::kOn)
      << "AlwaysAllow does not turn it off here";
  EXPECT_EQ(Anonymous(Server(flags, "anonymous: {enabled: false}\n")), State::kOff);
  EXPECT_EQ(Anonymous(Server(flags, "anonymous: {enabled: true, conditions: [{path: /livez}]}\n")),
            State::kPaths);
  EXPECT_EQ(Anonymous(Server(flags)), State::kUnknown) << "there is no such file";
  EXPECT_EQ(Anonymous(Server({"--authentication-config=/authn", "--authorization-mode=RBAC"},
                             "jwt: []\n")),
            State::kOn);
}

TEST(Authentication, FlagBesideTheFileIsRefused) {
  const std::vector<std::string> both = {"--authentication-config=/authn",
                                         "--anonymous-auth=false"};
  EXPECT_TRUE(Server(both, "anonymous: {enabled: true}\n")
                  .Fatal(Problem::Kind::kConflict, "anonymous-auth"));
  EXPECT_FALSE(Server(both, "jwt: []\n").Fatal(Problem::Kind::kConflict, "anonymous-auth"));
}

TEST(Authorization, ByFlagAndByFile) {
  Subject flag = Server({"--authorization-mode=Node,RBAC"});
  const AuthorizationChain modes = EffectiveAuthorization(flag.node(), flag.component());
  ASSERT_TRUE(modes.known);
  ASSERT_EQ(modes.authorizers.size(), 2U);
  EXPECT_EQ(modes.authorizers[1].type, "RBAC");
  EXPECT_EQ(modes.authorizers[1].place.column, 27U);
  Subject none = Server({});
  EXPECT_NE(EffectiveAuthorization(none.node(), none.component()).Of("AlwaysAllow"), nullptr);
  Subject file = Server({"--authorization-config=/authz"}, "",
                        "authorizers: [{type: Node, name: node}, {type: RBAC, name: rbac}]\n");
  const AuthorizationChain chain = EffectiveAuthorization(file.node(), file.component());
  ASSERT_TRUE(chain.known) << chain.why;
  ASSERT_NE(chain.Of("Node"), nullptr);
  EXPECT_EQ(chain.Of("Node")->place.file, "/authz");
  EXPECT_EQ(chain.Of("AlwaysAllow"), nullptr);
  Subject missing = Server({"--authorization-config=/authz"});
  const AuthorizationChain unknown = EffectiveAuthorization(missing.node(), missing.component());
  EXPECT_FALSE(unknown.known);
  EXPECT_FALSE(unknown.why.empty());
  Subject both = Server({"--authorization-config=/authz", "--authorization-mode=Node,RBAC"}, "",
                        "authorizers: [{type: Node, name: node}, {type: RBAC, name: rbac}]\n");
  EXPECT_FALSE(EffectiveAuthorization(both.node(), both.component()).known) << "it does not start";
  Subject hidden(ComponentKind::kApiServer, {"$EXTRA"});
  hidden.Unknown(0).Read();
  EXPECT_FALSE(EffectiveAuthorization(hidden.node(), hidden.component()).known);
}

}  // namespace
}  // namespace seawall::cluster
