// Recipe row 5b, etcd's members among each other (CIS 2.4 to 2.6).
#include <fmt/format.h>

#include "base/text.h"
#include "rules/ca_files.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"
#include "rules/etcd_checks.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::Setting;
using cluster::SettingState;

constexpr const char* kSecurity = "https://etcd.io/docs/latest/op-guide/security/";
constexpr const char* kFlags = "https://etcd.io/docs/latest/op-guide/configuration/";

/// A client's certificate is no member's: by another CA, or by names.
Outcome ClientsAreNoPeers(const Rule&, const Context& context) {
  const Component& etcd = *context.component;
  for (const char* name : {"peer-cert-allowed-cn", "peer-cert-allowed-hostname"}) {
    const Setting allowed = etcd.Get(name);
    if (allowed.written() && !Empty(allowed))
      return Pass(Says(etcd, allowed), {EvidenceOf(allowed)});
  }
  const Setting peers = etcd.Get("peer-trusted-ca-file");
  const Setting clients = etcd.Get("trusted-ca-file");
  for (const Setting* setting : {&peers, &clients}) {
    if (setting->state == SettingState::kUnknown) return UnknownSetting(etcd, *setting);
  }
  if (Empty(peers))
    return Fails(Says(etcd, peers) + ": no CA says who is a member", {EvidenceOf(peers)});
  if (Empty(clients)) return NotApplicable(Says(etcd, clients));
  return CasDiffer({&etcd, peers}, {&etcd, clients}, context);
}

constexpr Rule kRules[] = {
    {.id = "etcd-peer-certificate",
     .title = "etcd's members speak to each other with certificates that were issued for them",
     .row = "5b",
     .cis = "2.4",
     .severity = Severity::kHigh,
     .target = Target::kEtcd,
     .check = NamesKeyPair,
     .setting = "peer-cert-file peer-key-file",
     .expected = "--peer-cert-file and --peer-key-file name files that are there",
     .remedy = "set --peer-cert-file and --peer-key-file to the member's certificate and its key "
               "at {where}",
     .why = "Members copy the whole database to each other.",
     .link = kSecurity},
    {.id = "etcd-peer-client-cert-auth",
     .title = "etcd demands a certificate of every other member",
     .row = "5b",
     .cis = "2.5",
     .severity = Severity::kCritical,
     .target = Target::kEtcd,
     .check = CertificatesAreDemanded,
     .setting = "peer-client-cert-auth peer-trusted-ca-file listen-peer-urls",
     .expected = "--peer-client-cert-auth is true, and every peer URL is https://",
     .remedy = "set --peer-client-cert-auth=true and --peer-trusted-ca-file, and write https:// "
               "instead of http://, at {where}",
     .why = "Whoever is taken for a member gets the whole database and may change it.",
     .link = kSecurity},
    {.id = "etcd-no-peer-auto-tls",
     .title = "etcd does not make up its own certificates for members",
     .row = "5b",
     .cis = "2.6",
     .severity = Severity::kHigh,
     .target = Target::kEtcd,
     .check = IsValue,
     .setting = "peer-auto-tls",
     .wanted = "false",
     .expected = "--peer-auto-tls is false (the default)",
     .remedy = "take --peer-auto-tls away at {where}, and set --peer-cert-file and --peer-key-file",
     .why = "A self-signed certificate authenticates nobody: anyone may pose as a member.",
     .link = kSecurity},
    {.id = "etcd-peer-ca",
     .title = "etcd verifies other members with a CA that it was given",
     .row = "5b",
     .severity = Severity::kHigh,
     .target = Target::kEtcd,
     .check = NamesCertificates,
     .setting = "peer-trusted-ca-file",
     .expected = "--peer-trusted-ca-file names a CA file that is there",
     .remedy = "set --peer-trusted-ca-file to etcd's CA, such as /etc/kubernetes/pki/etcd/ca.crt, "
               "at {where}",
     .why =
         "With --peer-client-cert-auth alone every CA of the operating system may name a member.",
     .link = kSecurity},
    {.id = "etcd-peer-urls-https",
     .title = "etcd's members speak TLS only",
     .row = "5b",
     .severity = Severity::kCritical,
     .target = Target::kEtcd,
     .check = UrlsAreHttps,
     .setting = "listen-peer-urls initial-advertise-peer-urls",
     .expected = "every peer URL begins with https://",
     .remedy = "seawall harden apply --row 5b --set etcd-pki=DIR, on each member or with --ssh; by "
               "hand: etcdctl member update adds https:// to each member's peer URLs, and only "
               "then https:// instead of http:// at {where}, member by member",
     .why =
         "On an http:// address etcd ignores every TLS setting and takes everybody for a member.",
     .link = kSecurity},
    {.id = "etcd-peer-urls-narrow",
     .title = "etcd speaks to members at the addresses that are needed only",
     .row = "5b",
     .severity = Severity::kLow,
     .target = Target::kEtcd,
     .check = UrlsAreNarrow,
     .setting = "listen-peer-urls",
     .expected = "no 0.0.0.0 and no [::]",
     .remedy = "name the member's own address at {where}",
     .why = "Each network that reaches etcd is one from which it can be attacked.",
     .link = kFlags},
    {.id = "etcd-clients-are-no-peers",
     .title = "A client's certificate does not make its holder a member of etcd",
     .row = "5b",
     .severity = Severity::kLow,
     .target = Target::kEtcd,
     .check = ClientsAreNoPeers,
     .setting = "peer-cert-allowed-cn",
     .expected =
         "a CA of its own for members, or --peer-cert-allowed-cn or --peer-cert-allowed-hostname",
     .remedy = "issue members' certificates from a CA of their own, or set "
               "--peer-cert-allowed-hostname, at {where}",
     .why = "With one CA for both, whoever has kube-apiserver's client certificate may also join "
            "as a member and stay.",
     .link = kSecurity},
    {.id = "etcd-peer-san-verified",
     .title = "A member's certificate must name the address that it comes from",
     .row = "5b",
     .severity = Severity::kMedium,
     .target = Target::kEtcd,
     .check = IsNot,
     .setting = "experimental-peer-skip-client-san-verification peer-skip-client-san-verification",
     .wanted = "true",
     .expected = "--experimental-peer-skip-client-san-verification is not true",
     .remedy = "take --experimental-peer-skip-client-san-verification away at {where}",
     .why = "Otherwise a stolen certificate works from every machine.",
     .link = kFlags},
    {.id = "etcd-strict-reconfig",
     .title = "etcd refuses a change of members that would stop it",
     .row = "5b",
     .severity = Severity::kLow,
     .target = Target::kEtcd,
     .check = IsValue,
     .setting = "strict-reconfig-check",
     .wanted = "true",
     .expected = "--strict-reconfig-check is true (the default)",
     .remedy = "take --strict-reconfig-check=false away at {where}",
     .why = "One wrong member add would take the quorum, and with it the cluster.",
     .link = "https://etcd.io/docs/latest/op-guide/runtime-configuration/"},
};

}  // namespace

std::span<const Rule> EtcdPeerRules() { return kRules; }

}  // namespace seawall::rules
