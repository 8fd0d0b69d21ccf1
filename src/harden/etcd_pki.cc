#include "harden/etcd_pki.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "x509/certificate.h"

namespace seawall::harden {
namespace {

constexpr const char* kWhat =
    "the folder of etcd's certificates: ca.crt, server.crt and .key, peer.crt and .key, "
    "apiserver-etcd-client.crt and .key";

const char* NameOf(PkiUse use) {
  switch (use) {
    case PkiUse::kServer:
      return "server";
    case PkiUse::kPeer:
      return "peer";
    case PkiUse::kClient:
      return "apiserver-etcd-client";
  }
  return "";
}

bool Names(const x509::Certificate& certificate, const std::string& host) {
  return std::ranges::find(certificate.dns_names, host) != certificate.dns_names.end() ||
         std::ranges::find(certificate.ip_addresses, host) != certificate.ip_addresses.end();
}

std::unexpected<Error> Unfit(const std::string& file, std::string_view why) {
  return Missing(fmt::format("{} {}", file, why), "issue it anew, and plan again");
}

bool MayUse(const FileStat& stat, const FileStat& owner) {
  const uint32_t bit = stat.type == FileStat::Type::kFolder ? 1 : 4;  // search, or read
  if (owner.uid == stat.uid) return (stat.mode & bit << 6) != 0;
  if (owner.gid == stat.gid) return (stat.mode & bit << 3) != 0;
  return (stat.mode & bit) != 0;
}

/// etcd runs as whoever owns its data: with a key that is root's alone it would not start again.
Result<void> IsForEtcd(const FixContext& context, const std::string& folder, const PkiPair& pair) {
  const cluster::Setting data = context.component->Get("data-dir");
  if (data.text.empty()) return {};
  const auto place = context.component->HostPath(data.text);
  if (!place) return {};
  const auto& owner = context.node.Stat(*place);
  if (!owner || owner->uid == 0) return {};
  for (const std::string& path : {folder, pair.ca, pair.certificate, pair.key}) {
    const auto& stat = context.node.Stat(path);
    if (!stat || MayUse(*stat, *owner)) continue;
    return Missing(fmt::format("{} is closed to user {}, who owns etcd's data ({}) and so runs it",
                               path, context.node.UserName(owner->uid), Printable(data.text)),
                   fmt::format("chown {}:{} {}, and plan again", owner->uid, owner->gid, path));
  }
  return {};
}

}  // namespace

std::vector<std::string> HostsOf(const cluster::Setting& urls) {
  std::vector<std::string> texts;
  for (const cluster::Item& item : urls.items) texts.push_back(item.text);
  return HostsOf(texts);
}

std::vector<std::string> HostsOf(const std::vector<std::string>& urls) {
  std::vector<std::string> hosts;
  for (std::string_view rest : urls) {
    const size_t scheme = rest.find("://");
    if (scheme == std::string_view::npos) continue;
    rest.remove_prefix(scheme + 3);
    std::string host;
    if (rest.starts_with('[')) {
      host = rest.substr(1, rest.find(']') - 1);
    } else {
      host = rest.substr(0, rest.find_first_of(":/"));
    }
    if (!host.empty() && host != "0.0.0.0" && host != "::") hosts.push_back(std::move(host));
  }
  return hosts;
}

Result<PkiPair> EtcdPki(const FixContext& context, PkiUse use,
                        const std::vector<std::string>& hosts) {
  const auto folder = context.Get("etcd-pki");
  if (!folder) return Needs("etcd-pki", kWhat);
  const std::string base = *folder + "/" + NameOf(use);
  const PkiPair pair = {*folder + "/ca.crt", base + ".crt", base + ".key"};
  const auto& cas = context.node.Certificates(pair.ca);
  const auto& leaves = context.node.Certificates(pair.certificate);
  const auto& key = context.node.Key(pair.key);
  if (!cas) return Unfit(pair.ca, "cannot be read: " + cas.error().why);
  if (!leaves) return Unfit(pair.certificate, "cannot be read: " + leaves.error().why);
  if (!key) return Unfit(pair.key, "cannot be read: " + key.error().why);
  const x509::Certificate& leaf = leaves->front();
  if (key->public_key_sha256 != leaf.public_key_sha256)
    return Unfit(pair.key, "does not belong to the certificate");
  const bool is_signed = std::ranges::any_of(
      *cas, [&](const x509::Certificate& ca) { return ca.is_ca && x509::Signed(ca, leaf); });
  if (!is_signed) return Unfit(pair.certificate, "is not signed by " + pair.ca);
  if (use != PkiUse::kClient && !leaf.server_auth)
    return Unfit(pair.certificate, "is no server's certificate (extended key usage)");
  if (use != PkiUse::kServer && !leaf.client_auth)
    return Unfit(pair.certificate, "is no client's certificate (extended key usage)");
  for (const std::string& host : hosts) {
    if (!Names(leaf, host))
      return Unfit(pair.certificate, fmt::format("does not name {}", Printable(host)));
  }
  for (const std::string* file : {&pair.ca, &pair.certificate, &pair.key}) {
    if (context.component->HostPath(*file) != *file)
      return Missing(fmt::format("the container does not see {}", *file),
                     "lay the folder where it does (for kubeadm below /etc/kubernetes/pki/etcd)");
  }
  if (use != PkiUse::kClient) {
    if (auto open = IsForEtcd(context, *folder, pair); !open) return std::unexpected(open.error());
  }
  return pair;
}

}  // namespace seawall::harden
