#include "rules/tls_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "rules/checks.h"

namespace seawall::rules {
namespace {

using cluster::Item;
using cluster::Setting;
using cluster::SettingState;

constexpr std::array<std::string_view, 11> kStrong = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
};

bool IsTls13(const Setting& floor) {
  return floor.known() && (floor.text == "VersionTLS13" || floor.text == "TLS1.3");
}

/// X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024 by number or name.
bool IsHybrid(std::string_view curve) {
  constexpr std::array<std::string_view, 3> kNumbers = {"4587", "4588", "4589"};
  return std::ranges::find(kNumbers, curve) != kNumbers.end() ||
         curve.find("MLKEM") != std::string_view::npos;
}

}  // namespace

bool IsStrongCipherSuite(std::string_view name) {
  return std::ranges::find(kStrong, name) != kStrong.end();
}

Outcome CiphersAreStrong(const Rule& rule, const Context& context) {
  const cluster::Component& component = *context.component;
  const auto names = Split(rule.setting, ' ');
  const Setting floor = component.Get(names.at(1));
  if (IsTls13(floor)) {
    return Pass(Says(component, floor) + ": TLS 1.3 has no weak cipher suite", {EvidenceOf(floor)});
  }
  const Setting suites = component.Get(names.at(0));
  if (suites.state == SettingState::kUnknown) return UnknownSetting(component, suites);
  if (suites.state == SettingState::kAbsent) return AbsentSetting(component, suites);
  if (suites.items.empty()) {
    return Fails(fmt::format("{} is not set, and Go's own list has suites with CBC",
                             NameOf(component, suites)),
                 {EvidenceOf(suites)});
  }
  std::vector<Evidence> weak;
  std::vector<std::string> weak_names;
  for (const Item& suite : suites.items) {
    if (IsStrongCipherSuite(Trim(suite.text))) continue;
    weak.push_back(EvidenceOf(suites, suite));
    weak_names.push_back(PrintableShort(suite.text, 80));
  }
  if (weak.empty()) return Pass(Says(component, suites), {EvidenceOf(suites)});
  return Fails(fmt::format("{} allows {}", NameOf(component, suites), Join(weak_names, ", ")),
               std::move(weak));
}

Outcome TlsFloor(const Rule& rule, const Context& context) {
  const cluster::Component& component = *context.component;
  const Setting floor = component.Get(rule.setting);
  if (floor.state == SettingState::kUnknown) return UnknownSetting(component, floor);
  if (floor.state == SettingState::kAbsent || floor.text.empty()) {
    return Pass(Says(component, floor) + ": TLS 1.2 is the lowest", {EvidenceOf(floor)});
  }
  constexpr std::array<std::string_view, 4> kGood = {"VersionTLS12", "VersionTLS13", "TLS1.2",
                                                     "TLS1.3"};
  if (std::ranges::find(kGood, floor.text) != kGood.end()) {
    return Pass(Says(component, floor), {EvidenceOf(floor)});
  }
  return Fails(Says(component, floor), {EvidenceOf(floor)});
}

/// What GODEBUG says about the hybrid groups of Go's own; nullopt: nothing.
std::optional<Outcome> SwitchedOffByGo(const cluster::Component& component) {
  const cluster::Variable* last = nullptr;
  for (const cluster::Variable& variable : component.command.environment) {
    if (variable.name == "GODEBUG") last = &variable;
  }
  if (last == nullptr) return std::nullopt;
  if (!last->unknown.empty()) {
    return Unknown("the variable GODEBUG cannot be known: " + last->unknown,
                   "look at the environment of the running process");
  }
  bool off = false;
  for (const std::string_view word : Split(last->value, ',')) {
    if (word.starts_with("tlsmlkem=")) off = word == "tlsmlkem=0";
  }
  if (!off) return std::nullopt;
  return Fails("GODEBUG has tlsmlkem=0, which switches every post-quantum group off",
               {EvidenceIn("GODEBUG", last->value, last->place)});
}

Outcome OffersPostQuantum(const Rule& rule, const Context& context) {
  const cluster::Component& component = *context.component;
  const Setting curves = component.Get(rule.setting);
  if (curves.state == SettingState::kUnknown) return UnknownSetting(component, curves);
  if (auto off = SwitchedOffByGo(component)) return std::move(*off);
  if (curves.state == SettingState::kAbsent || curves.items.empty()) {
    return Pass("X25519MLKEM768 is offered by default since Kubernetes 1.33", {EvidenceOf(curves)});
  }
  for (const Item& curve : curves.items) {
    if (IsHybrid(Trim(curve.text))) return Pass(Says(component, curves), {EvidenceOf(curves)});
  }
  return Fails(Says(component, curves) + ", which switches every post-quantum group off",
               {EvidenceOf(curves)});
}

}  // namespace seawall::rules
