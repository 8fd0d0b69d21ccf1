#include "cluster/kinds/encryption_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "cluster/kinds/url.h"
#include "cluster/values.h"

namespace seawall::cluster::kinds {
namespace {

constexpr GroupResource kEverything{"*", "*"};

/// What upstream's validateResourceNames says of one name; empty: nothing.
std::string_view NameProblem(std::string_view name) {
  if (name != Lower(name)) return "must not contain capital letters";
  if (name == "*") return "must be '*.' for the core group or '*.*' for everything";
  for (const std::string_view internal :
       {"apiserveripinfo", "serviceipallocations", "servicenodeportallocations"}) {
    if (name == internal) return "has no API, so it cannot be encrypted";
  }
  const GroupResource gr = ParseGroupResource(name);
  if (gr.group == "events.k8s.io") return "is stored as 'events': use that";
  if (gr.group == "extensions") return "is of the group 'extensions', which is gone";
  if (gr.group == "*" && gr.resource != "*") return "cannot be one resource of all groups";
  return {};
}

void CheckNames(Decoder& d, const std::string& path, const EncryptionResources& entry) {
  for (size_t i = 0; i < entry.resources.size(); ++i) {
    const auto& r = entry.resources[i];
    const std::string_view problem = NameProblem(*r);
    if (problem.empty()) continue;
    d.Refuse(At(path, i), fmt::format("{}: {} {}", At(path, i), Quote(*r), problem), r.place);
  }
}

void CheckOverlap(Decoder& d, const std::string& path, const EncryptionResources& entry) {
  if (entry.resources.size() < 2) return;
  std::set<GroupResource> seen;
  std::map<std::string_view, size_t> of_group;
  for (const auto& r : entry.resources) {
    const GroupResource gr = ParseGroupResource(*r);
    ++of_group[gr.group];
    if (!seen.insert(gr).second) {
      d.Refuse(path, fmt::format("{}: {} stands there twice", path, Quote(*r)), r.place);
    }
  }
  for (const auto& r : entry.resources) {
    const GroupResource gr = ParseGroupResource(*r);
    if (gr.resource != "*") continue;
    if (gr == kEverything || of_group[gr.group] > 1) {
      d.Refuse(path, fmt::format("{}: {} overlaps others of the same list", path, Quote(*r)),
               r.place);
      return;
    }
  }
}

/// An earlier entry's wildcard makes a later one useless, and the API server refuses that.
void CheckMasked(Decoder& d, const EncryptionConfiguration& view) {
  std::set<GroupResource> configured;
  for (size_t i = 0; i < view.resources.size(); ++i) {
    const std::string path = FieldPath(At("resources", i), "resources");
    for (const auto& r : view.resources[i].resources) {
      const GroupResource gr = ParseGroupResource(*r);
      const bool masked = configured.contains({"*", gr.group}) || configured.contains(kEverything);
      if (masked) {
        d.Refuse(path, fmt::format("{}: {} is masked by an earlier wildcard", path, Quote(*r)),
                 r.place);
      }
    }
    for (const auto& r : view.resources[i].resources) configured.insert(ParseGroupResource(*r));
  }
}

void CheckKeys(Decoder& d, const std::string& path, const EncryptionProvider& provider) {
  const bool secretbox = provider.type == ProviderType::kSecretbox;
  if (provider.keys.empty()) {
    d.Refuse(path, path + ": at least one key is required", provider.place);
  }
  for (size_t i = 0; i < provider.keys.size(); ++i) {
    const EncryptionKey& key = provider.keys[i];
    const std::string at = At(path, i);
    if (key.name->empty()) d.Refuse(at + ".name", at + ".name is required", key.name.place);
    if (!key.decodable) {
      d.Refuse(at + ".secret", at + ".secret must be there, in base64", key.secret_place);
    } else if (key.length != 32 && (secretbox || (key.length != 16 && key.length != 24))) {
      d.Refuse(at + ".secret",
               fmt::format("{}.secret has {} bytes; it must have {}", at, key.length,
                           secretbox ? "32" : "16, 24 or 32"),
               key.secret_place);
    }
  }
}

void CheckKms(Decoder& d, const std::string& path, const EncryptionProvider& provider,
              std::set<std::string_view>& names) {
  const auto& kms = provider.kms;
  const bool v1 = *kms.api_version == "v1";
  const auto refuse = [&](const char* field, const char* why, const Place& place) {
    d.Refuse(FieldPath(path, field), FieldPath(path, field) + " " + why, place);
  };
  if (kms.name->empty()) refuse("name", "is required", kms.name.place);
  if (!v1 && kms.name->find(':') != std::string::npos) {
    refuse("name", "must not contain ':'", kms.name.place);
  }
  if (!names.insert(kms.name.value).second && !v1) {
    refuse("name", "is that of another KMS provider too", kms.name.place);
  }
  const auto timeout = ParseDuration(*kms.timeout);
  if (timeout && *timeout <= 0) refuse("timeout", "must be more than 0s", kms.timeout.place);
  if (kms.endpoint->empty()) {
    refuse("endpoint", "is required", kms.endpoint.place);
  } else if (const Url url = SplitUrl(*kms.endpoint); !url.valid || url.scheme != "unix") {
    refuse("endpoint", "must begin with unix://", kms.endpoint.place);
  }
  if (kms.cache_size.written && !v1) {
    refuse("cachesize", "is not for KMS v2", kms.cache_size.place);
  }
  if (kms.cache_size.written && v1 && *kms.cache_size == 0) {
    refuse("cachesize", "must not be 0", kms.cache_size.place);
  }
  if (!v1 && *kms.api_version != "v2") {
    refuse("apiVersion", "must be v1 or v2", kms.api_version.place);
  }
}

}  // namespace

GroupResource ParseGroupResource(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return {text, {}};
  return {text.substr(0, dot), text.substr(dot + 1)};
}

void CheckOneProvider(Decoder& d, const std::string& path, const yaml::Value& provider) {
  size_t given = 0;
  for (const char* field : {"kms", "aesgcm", "aescbc", "secretbox", "identity"}) {
    const yaml::Value section = provider[field];
    if (section.exists() && !section.is_null()) ++given;
  }
  if (given == 1) return;
  d.Refuse(path,
           given == 0 ? path + " holds no provider (kms, aesgcm, aescbc, secretbox, identity)"
                      : path + " holds more than one provider: one per list element",
           provider.place());
}

void CheckEncryption(Decoder& d, const EncryptionConfiguration& view) {
  if (view.resources.empty()) {
    d.Refuse("resources", "resources: at least one is required", view.place);
  }
  std::set<std::string_view> kms_names;
  for (size_t i = 0; i < view.resources.size(); ++i) {
    const EncryptionResources& entry = view.resources[i];
    const std::string path = At("resources", i);
    const std::string names = FieldPath(path, "resources");
    if (entry.resources.empty()) {
      d.Refuse(names, names + ": at least one is required", entry.place);
    }
    CheckOverlap(d, names, entry);
    CheckNames(d, names, entry);
    const std::string providers = FieldPath(path, "providers");
    if (entry.providers.empty()) {
      d.Refuse(providers, providers + ": at least one is required", entry.place);
    }
    for (size_t j = 0; j < entry.providers.size(); ++j) {
      const EncryptionProvider& provider = entry.providers[j];
      const std::string at = FieldPath(At(providers, j), ToString(provider.type));
      switch (provider.type) {
        case ProviderType::kKms:
          CheckKms(d, at, provider, kms_names);
          break;
        case ProviderType::kAesCbc:
        case ProviderType::kAesGcm:
        case ProviderType::kSecretbox:
          CheckKeys(d, FieldPath(at, "keys"), provider);
          break;
        case ProviderType::kIdentity:
        case ProviderType::kNone:
          break;
      }
    }
  }
  CheckMasked(d, view);
}

}  // namespace seawall::cluster::kinds
