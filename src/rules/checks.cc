#include "rules/checks.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cluster/values.h"
#include "cluster/versions/tables.h"
#include "rules/addresses.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::Item;
using cluster::Setting;
using cluster::SettingState;

/// The setting of the row, or the outcome that ends the check at once.
struct Asked {
  Setting setting;
  std::optional<Outcome> end;
};

Asked Ask(const Rule& rule, const Context& context) {
  Asked asked{context.component->Get(rule.setting), std::nullopt};
  if (asked.setting.state == SettingState::kUnknown) {
    asked.end = UnknownSetting(*context.component, asked.setting);
  } else if (asked.setting.state == SettingState::kAbsent) {
    asked.end = AbsentSetting(*context.component, asked.setting);
  }
  return asked;
}

Outcome Judged(bool good, const Component& component, const Setting& setting) {
  return good ? Pass(Says(component, setting), {EvidenceOf(setting)})
              : Fails(Says(component, setting), {EvidenceOf(setting)});
}

}  // namespace

bool Empty(const Setting& setting) { return setting.text.empty(); }

std::string NameOf(const Component& component, const Setting& setting) {
  // kube-scheduler's own file calls it otherwise; kubeadm's and k3s' files hold flags.
  if (component.kind == ComponentKind::kScheduler && setting.name == "profiling" &&
      setting.origin.kind == cluster::OriginKind::kFile && !component.Get("config").text.empty()) {
    return "enableProfiling";
  }
  const bool field = setting.name.find('.') != std::string::npos ||
                     component.kind == ComponentKind::kKubelet ||
                     component.kind == ComponentKind::kProxy;
  return field ? setting.name : "--" + setting.name;
}

std::string Says(const Component& component, const Setting& setting) {
  const std::string name = NameOf(component, setting);
  if (setting.state == SettingState::kUnknown) return fmt::format("{} is not known", name);
  if (setting.state == SettingState::kAbsent) {
    return fmt::format("this version has no {}", name);
  }
  const std::string value = PrintableShort(setting.text, 200);
  if (setting.written()) {
    return value.empty() ? fmt::format("{} is empty", name) : fmt::format("{} is {}", name, value);
  }
  if (value.empty()) return fmt::format("{} is not set", name);
  // "kubeadm writes it" and "k3s passes it" are sentences of their own; "kubelet 1.37" is whose
  // default it is.
  if (setting.origin.note.ends_with(" it")) {
    return fmt::format("{} is {} ({})", name, value, setting.origin.note);
  }
  const std::string of = setting.origin.note.empty() ? "" : " of " + setting.origin.note;
  return fmt::format("{} is {} (the default{})", name, value, of);
}

Evidence EvidenceOf(const Setting& setting) {
  Evidence evidence;
  evidence.setting = Shortened(setting.name, kLongestShown);
  evidence.value = Shortened(setting.text, kLongestShown);
  evidence.origin = ToString(setting.origin.kind);
  evidence.place = setting.origin.place;
  for (const cluster::Overridden& before : setting.overrode) {
    if (evidence.overrode.size() == kMostOverridden) break;
    evidence.overrode.push_back({Shortened(before.text, kLongestShown), before.origin});
  }
  return evidence;
}

Evidence EvidenceOf(const Setting& setting, const Item& item) {
  Evidence evidence = EvidenceOf(setting);
  evidence.value = Shortened(item.text, kLongestShown);
  if (!item.place.file.empty()) evidence.place = item.place;
  evidence.overrode.clear();
  return evidence;
}

Evidence EvidenceIn(std::string setting, const std::string& value, const Place& place) {
  Evidence evidence;
  evidence.setting = std::move(setting);
  evidence.value = Shortened(value, kLongestShown);
  evidence.origin = "file";
  evidence.place = place;
  return evidence;
}

Outcome UnknownSetting(const Component& component, const Setting& setting) {
  return Unknown(fmt::format("{} cannot be known: {}", NameOf(component, setting),
                             setting.why.empty() ? "nothing says what it is" : setting.why),
                 setting.how);
}

Outcome AbsentSetting(const Component& component, const Setting& setting) {
  return NotApplicable(fmt::format("{}{} has no {}", ToString(component.kind),
                                   component.version ? " " + component.version->ToString() : "",
                                   NameOf(component, setting)));
}

Outcome IsValue(const Rule& rule, const Context& context) {
  const Asked asked = Ask(rule, context);
  if (asked.end) return *asked.end;
  return Judged(asked.setting.text == rule.wanted, *context.component, asked.setting);
}

Outcome IsEmpty(const Rule& rule, const Context& context) {
  const Asked asked = Ask(rule, context);
  if (asked.setting.state == SettingState::kAbsent) {
    return Pass(Says(*context.component, asked.setting));
  }
  if (asked.end) return *asked.end;
  return Judged(Empty(asked.setting), *context.component, asked.setting);
}

Outcome IsGiven(const Rule& rule, const Context& context) {
  const Asked asked = Ask(rule, context);
  if (asked.end) return *asked.end;
  return Judged(!Empty(asked.setting), *context.component, asked.setting);
}

Outcome IsAtLeast(const Rule& rule, const Context& context) {
  const Asked asked = Ask(rule, context);
  if (asked.end) return *asked.end;
  const auto value = cluster::ParseInt(asked.setting.text);
  const auto wanted = cluster::ParseInt(rule.wanted);
  return Judged(value && wanted && *value >= *wanted, *context.component, asked.setting);
}

std::optional<Outcome> NamedAddress(const Context& context, const Setting& setting,
                                    std::string_view host) {
  if (!EqualsIgnoringCase(host, "localhost")) return std::nullopt;
  return Unknown(fmt::format("{}, which is no IP address: {} does not start with it",
                             Says(*context.component, setting), ToString(context.component->kind)),
                 "write 127.0.0.1", {EvidenceOf(setting)});
}

Outcome IsLoopback(const Rule& rule, const Context& context) {
  const Asked asked = Ask(rule, context);
  if (asked.end) return *asked.end;
  if (auto no_address = NamedAddress(context, asked.setting, asked.setting.text)) {
    return std::move(*no_address);
  }
  return Judged(IsLoopbackAddress(asked.setting.text), *context.component, asked.setting);
}

Outcome PortIsOff(const Rule& rule, const Context& context) {
  const Asked asked = Ask(rule, context);
  if (asked.setting.state == SettingState::kAbsent) {
    return Pass(Says(*context.component, asked.setting));
  }
  if (asked.end) return *asked.end;
  return Judged(asked.setting.text == "0", *context.component, asked.setting);
}

Outcome IsNot(const Rule& rule, const Context& context) {
  const Component& component = *context.component;
  std::vector<Setting> settings;
  for (const std::string_view name : Split(rule.setting, ' '))
    settings.push_back(component.Get(name));
  for (const Setting& setting : settings) {
    if (setting.known() && setting.text == rule.wanted) return Judged(false, component, setting);
  }
  const Setting* shown = &settings.front();
  for (const Setting& setting : settings) {
    if (setting.state == SettingState::kUnknown) return UnknownSetting(component, setting);
    if (setting.known()) shown = &setting;
  }
  return Judged(true, component, *shown);
}

namespace {

Outcome NamesEach(const Rule& rule, const Context& context,
                  std::optional<PathDoubt> (*doubt_of)(const Context&, std::string_view)) {
  const Asked asked = Ask(rule, context);
  if (asked.end) return *asked.end;
  const Setting& setting = asked.setting;
  if (Empty(setting)) return Judged(false, *context.component, setting);
  for (const Item& item : setting.items) {
    if (auto doubt = doubt_of(context, item.text)) {
      return Unknown(fmt::format("{} names a file that cannot be relied on: {}",
                                 NameOf(*context.component, setting), doubt->why),
                     doubt->how, {EvidenceOf(setting, item)});
    }
  }
  return Judged(true, *context.component, setting);
}

}  // namespace

Outcome NamesFile(const Rule& rule, const Context& context) {
  return NamesEach(rule, context, DoubtOfFile);
}

Outcome NamesKeys(const Rule& rule, const Context& context) {
  return NamesEach(rule, context, DoubtOfKey);
}

Outcome NamesCertificates(const Rule& rule, const Context& context) {
  const Asked asked = Ask(rule, context);
  if (asked.end) return *asked.end;
  const Setting& setting = asked.setting;
  if (Empty(setting)) return Judged(false, *context.component, setting);
  if (auto doubt = DoubtOfCertificates(context, setting.text)) {
    return Unknown(fmt::format("{} names a file that cannot be relied on: {}",
                               NameOf(*context.component, setting), doubt->why),
                   doubt->how, {EvidenceOf(setting)});
  }
  return Judged(true, *context.component, setting);
}

Outcome NamesKeyPair(const Rule& rule, const Context& context) {
  const Component& component = *context.component;
  const auto names = Split(rule.setting, ' ');
  std::vector<Setting> settings;
  for (const std::string_view name : names) settings.push_back(component.Get(name));
  for (const Setting& setting : settings) {
    if (setting.known() && Empty(setting)) {
      return Fails(Says(component, setting), {EvidenceOf(setting)});
    }
  }
  std::vector<Evidence> evidence;
  std::string reason;
  for (const Setting& setting : settings) {
    if (setting.state == SettingState::kUnknown) return UnknownSetting(component, setting);
    if (setting.state == SettingState::kAbsent) return AbsentSetting(component, setting);
    evidence.push_back(EvidenceOf(setting));
    reason += (reason.empty() ? "" : ", ") + Says(component, setting);
  }
  for (size_t i = 0; i < settings.size(); ++i) {
    const auto doubt = i == 0 ? DoubtOfCertificates(context, settings[i].text)
                              : DoubtOfKey(context, settings[i].text);
    if (!doubt) continue;
    return Unknown(fmt::format("{} names a file that cannot be relied on: {}",
                               NameOf(component, settings[i]), doubt->why),
                   doubt->how, {evidence[i]});
  }
  return Pass(std::move(reason), std::move(evidence));
}

std::optional<Outcome> VersionInDoubt(const Component& component) {
  const char* name = ToString(component.kind);
  if (!component.version) {
    return Unknown(
        "what it takes depends on its version, which is not known",
        fmt::format(
            "say it with --component-version {0}=VERSION ({0} --version on the node tells it)",
            name));
  }
  const cluster::versions::Minor minor{component.version->major, component.version->minor};
  if (cluster::versions::CoversVersion(name, minor)) return std::nullopt;
  return Unknown(fmt::format("what {} {} takes is not in seawall's tables", name,
                             component.version->ToString()),
                 "start it, and look into its log");
}

std::optional<Outcome> StartIsAssumed(const Context& context) {
  const cluster::Component& component = *context.component;
  if (!context.node.is_machine || component.run_by != cluster::RunBy::kConfiguration)
    return std::nullopt;
  return Unknown(
      "a configuration file is there, but nothing that shows how the component is started",
      "make its unit readable, or run seawall as root on the node itself");
}

}  // namespace seawall::rules
