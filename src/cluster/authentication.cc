#include "cluster/authentication.h"

#include "cluster/kinds/load.h"

namespace seawall::cluster {
namespace {

using State = AnonymousAccess::State;

AnonymousAccess ByFlag(const Component& server) {
  AnonymousAccess access;
  access.setting = server.Get("anonymous-auth");
  access.why = access.setting.why;
  access.how = access.setting.how;
  if (!access.setting.known()) return access;
  access.state = access.setting.text == "true" ? State::kOn : State::kOff;
  if (access.state == State::kOff) return access;
  const Setting config = server.Get("authorization-config");
  const Setting modes = server.Get("authorization-mode");
  // Only what is certain may turn a yes into a no.
  if (config.known() && config.text.empty() && modes.known() && modes.Contains("AlwaysAllow")) {
    access.state = State::kOff;
    access.forced_off = true;
  }
  return access;
}

}  // namespace

AnonymousAccess EffectiveAnonymous(const Node& node, const Component& server) {
  const Setting config = server.Get("authentication-config");
  // A server that starts with the flag has no `anonymous` in its file.
  const Setting flag = server.Get("anonymous-auth");
  if (flag.known() && server.written.contains(flag.name)) return ByFlag(server);
  if (config.state == SettingState::kAbsent || (config.known() && config.text.empty()))
    return ByFlag(server);
  AnonymousAccess access;
  access.setting = config;
  access.why = config.why;
  access.how = config.how;
  if (!config.known()) return access;
  const auto loaded = kinds::LoadAuthentication(node, server);
  if (!loaded) {
    access.why = loaded.why;
    access.how = loaded.how;
    return access;
  }
  const auto& anonymous = loaded->anonymous;
  if (!anonymous.written) return ByFlag(server);
  access.setting.text = *anonymous.enabled ? "anonymous.enabled: true" : "anonymous.enabled: false";
  access.setting.origin = {
      OriginKind::kFile, anonymous.enabled.written ? anonymous.enabled.place : anonymous.place, {}};
  access.setting.items = {{access.setting.text, access.setting.origin.place}};
  for (const auto& path : anonymous.paths) access.paths.push_back({*path, path.place});
  access.state = !*anonymous.enabled    ? State::kOff
                 : access.paths.empty() ? State::kOn
                                        : State::kPaths;
  return access;
}

}  // namespace seawall::cluster
