#include "rules/etcd_checks.h"

#include <fmt/format.h>

#include "base/text.h"
#include "rules/addresses.h"
#include "rules/checks.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::Item;
using cluster::Setting;
using cluster::SettingState;

bool Encrypted(std::string_view url) {
  const std::string scheme = SplitUrl(Trim(url)).scheme;
  return scheme == "https" || scheme == "unix" || scheme == "unixs";
}

/// Adds what `judge` says of each URL of the row's settings.
template <typename Judge>
Tally ForUrls(const Rule& rule, const Context& context, Judge judge) {
  Tally tally;
  for (const std::string_view name : Split(rule.setting, ' ')) {
    const Setting setting = context.component->Get(name);
    if (setting.state == SettingState::kAbsent) continue;
    if (!setting.known()) {
      const Outcome outcome = UnknownSetting(*context.component, setting);
      tally.Unknown(outcome.reason, "");
      continue;
    }
    for (const Item& item : setting.items) {
      if (!Trim(item.text).empty()) judge(setting, item, tally);
    }
  }
  return tally;
}

}  // namespace

Outcome UrlsAreHttps(const Rule& rule, const Context& context) {
  const auto judge = [&](const Setting& setting, const Item& item, Tally& tally) {
    if (Encrypted(item.text)) {
      tally.Good(EvidenceOf(setting, item));
    } else {
      tally.Bad(EvidenceOf(setting, item),
                fmt::format("{} has {}: TLS is not used there", NameOf(*context.component, setting),
                            PrintableShort(item.text, 150)));
    }
  };
  return ForUrls(rule, context, judge).Done("no such address is given");
}

Outcome UrlsAreNarrow(const Rule& rule, const Context& context) {
  const auto judge = [&](const Setting& setting, const Item& item, Tally& tally) {
    const UrlParts url = SplitUrl(Trim(item.text));
    if (url.scheme.starts_with("http") && IsAnyAddress(url.host)) {
      tally.Bad(EvidenceOf(setting, item),
                fmt::format("{} has {}: every interface", NameOf(*context.component, setting),
                            PrintableShort(item.text, 150)));
    } else {
      tally.Good(EvidenceOf(setting, item));
    }
  };
  return ForUrls(rule, context, judge).Done("no such address is given");
}

Outcome CertificatesAreDemanded(const Rule& rule, const Context& context) {
  const Component& component = *context.component;
  const auto names = Split(rule.setting, ' ');
  const Setting flag = component.Get(names.at(0));
  const Setting ca = component.Get(names.at(1));
  const Setting urls = component.Get(names.at(2));
  if (urls.known()) {
    for (const Item& item : urls.items) {
      if (Trim(item.text).empty() || Encrypted(item.text)) continue;
      return Fails(fmt::format("{} has {}, where nobody is asked for a certificate",
                               NameOf(component, urls), PrintableShort(item.text, 150)),
                   {EvidenceOf(urls, item), EvidenceOf(flag)});
    }
  }
  for (const Setting* setting : {&flag, &ca, &urls}) {
    if (!setting->known()) return UnknownSetting(component, *setting);
  }
  const bool asks = flag.text == "true";
  if (asks && Empty(ca)) return Pass(Says(component, flag), {EvidenceOf(flag)});
  if (Empty(ca)) return Fails(Says(component, flag), {EvidenceOf(flag), EvidenceOf(ca)});
  if (auto doubt = DoubtOfCertificates(context, ca.text)) {
    return Unknown(fmt::format("{}, and the file of {} cannot be relied on: {}",
                               Says(component, flag), NameOf(component, ca), doubt->why),
                   doubt->how, {EvidenceOf(flag), EvidenceOf(ca)});
  }
  if (asks) return Pass(Says(component, flag), {EvidenceOf(flag)});
  return Pass(fmt::format("{}, and {} alone makes etcd demand certificates", Says(component, flag),
                          NameOf(component, ca)),
              {EvidenceOf(ca), EvidenceOf(flag)});
}

std::optional<bool> DemandsClientCertificates(const Component& etcd) {
  const Setting urls = etcd.Get("listen-client-urls");
  const Setting flag = etcd.Get("client-cert-auth");
  const Setting ca = etcd.Get("trusted-ca-file");
  if (!urls.known() || !flag.known() || !ca.known()) return std::nullopt;
  for (const Item& item : urls.items) {
    if (!Encrypted(item.text)) return false;
  }
  return flag.text == "true" || !Empty(ca);
}

}  // namespace seawall::rules
