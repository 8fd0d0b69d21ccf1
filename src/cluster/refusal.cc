#include "cluster/refusal.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"
#include "cluster/config_source.h"
#include "cluster/flag_use.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

/// crypto/tls CipherSuites() and InsecureCipherSuites() of Go 1.26, and two older names.
constexpr std::string_view kCipherSuites[] = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_RC4_128_SHA",
};

std::string Hint(std::string_view word, std::span<const std::string_view> known) {
  const auto near = Closest(word, known);
  return near ? fmt::format(" (did you mean {}?)", *near) : "";
}

}  // namespace

const Setting* Refusal::Mentioned(std::string_view name) const {
  const auto found = component_.written.find(name);
  return found == component_.written.end() ? nullptr : &found->second;
}

const Setting* Refusal::Given(std::string_view name) const {
  const Setting* setting = Mentioned(name);
  return setting != nullptr && setting->known() && !setting->items.empty() &&
                 !setting->text.empty()
             ? setting
             : nullptr;
}

bool Refusal::Missing(std::string_view name) const {
  if (!component_.unknown.empty()) return false;
  const Setting* setting = Mentioned(name);
  if (setting != nullptr) return setting->known() && setting->text.empty();
  // What kubeadm, k3s or RKE2 add by themselves is not always among what was read.
  const RunBy by = component_.run_by;
  return component_.gaps.empty() && !component_.fragment && by != RunBy::kConfiguration &&
         by != RunBy::kK3s && by != RunBy::kRke2;
}

std::string Refusal::Text(std::string_view name, const char* otherwise) const {
  const Setting setting = component_.Get(name);
  return setting.known() ? setting.text : otherwise;
}

void Refusal::Add(Problem::Kind kind, std::string_view name, std::string text,
                  const Place& place) const {
  component_.problems.push_back(FlagProblem(kind, std::string(name), std::move(text), place));
}

void Refusal::Demand(std::string_view name, std::string text) const {
  if (!Missing(name)) return;
  const Setting* setting = Mentioned(name);
  Add(Problem::Kind::kConflict, name, std::move(text),
      setting != nullptr && !setting->origin.place.file.empty() ? setting->origin.place
                                                                : component_.where);
}

void Refusal::OneOf(std::string_view name, std::initializer_list<std::string_view> allowed) const {
  const Setting* setting = Given(name);
  if (setting == nullptr) return;
  for (const Item& item : setting->items) {
    if (std::ranges::find(allowed, item.text) != allowed.end()) continue;
    Bad(*setting, item, fmt::format("{} takes one of {}", name, Join(allowed, ", ")));
  }
}

void Refusal::Range(std::string_view name, int64_t from, int64_t to) const {
  const Setting* setting = Given(name);
  if (setting == nullptr) return;
  auto number = cluster::ParseInt(setting->text);
  if (!number) number = ParseDuration(setting->text);
  if (!number || (*number >= from && *number <= to)) return;
  const std::string bounds = to == INT64_MAX ? fmt::format("must not be below {}", from)
                                             : fmt::format("must lie between {} and {}", from, to);
  Bad(*setting, setting->items.front(), fmt::format("{} {}", name, bounds));
}

void Refusal::Ciphers(std::string_view name) const {
  const Setting* setting = Given(name);
  if (setting == nullptr) return;
  for (const Item& item : setting->items) {
    if (std::ranges::binary_search(kCipherSuites, std::string_view(item.text))) continue;
    Bad(*setting, item,
        fmt::format("{} names the cipher suite {}, which does not exist{}", name,
                    PrintableShort(item.text, 60),
                    setting->items.size() < 100 ? Hint(item.text, kCipherSuites) : ""));
  }
}

void Refusal::Gates(std::string_view name) const {
  const Setting* setting = Given(name);
  if (setting == nullptr || !table_.certain()) return;
  for (const Item& item : setting->items) {
    const size_t equals = item.text.find('=');
    std::string_view gate = std::string_view(item.text).substr(0, equals);
    // "kube:Gate=true": the name of the part of the program that the gate belongs to.
    if (const size_t colon = gate.find(':'); colon != gate.npos) gate.remove_prefix(colon + 1);
    const std::string value = equals == std::string::npos ? "" : item.text.substr(equals + 1);
    const auto* row = versions::FindGate(table_.component(), gate, table_.minor());
    const std::string who =
        fmt::format("{} {}.{}", table_.component(), table_.minor().major, table_.minor().minor);
    if (row == nullptr) {
      const auto* removed =
          versions::FindRemoved(table_.component(), gate, versions::Thing::kFeatureGate);
      Bad(*setting, item,
          fmt::format("{} does not know the feature gate {} and does not start{}", who,
                      PrintableShort(gate, 60),
                      removed != nullptr ? fmt::format(" (gone in 1.{})", removed->gone_in) : ""));
    } else if (row->locked && value != (row->default_on ? "true" : "false")) {
      Bad(*setting, item,
          fmt::format("{} has locked the feature gate {} to {}", who, gate, row->default_on));
    }
  }
}

void Refusal::Pair(std::string_view one, std::string_view other) const {
  if (const Setting* setting = Given(one); setting != nullptr && Missing(other)) {
    Conflict(*setting, fmt::format("{} needs {} beside it", one, other));
  }
  if (const Setting* setting = Given(other); setting != nullptr && Missing(one)) {
    Conflict(*setting, fmt::format("{} needs {} beside it", other, one));
  }
}

void Refusal::Files(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names) {
    const Setting* setting = Given(name);
    if (setting != nullptr) CheckThere(node_, component_, Setting(*setting), true);
  }
}

}  // namespace seawall::cluster
