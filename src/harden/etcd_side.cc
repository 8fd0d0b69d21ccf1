#include "harden/etcd_side.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "harden/etcd_pki.h"

namespace seawall::harden {

using cluster::Setting;

bool IsGiven(const FixContext& context, const std::string& setting) {
  const Setting value = context.component->Get(setting);
  return value.written() && !value.text.empty();
}

Result<void> UrlsOverTls(const FixContext& context, const char* setting, Draft& draft,
                         bool beside) {
  const Setting urls = context.component->Get(setting);
  if (!urls.written()) return {};
  std::vector<std::string> items;
  const auto add = [&](const std::string& url) {
    if (std::ranges::find(items, url) == items.end()) items.push_back(url);
  };
  bool changed = false;
  for (const cluster::Item& item : urls.items) {
    const bool plain = item.text.starts_with("http://");
    add(plain ? "https://" + item.text.substr(7) : item.text);
    if (plain && beside) add(item.text);
    changed = changed || plain;
  }
  if (beside && items.size() == urls.items.size()) return {};
  if (!changed) return {};
  const bool file = urls.origin.kind == cluster::OriginKind::kFile;
  // etcd's file takes lists of URLs as one text.
  if (file) return Want(context, setting, Wanted::Text(Join(items, ",")), draft);
  return Want(context, setting, Wanted::List(std::move(items)), draft);
}

const cluster::Component* RunningEtcd(const FixContext& context) {
  if (context.running == nullptr) return nullptr;
  for (const cluster::Component* one : context.running->Of(cluster::ComponentKind::kEtcd)) {
    if (one->instance == context.component->instance) return one;
  }
  return nullptr;
}

bool HasPlain(const Setting& urls) {
  return std::ranges::any_of(
      urls.items, [](const cluster::Item& item) { return item.text.starts_with("http://"); });
}

namespace {

Result<void> WantFiles(const FixContext& context, std::string_view prefix, const PkiPair& pair,
                       Draft& draft) {
  const std::string head(prefix);
  const std::pair<const char*, std::string> files[] = {
      {"cert-file", pair.certificate}, {"key-file", pair.key}, {"trusted-ca-file", pair.ca}};
  for (const auto& [name, path] : files) {
    const std::string setting = head + name;
    if (IsGiven(context, setting)) continue;
    if (auto done = Want(context, setting, Wanted::Text(path), draft); !done) return done;
  }
  return {};
}

/// Whether the first of a side's settings makes the mapping of etcd's file in which all of them
/// stand: the others follow when it is there.
bool BeginsMapping(const FixContext& context, const std::string& prefix) {
  if (ConfigFileOf(*context.component).empty()) return false;
  constexpr const char* kNames[] = {"cert-file", "key-file", "trusted-ca-file", "client-cert-auth",
                                    "auto-tls"};
  return std::ranges::none_of(
      kNames, [&](const char* name) { return context.component->Get(prefix + name).written(); });
}

}  // namespace

Result<Draft> EtcdSide(const FixContext& context, const std::string& prefix,
                       std::vector<std::string> hosts) {
  const bool peer = !prefix.empty();
  Draft draft;
  const bool complete = IsGiven(context, prefix + "cert-file") &&
                        IsGiven(context, prefix + "key-file") &&
                        IsGiven(context, prefix + "trusted-ca-file");
  if (!complete) {
    const Setting urls = context.component->Get(peer ? "listen-peer-urls" : "listen-client-urls");
    std::ranges::copy(HostsOf(urls), std::back_inserter(hosts));
    auto pair = EtcdPki(context, peer ? PkiUse::kPeer : PkiUse::kServer, hosts);
    if (!pair) return std::unexpected(pair.error());
    if (BeginsMapping(context, prefix)) {
      auto first = Want(context, prefix + "cert-file", Wanted::Text(pair->certificate), draft);
      if (!first) return std::unexpected(first.error());
      return draft;
    }
    if (auto done = WantFiles(context, prefix, *pair, draft); !done)
      return std::unexpected(done.error());
  }
  if (context.component->Get(prefix + "client-cert-auth").text != "true") {
    auto on = Want(context, prefix + "client-cert-auth", Wanted::Literal("true"), draft);
    if (!on) return std::unexpected(on.error());
  }
  const Setting automatic = context.component->Get(prefix + "auto-tls");
  if (automatic.written() && automatic.text == "true") {
    auto off = Want(context, prefix + "auto-tls", Wanted::Literal("false"), draft);
    if (!off) return std::unexpected(off.error());
  }
  return draft;
}

}  // namespace seawall::harden
