#include "harden/peer_urls.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace seawall::harden {
namespace {

constexpr std::string_view kPlain = "http://";
constexpr std::string_view kTls = "https://";
constexpr size_t kMostUrls = 100;

void AddOnce(Urls& urls, std::string url) {
  if (std::ranges::find(urls, url) == urls.end()) urls.push_back(std::move(url));
}

std::string OverTls(const std::string& url) {
  return url.starts_with(kPlain) ? std::string(kTls) + url.substr(kPlain.size()) : url;
}

Result<Urls> ReadUrls(yaml::Value list) {
  Urls urls;
  for (const yaml::Value item : list.Items()) {
    urls.push_back(item.text());
    const std::string& url = urls.back();
    if (urls.size() > kMostUrls || !(url.starts_with(kPlain) || url.starts_with(kTls)))
      return Fail(ErrorCode::kMalformed, "read peer URLs", "", "an address that is none",
                  "make the plan anew");
  }
  return urls;
}

}  // namespace

bool HasPlain(const Urls& urls) {
  return std::ranges::any_of(urls, [](const std::string& url) { return url.starts_with(kPlain); });
}

bool HasTls(const Urls& urls) {
  return std::ranges::any_of(urls, [](const std::string& url) { return url.starts_with(kTls); });
}

bool PeerUrls::ends_plain() const { return HasPlain(before) && !HasPlain(after); }
bool PeerUrls::begins_tls() const { return !HasTls(before); }

bool SameUrls(Urls a, Urls b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

Urls BesideTls(const Urls& urls) {
  Urls both;
  for (const std::string& url : urls) {
    AddOnce(both, url);
    AddOnce(both, OverTls(url));
  }
  return both;
}

Urls TlsOnly(const Urls& urls) {
  Urls tls;
  for (const std::string& url : urls) AddOnce(tls, OverTls(url));
  return tls;
}

const EtcdPeer* EtcdPeers::Own() const {
  const auto found = std::ranges::find(members, own, &EtcdPeer::id);
  return found == members.end() ? nullptr : &*found;
}

void WritePeerUrls(const PeerUrls& peers, JsonOut& out) {
  out.Key("peerURLs").OpenObject();
  out.Field("member", fmt::format("{:x}", peers.member));
  out.Field("before", peers.before);
  out.Field("after", peers.after);
  out.Field("others", peers.others);
  out.CloseObject();
}

Result<PeerUrls> ReadPeerUrls(yaml::Value object) {
  PeerUrls peers;
  const std::string& id = object["member"].text();
  const auto end = id.data() + id.size();
  const auto read = std::from_chars(id.data(), end, peers.member, 16);
  if (read.ec != std::errc() || read.ptr != end)
    return Fail(ErrorCode::kMalformed, "read peer URLs", "", "a member's ID that is none",
                "make the plan anew");
  const std::pair<const char*, Urls*> lists[] = {
      {"before", &peers.before}, {"after", &peers.after}, {"others", &peers.others}};
  for (const auto& [name, urls] : lists) {
    auto list = ReadUrls(object[name]);
    if (!list) return std::unexpected(list.error());
    *urls = std::move(*list);
  }
  return peers;
}

}  // namespace seawall::harden
