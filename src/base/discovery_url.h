// The URL with which members of etcd find each other (--discovery): whoever knows its path can join
// the cluster that it is for, so the path is a secret.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/place.h"

namespace seawall {

/// The secret of a value that is known to be such a URL, with or without its scheme.
inline std::optional<Span> SecretOfDiscovery(std::string_view value) {
  const size_t scheme = value.find("://");
  const size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const size_t end = std::min(value.find_first_of(" \t\r\n\"'<>?#", begin), value.size());
  const size_t sign = value.substr(0, end).rfind('@');
  const size_t host = sign == std::string_view::npos || sign < begin ? begin : sign + 1;
  const size_t slash = value.substr(0, end).find('/', host);
  if (slash == std::string_view::npos || slash + 1 >= end) return std::nullopt;
  return Span{slash + 1, end};
}

/// Whether a text ends in a flag's, variable's or field's name that such a URL follows.
inline bool NamesDiscovery(std::string_view before) {
  constexpr std::string_view kBetween{" \t\r\n\"'=:,[-\0", 12};
  const size_t last = before.find_last_not_of(kBetween);
  if (last == std::string_view::npos || last + 1 == before.size()) return false;
  before = before.substr(0, last + 1);
  const auto ends_with = [&](std::string_view name) {
    return before.size() >= name.size() &&
           std::equal(name.rbegin(), name.rend(), before.rbegin(), [](char a, char b) {
             return a == b || a == b - 'A' + 'a' || (a == '-' && b == '_');
           });
  };
  return ends_with("discovery") || ends_with("discovery-srv");
}

/// The secret of the URL whose "://" stands at `colon` of a text, if the URL is one of discovery by
/// the name before it, its host or its path.
inline std::optional<Span> DiscoverySecretAt(std::string_view text, size_t colon) {
  constexpr size_t kLongest = 4096;
  const std::string_view url = text.substr(colon, kLongest);
  auto secret = SecretOfDiscovery(url);
  if (!secret) return std::nullopt;
  // Of "a=https://…,b=https://…" each is one.
  secret->end = std::min(secret->end, url.find(',', secret->begin));
  if (secret->end <= secret->begin) return std::nullopt;
  size_t scheme = colon;
  while (scheme > 0 && text[scheme - 1] >= 'A' && text[scheme - 1] <= 'z') --scheme;
  const std::string_view path = url.substr(secret->begin, secret->end - secret->begin);
  const bool discovery = NamesDiscovery(text.substr(0, scheme)) ||
                         url.substr(0, secret->begin).find("discovery.etcd.io") != url.npos ||
                         path.find("_etcd/registry/") != path.npos;
  if (!discovery) return std::nullopt;
  return Span{colon + secret->begin, colon + secret->end};
}

}  // namespace seawall
