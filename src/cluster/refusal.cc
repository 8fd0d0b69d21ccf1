#include "cluster/refusal.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"
#include "cluster/config_source.h"
#include "cluster/flag_use.h"
#include "cluster/values.h"

namespace seawall::cluster {

const Setting* Refusal::Mentioned(std::string_view name) const {
  const auto found = component_.written.find(name);
  return found == component_.written.end() ? nullptr : &found->second;
}

const Setting* Refusal::Given(std::string_view name) const {
  const Setting* setting = Mentioned(name);
  return setting != nullptr && setting->known() && !setting->items.empty() && !setting->text.empty()
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
  constexpr size_t kEnough = 1000;  // a hostile list gives one problem for each of its items
  if (component_.problems.size() >= kEnough && component_.problems.back().fatal) return;
  component_.problems.push_back(FlagProblem(kind, std::string(name), std::move(text), place));
}

void Refusal::Demand(std::string_view name, std::string text) const {
  if (!Missing(name)) return;
  const Setting* setting = Mentioned(name);
  Add(Problem::Kind::kConflict, name, std::move(text),
      setting != nullptr && !setting->origin.place.file.empty() ? setting->origin.place
                                                                : component_.where);
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
    const Setting* given = Given(name);
    if (given == nullptr) continue;
    const Setting setting = *given;
    CheckThere(node_, component_, setting, true);
    for (const Item& item : setting.items) LookAt(item);
  }
}

void Refusal::LookAt(const Item& item) const {
  if (item.text.empty()) return;
  const SourcePath source = FindSource(node_, component_, item.text);
  if (source.reach != SourcePath::Reach::kNode) return;
  const auto& stat = node_.Stat(source.host_path);
  if (!stat) return Unread(stat.error());
  const bool special = stat->type == FileStat::Type::kFifo ||
                       stat->type == FileStat::Type::kSocket ||
                       stat->type == FileStat::Type::kDevice;
  if (special || stat->size > Files::kDefaultLimit) {
    Unread({special ? ErrorCode::kUnsupported : ErrorCode::kLimit, "read", source.host_path,
            special ? "it is no regular file" : "it is larger than seawall reads", ""});
  }
}

void Refusal::Unread(const Error& error) const {
  // What is missing or malformed was read, and is a problem of its own.
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kMalformed) return;
  const std::string why = error.ToString();
  for (const Gap& gap : component_.unread) {
    if (gap.why == why) return;
  }
  component_.unread.push_back({false, why, "look at that file on the node, as root"});
}

}  // namespace seawall::cluster
