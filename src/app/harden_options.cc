#include "app/harden_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>

#include "app/inputs.h"
#include "app/select.h"
#include "app/small_file.h"
#include "base/text.h"
#include "harden/parameters.h"
#include "live/abac_watch.h"
#include "live/etcd_peers.h"
#include "report/redact.h"
#include "yaml/document.h"

namespace seawall::app {
namespace {

constexpr const char* kAttempt = "read the profile";

Result<void> AddParameter(const std::string& name, const std::string& value,
                          harden::Parameters& set) {
  if (auto good = harden::CheckParameter(name, value); !good) return good;
  set[name] = value;
  return {};
}

Result<void> ReadSets(const Arguments& arguments, harden::Parameters& set) {
  for (const std::string& text : arguments.All("set")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return Fail(ErrorCode::kUsage, "read --set", "",
                  fmt::format("'{}' is no NAME=VALUE", PrintableShort(text, 60)), "");
    if (auto added = AddParameter(text.substr(0, equals), text.substr(equals + 1), set); !added)
      return added;
  }
  return {};
}

/// A profile of somebody's own: rules:, rows: and set:.
Result<void> ReadProfileFile(const std::string& path, harden::PlanRequest& request) {
  auto text = ReadSmallFile(path, kAttempt);
  if (!text) return std::unexpected(text.error());
  auto stream = yaml::Parse(path, *text);
  if (!stream) return std::unexpected(stream.error());
  const yaml::Value root = stream->root(0);
  const auto bad = [&](yaml::Value at, std::string why) -> std::unexpected<Error> {
    const Place place = at.exists() ? at.place() : Place{path, 1, 1, {}};
    return Fail(ErrorCode::kMalformed, kAttempt, fmt::format("{}:{}", path, place.line),
                std::move(why), "a profile has rules:, rows: and set:");
  };
  if (!root.is_mapping()) return bad(root, "it is no mapping");
  std::set<std::string> rules, rows;
  for (const auto& [key, value, merged] : root.Pairs()) {
    const std::string& name = key.text();
    if (name == "rules" || name == "rows") {
      if (!value.is_sequence()) return bad(value, name + " is no list");
      for (const yaml::Value item : value.Items()) {
        if (name == "rules" && rules::FindRule(item.text()) == nullptr)
          return bad(item, fmt::format("there is no rule '{}'", PrintableShort(item.text(), 60)));
        (name == "rules" ? rules : rows).insert(item.text());
      }
    } else if (name == "set") {
      if (!value.is_mapping()) return bad(value, "set is no mapping");
      for (const auto& [parameter, chosen, also_merged] : value.Pairs()) {
        auto added = AddParameter(parameter.text(), chosen.text(), request.set);
        if (!added) return bad(parameter, added.error().why);
      }
    } else {
      return bad(key, fmt::format("there is no '{}' in a profile", PrintableShort(name, 60)));
    }
  }
  const bool all = rules.empty() && rows.empty();
  request.in_profile = [=](const rules::Rule& rule) {
    return all ? harden::InRecipe(rule) : rules.contains(rule.id) || rows.contains(rule.row);
  };
  return {};
}

Result<void> ReadProfile(const Arguments& arguments, harden::PlanRequest& request) {
  request.profile = arguments.Get("profile", "recipe");
  // Who names rules wants these, whatever the profile says of them.
  const bool named = arguments.Has("rules") || arguments.Has("row") || arguments.Has("cis");
  if (request.profile == "recipe") {
    if (!named) request.in_profile = harden::InRecipe;
    return {};
  }
  if (request.profile == "cis") {
    request.in_profile = harden::InCis;
    request.set = harden::CisParameters();
    return {};
  }
  return ReadProfileFile(request.profile, request);
}

}  // namespace

Result<std::string> HardenRoot(const Arguments& arguments) {
  if (!arguments.Has("root")) return "/";
  std::error_code error;
  std::string root = std::filesystem::canonical(arguments.Get("root"), error).string();
  if (error)
    return Fail(ErrorCode::kNotFound, "open the root folder", arguments.Get("root"),
                error.message(), "name a folder that is there");
  return root;
}

bool ProfileIsFile(const Arguments& arguments) {
  const std::string profile = arguments.Get("profile", "recipe");
  return profile != "recipe" && profile != "cis";
}

harden::AbacQuiet AbacQuietHere(const Arguments& arguments) {
  const auto say = [](const std::string& text) { std::cerr << "seawall: " << text << "\n"; };
  const live::AbacWorld world = live::AbacWorldOf({}, arguments.Get("break-glass"), say);
  // A plan is tried several times over: it waits once.
  auto known = std::make_shared<std::optional<Result<std::string>>>();
  return [world, known](int64_t window) {
    if (!*known) *known = live::WatchAbac(window, world);
    return **known;
  };
}

harden::AskEtcdPeers EtcdPeersHere() {
  // A plan is tried several times over: they are asked once.
  auto known = std::make_shared<std::map<std::string, Result<harden::EtcdPeers>>>();
  return [known](const cluster::Component& etcd) {
    const auto found = known->find(etcd.instance);
    if (found != known->end()) return found->second;
    return known->emplace(etcd.instance, live::AskPeersHere({}, etcd)).first->second;
  };
}

Result<HardenJob> ReadHardenJob(const Arguments& arguments) {
  HardenJob job;
  auto root = HardenRoot(arguments);
  if (!root) return std::unexpected(root.error());
  job.root = *root;
  auto files = OpenRoot(job.root);
  if (!files) return std::unexpected(files.error());
  job.files = std::move(*files);
  job.request.root = job.root;
  job.request.live = job.root == "/" && !arguments.Has("offline");
  job.request.looks_secret = [](std::string_view given) { return report::Redact(given) != given; };
  if (job.request.live) {
    job.request.abac_quiet = AbacQuietHere(arguments);
    job.request.etcd_peers = EtcdPeersHere();
  }
  auto selection = ReadSelection(arguments);
  if (!selection) return std::unexpected(selection.error());
  job.request.selection = *selection;
  auto now = ReadTime(arguments.Get("at"));
  if (!now) return std::unexpected(now.error());
  job.request.now = *now;
  auto read = ReadCommonOptions(arguments);
  if (!read) return std::unexpected(read.error());
  job.request.read = std::move(*read);
  job.request.read.name = cluster::HostNameOf(*job.files);
  if (job.request.read.name.empty())
    job.request.read.name = Printable(std::filesystem::path(job.root).filename().string());
  if (auto profile = ReadProfile(arguments, job.request); !profile)
    return std::unexpected(profile.error());
  if (auto sets = ReadSets(arguments, job.request.set); !sets) return std::unexpected(sets.error());
  for (const std::string& text : arguments.All("owned-by")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 >= text.size() ||
        text[equals + 1] != '/')
      return Fail(ErrorCode::kUsage, "read --owned-by", "",
                  fmt::format("'{}' is no NAME=/PATH", PrintableShort(text, 60)), "");
    std::string path = text.substr(equals + 1);
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    job.request.owned_by.emplace_back(text.substr(0, equals), path);
  }
  return job;
}

}  // namespace seawall::app
