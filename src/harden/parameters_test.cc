#include "harden/parameters.h"

#include <gtest/gtest.h>

namespace seawall::harden {
namespace {

TEST(Parameters, EachHasAFormOfItsOwn) {
  struct Case {
    const char *name, *good, *bad;
  };
  const Case cases[] = {
      {"accept-join-by-file", "true", "yes"},
      {"accept-wider-algorithms", "false", ""},
      {"audit-log-maxage", "30", "30d"},
      {"audit-log-maxbackup", "1", "0"},
      {"audit-log-maxsize", "100", "-5"},
      {"audit-log-path", "/var/log/audit.log", "audit.log"},
      {"client-ca-file", "/etc/ca.crt", "/etc/my ca.crt"},
      {"etcd-pki", "/etc/pki", "pki"},
      {"kubelet-certificate-authority", "/ca.crt", "/ca\n.crt"},
      {"oidc-issuer-url", "https://dex.example.com", "http://dex.example.com"},
      {"oidc-issuer-url", "https://dex.example.com/a", "https://"},
      {"oidc-issuer-url", "https://dex.example.com:1", "https://dex.example.com?x=1"},
      {"oidc-client-id", "kubernetes", "a b"},
      {"oidc-username-claim", "sub", ""},
      {"requestheader-allowed-names", "front-proxy-client,aggregator", "a,,b"},
      {"service-account-max-token-expiration", "24h", "10m"},
      {"service-account-max-token-expiration", "90m", "24"},
      {"pod-pids-limit", "4096", "-1"},
  };
  for (const Case& one : cases) {
    EXPECT_TRUE(CheckParameter(one.name, one.good)) << one.name << " " << one.good;
    const auto bad = CheckParameter(one.name, one.bad);
    ASSERT_FALSE(bad) << one.name << " " << one.bad;
    EXPECT_EQ(bad.error().code, ErrorCode::kUsage);
    EXPECT_NE(bad.error().ToString().find(one.name), std::string::npos) << bad.error().ToString();
  }
}

TEST(Parameters, WhatIsNotThereIsTold) {
  const auto near = CheckParameter("audit-log-maxsiz", "1");
  ASSERT_FALSE(near);
  EXPECT_NE(near.error().todo.find("audit-log-maxsize"), std::string::npos);
  EXPECT_FALSE(CheckParameter("", "1"));
}

}  // namespace
}  // namespace seawall::harden
