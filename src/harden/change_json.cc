#include "harden/change_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <optional>

#include "base/text.h"

namespace seawall::harden {
namespace {

constexpr size_t kDigest = 64;

std::optional<uint32_t> Octal(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  uint32_t mode = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    mode = mode * 8 + static_cast<uint32_t>(c - '0');
  }
  return mode <= 07777 ? std::optional(mode) : std::nullopt;
}

std::optional<uint32_t> Number(yaml::Value value) {
  const auto number = value.AsInt();
  if (!number || *number < 0 || *number > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

std::unexpected<Error> Bad(yaml::Value at, std::string why) {
  const Place place = at.exists() ? at.place() : Place{};
  return Fail(ErrorCode::kMalformed, "read a change", fmt::format("{}:{}", place.file, place.line),
              std::move(why), "make the plan anew");
}

/// A path that can only lead below the root: absolute, no "..", no empty parts.
bool IsCleanPath(std::string_view path) {
  if (!path.starts_with('/') || path.size() < 2 || path.size() > 4000) return false;
  for (const std::string_view part : Split(path.substr(1), '/')) {
    if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos)
      return false;
  }
  return true;
}

Result<FileState> ReadState(yaml::Value state) {
  FileState read;
  if (!state.is_mapping()) return Bad(state, "a file's state is no object");
  read.exists = state["exists"].AsBool().value_or(false);
  read.sha256 = state["sha256"].text();
  if (!read.exists) return read;
  const auto mode = Octal(state["mode"].text());
  const auto uid = Number(state["uid"]);
  const auto gid = Number(state["gid"]);
  if (!mode || !uid || !gid) return Bad(state, "a mode or owner is none");
  if (!read.sha256.empty() && read.sha256.size() != kDigest) return Bad(state, "no digest");
  read.mode = *mode;
  read.uid = *uid;
  read.gid = *gid;
  return read;
}

}  // namespace

std::string OctalText(uint32_t mode) { return fmt::format("{:04o}", mode); }

std::string TimeText(int64_t seconds) {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

int64_t SecondsOf(std::string_view text) {
  std::tm time{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time);
  return end != nullptr && *end == '\0' ? int64_t{timegm(&time)} : 0;
}

void WriteChange(const FileChange& change, JsonOut& out) {
  out.Field("path", change.path);
  if (change.folder) out.Field("folder", true);
  out.Key("before").OpenObject();
  out.Field("exists", change.before.exists);
  if (change.before.exists) {
    if (!change.before.sha256.empty()) out.Field("sha256", change.before.sha256);
    out.Field("mode", OctalText(change.before.mode));
    out.Field("uid", uint64_t{change.before.uid});
    out.Field("gid", uint64_t{change.before.gid});
  }
  out.CloseObject();
  out.Key("after").OpenObject();
  out.Field("mode", OctalText(change.mode));
  out.Field("uid", uint64_t{change.uid});
  out.Field("gid", uint64_t{change.gid});
  out.CloseObject();
  if (!change.before.exists && !change.folder) out.Field("content", change.content);
  if (change.edits.empty()) return;
  out.Key("edits").OpenArray();
  for (const Edit& edit : change.edits) {
    out.OpenObject();
    out.Field("offset", edit.offset);
    out.Field("length", edit.length);
    out.Field("text", edit.replacement);
    out.CloseObject();
  }
  out.CloseArray();
}

Result<FileChange> ReadChange(yaml::Value object) {
  FileChange change;
  if (!object.is_mapping()) return Bad(object, "a change is no object");
  change.path = object["path"].text();
  if (!IsCleanPath(change.path)) return Bad(object, "a path that is none");
  change.folder = object["folder"].AsBool().value_or(false);
  auto before = ReadState(object["before"]);
  if (!before) return std::unexpected(before.error());
  change.before = std::move(*before);
  const yaml::Value after = object["after"];
  const auto mode = Octal(after["mode"].text());
  const auto uid = Number(after["uid"]);
  const auto gid = Number(after["gid"]);
  if (!mode || !uid || !gid) return Bad(object, "a mode or owner is none");
  change.mode = *mode;
  change.uid = *uid;
  change.gid = *gid;
  change.content = object["content"].text();
  uint64_t at = 0;
  for (const yaml::Value item : object["edits"].Items()) {
    const auto offset = item["offset"].AsInt();
    const auto length = item["length"].AsInt();
    if (!offset || !length || *offset < 0 || *length < 0 || static_cast<uint64_t>(*offset) < at)
      return Bad(item, "an edit that is none");
    change.edits.push_back(
        {static_cast<uint64_t>(*offset), static_cast<uint64_t>(*length), item["text"].text()});
    at = change.edits.back().offset + change.edits.back().length;
  }
  const bool edits_nothing = !change.edits.empty() && (change.folder || !change.before.exists);
  if (edits_nothing || (!change.edits.empty() && change.before.sha256.empty()))
    return Bad(object, "edits of a file that is not known");
  return change;
}

}  // namespace seawall::harden
