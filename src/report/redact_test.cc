#include "report/redact.h"

#include <gtest/gtest.h>

namespace seawall::report {
namespace {

TEST(Redact, Credentials) {
  const std::pair<const char*, const char*> cases[] = {
      {"token abcdef.0123456789abcdef here", "token (hidden) here"},
      {"abcdef.0123456789abcdef", "(hidden)"},
      {"--token=s3cr3t", "--token=(hidden)"},
      {"--client-secret=a/b+c== x", "--client-secret=(hidden) x"},
      {"password: hunter2", "password: (hidden)"},
      {"PASSWORD=\"hunter2\"", "PASSWORD=\"(hidden)\""},
      {"Authorization: Bearer abcdefghijklmnopqrstu", "Authorization: Bearer (hidden)"},
      {"https://user:pass@192.0.2.1:6443/x", "https://(hidden)@192.0.2.1:6443/x"},
      {"https://user:pa/s?s#w@192.0.2.1:6443/x y", "https://(hidden)@192.0.2.1:6443/x y"},
      {"https://user:p,ss@192.0.2.1:1,https://192.0.2.2:1",
       "https://(hidden)@192.0.2.1:1,https://192.0.2.2:1"},
      {"https://a.test/x?key=abc&sig=de/f;z=1#t y=2",
       "https://a.test/x?key=(hidden)&sig=(hidden);z=(hidden)#t y=2"},
      {"\"https://a.test?k=v\",\"b=c\"", "\"https://a.test?k=(hidden)\",\"b=c\""},
      {"https://a.test?k=v,https://b.test/c=d", "https://a.test?k=(hidden),https://b.test/c=d"},
      {"--discovery=https://d.test/1f2e?size=3 x",
       "--discovery=https://d.test/(hidden)?size=(hidden) x"},
      {"ETCD_DISCOVERY=\"https://u:p@d.test/a/b\"",
       "ETCD_DISCOVERY=\"https://(hidden)@d.test/(hidden)\""},
      {"- --discovery\n- https://d.test/1f2e\n", "- --discovery\n- https://d.test/(hidden)\n"},
      {"see https://discovery.etcd.io/1f2e, https://a.test/b",
       "see https://discovery.etcd.io/(hidden), https://a.test/b"},
      {"http://d.test:2379/v2/keys/_etcd/registry/1f2e", "http://d.test:2379/(hidden)"},
      {"env: [{name: ADMIN_PASSWORD, value: hunter2}, {name: A, value: b}]",
       "env: [{name: ADMIN_PASSWORD, value: (hidden)}, {name: A, value: b}]"},
      {"     - name: DB_PASS\n       value: a, b}\n     - name: X\n       value: y\n",
       "     - name: DB_PASS\n       value: (hidden)\n     - name: X\n       value: y\n"},
      {"+  - name: \"API_TOKEN\"\n+    value: 'x y'\n",
       "+  - name: \"API_TOKEN\"\n+    value: '(hidden)'\n"},
      {R"json({"name":"AWS_SECRET_ACCESS_KEY","value":"ab"})json",
       R"json({"name":"AWS_SECRET_ACCESS_KEY","value":"(hidden)"})json"},
      {"--discovery=https://d.test/(hidden)", "--discovery=https://d.test/(hidden)"},
      {"x eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.sig y", "x (hidden) y"},
      {"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\nrest",
       "(hidden)\nrest"},
      {"-----BEGIN PRIVATE KEY-----\ncut short", "(hidden)"},
  };
  for (const auto& [text, wanted] : cases) EXPECT_EQ(Redact(text), wanted);
}

TEST(Redact, WhatIsNoCredentialStays) {
  for (const char* text : {"--token-auth-file=/etc/kubernetes/tokens.csv",
                           "kube-apiserver 1.37.2",
                           "https://192.0.2.11:6443",
                           "https://a.test/b=c&d=e",
                           "why? a=b",
                           "https://[2001:db8::1]/a@b",
                           "oci://registry.test:5000/image@sha256:ab",
                           "abcdef.0123456789abcdefg",
                           "registry.k8s.io/kube-apiserver:v1.37.2",
                           "basic authentication is off",
                           "--service-account-signing-key-file=/etc/kubernetes/pki/sa.key",
                           "resources: secrets",
                           "name: ADMIN_PASSWORD\nvalueFrom: {secretKeyRef: x}",
                           "name: HOME, value: /root",
                           "name: X_TOKEN",
                           "--discovery=https://d.test/",
                           "--discovery-srv=d.test",
                           "/etc/passwd: not a folder",
                           "cannot read /var/run/secrets/x/token: permission denied",
                           "discoveryURL: https://d.test/a",
                           ""}) {
    EXPECT_EQ(Redact(text), text);
  }
}

TEST(Redact, NamesOfSecrets) {
  EXPECT_TRUE(HoldsSecret("token"));
  EXPECT_TRUE(HoldsSecret("users.user.password"));
  EXPECT_FALSE(HoldsSecret("token-auth-file"));
  EXPECT_FALSE(HoldsSecret("anonymous-auth"));
  EXPECT_TRUE(HoldsSecret("discovery-config.client.auth.password"));
  EXPECT_TRUE(HoldsSecret("discovery-password"));
}

TEST(Redact, ValuesByTheirName) {
  EXPECT_EQ(RedactValue("discovery", "https://d.test/1f2e"), "https://d.test/(hidden)");
  EXPECT_EQ(RedactValue("discovery", "d.test/1f2e"), "d.test/(hidden)");
  EXPECT_EQ(RedactValue("discovery", "https://d.test/(hidden)"), "https://d.test/(hidden)");
  EXPECT_EQ(RedactValue("discovery-srv", "d.test"), "d.test");
  EXPECT_EQ(RedactValue("discovery-user", "me:hunter2"), "(hidden)");
  EXPECT_EQ(RedactValue("advertise-client-urls", "https://d.test/1f2e"), "https://d.test/1f2e");
  EXPECT_EQ(RedactValue("token", ""), "");
}

}  // namespace
}  // namespace seawall::report
