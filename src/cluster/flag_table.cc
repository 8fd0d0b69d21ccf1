#include "cluster/flag_table.h"

#include <fmt/format.h>

#include <array>

namespace seawall::cluster {

namespace {

/// Asked thousands of times for a node, of the same few versions.
bool Covered(ComponentKind kind, versions::Minor minor) {
  struct Answer {
    versions::Minor minor{-1, -1};
    bool covered = false;
  };
  thread_local std::array<Answer, std::size(kAllComponents)> answers;
  Answer& last = answers.at(static_cast<size_t>(kind));
  if (!(last.minor == minor)) last = {minor, versions::CoversVersion(ToString(kind), minor)};
  return last.covered;
}

}  // namespace

FlagTable::FlagTable(ComponentKind kind, const std::optional<Version>& version) : kind_(kind) {
  if (version) {
    minor_ = {version->major, version->minor};
    certain_ = Covered(kind, minor_);
  }
  if (!certain_) minor_ = versions::NewestVersion(component()).value_or(versions::Minor{1, 37});
}

const versions::FlagRow* FlagTable::Find(std::string_view flag) const {
  if (const auto* row = versions::FindFlag(component(), flag, minor_)) return row;
  if (certain_) return nullptr;
  const auto lifetime = versions::FlagLifetime(component(), flag);
  if (!lifetime) return nullptr;
  return versions::FindFlag(component(), flag, {minor_.major, lifetime->second});
}

const versions::FieldRow* FlagTable::FieldRow(std::string_view kind, std::string_view path,
                                              std::string_view api_version) const {
  if (kind.empty()) return nullptr;
  const auto* row = versions::FindField(kind, path, minor_, api_version);
  for (int older = minor_.minor - 1; row == nullptr && !certain_ && older >= 0; --older) {
    const versions::Minor v{minor_.major, older};
    if (!versions::CoversVersion(component(), v)) break;
    row = versions::FindField(kind, path, v, api_version);
  }
  return row;
}

const char* FlagTable::Field(std::string_view flag) const {
  // The kubelet ors this flag with the field: the tables do not call that writing to it.
  if (kind_ == ComponentKind::kKubelet && flag == "seccomp-default") return "seccompDefault";
  const auto* row = Find(flag);
  const versions::Minor v{minor_.major,
                          row != nullptr && !certain_ ? row->max_minor : minor_.minor};
  return versions::FieldForFlag(component(), flag, v);
}

const char* FlagTable::FlagOf(std::string_view field) const {
  return versions::FlagForField(component(), field, minor_);
}

bool FlagTable::EmptyByDefault(std::string_view name, std::string_view kind) const {
  return versions::AlwaysEmptyByDefault(component(), name, kind);
}

std::string FlagTable::Name() const {
  std::string name = component();
  ((name += ' ') += std::to_string(minor_.major)) += '.';
  return name += std::to_string(minor_.minor);
}

std::string FlagTable::Range() const {
  const auto newest = versions::NewestVersion(component());
  if (!newest) return "none";
  versions::Minor oldest = *newest;
  while (oldest.minor > 0 && versions::CoversVersion(component(), {oldest.major, oldest.minor - 1}))
    --oldest.minor;
  return fmt::format("{}.{} to {}.{}", oldest.major, oldest.minor, newest->major, newest->minor);
}

}  // namespace seawall::cluster
