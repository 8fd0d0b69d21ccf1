// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

#include "cluster/versions/tables.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace seawall::cluster::versions {

const char* const kEolTableDate =
#include "cluster/versions/eol_date.inc"
    ;

namespace {

using enum FlagType;
using enum Repeat;
using enum Stage;
using enum Thing;

// The field of a configuration file that a flag writes to, over a range of versions.
struct FlagFieldRow {
  const char* component;
  const char* flag;
  const char* field;
  std::int16_t min_minor;
  std::int16_t max_minor;
};

// A word of --authorization-mode, over a range of versions.
struct ModeRow {
  const char* mode;
  std::int16_t min_minor;
  std::int16_t max_minor;
};

constexpr FlagRow kFlags[] = {
#include "cluster/versions/flags.inc"
};

constexpr FieldRow kFields[] = {
#include "cluster/versions/fields.inc"
};

constexpr FlagFieldRow kFlagFields[] = {
#include "cluster/versions/flag_fields.inc"
};

constexpr GateRow kGates[] = {
#include "cluster/versions/gates.inc"
};

constexpr GateDependencyRow kGateDependencies[] = {
#include "cluster/versions/gate_dependencies.inc"
};

struct ControllerRow {
  const char* name;
  std::int16_t min_minor;
  std::int16_t max_minor;
};

constexpr ControllerRow kControllers[] = {
#include "cluster/versions/controllers.inc"
};

constexpr AdmissionRow kAdmission[] = {
#include "cluster/versions/admission.inc"
};

constexpr ModeRow kModes[] = {
#include "cluster/versions/modes.inc"
};

// First those found by comparing versions, then those written by hand.
constexpr RemovedRow kRemoved[] = {
#include "cluster/versions/removed.inc"

#include "cluster/versions/removed_by_hand.inc"
};

constexpr EolRow kEol[] = {
#include "cluster/versions/eol.inc"
};

constexpr SourceRow kSources[] = {
#include "cluster/versions/sources.inc"
};

constexpr std::string_view kComponents[] = {
    "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "etcd",
};
static_assert(std::size(kComponents) <= 8, "GateRow::components has eight bits");

constexpr std::string_view kEtcd = "etcd";
constexpr std::string_view kEtcdKind = "EtcdConfig";

int MajorOf(std::string_view component) { return component == kEtcd ? 3 : 1; }

// Compares a name of a row, which never has "_" in a Kubernetes component, with a name as somebody
// wrote it. Under `fold`, "_" counts as "-". The row's length is never asked for: most names differ
// in their first letters, and an audit compares hundreds of thousands.
std::strong_ordering CompareNames(const char* row, std::string_view asked, bool fold = false) {
  for (const char wrote : asked) {
    const char b = fold && wrote == '_' ? '-' : wrote;
    if (*row != b) {
      return static_cast<unsigned char>(*row) <=> static_cast<unsigned char>(b);
    }
    if (*row == '\0') {
      return std::strong_ordering::less;
    }
    ++row;
  }
  return static_cast<unsigned char>(*row) <=> static_cast<unsigned char>('\0');
}

// The rows that `compare` calls equal, of a table sorted by it.
template <typename Row, typename Compare>
std::span<const Row> EqualRange(std::span<const Row> rows, Compare compare) {
  const auto first = std::partition_point(rows.begin(), rows.end(),
                                          [&](const Row& row) { return compare(row) < 0; });
  // A name has a row or two.
  auto last = first;
  while (last != rows.end() && compare(*last) == 0) {
    ++last;
  }
  return {first, last};
}

template <typename Row>
const Row* FindCovering(std::span<const Row> rows, Minor v) {
  for (const Row& row : rows) {
    if (Covers(row, v)) {
      return &row;
    }
  }
  return nullptr;
}

// The parts of a table whose rows have the same `group`, found once: an audit looks thousands of
// rows up, and most of a search would go into comparing the same component's name.
template <typename Row>
class Groups {
 public:
  Groups(std::span<const Row> rows, const char* const Row::* group) {
    for (size_t begin = 0; begin < rows.size();) {
      const std::string_view name = rows[begin].*group;
      size_t end = begin;
      while (end < rows.size() && rows[end].*group == name) ++end;
      parts_.emplace_back(name, rows.subspan(begin, end - begin));
      begin = end;
    }
  }
  std::span<const Row> Of(std::string_view name) const {
    for (const auto& [group, rows] : parts_) {
      if (group == name) return rows;
    }
    return {};
  }

 private:
  std::vector<std::pair<std::string_view, std::span<const Row>>> parts_;
};

std::span<const FlagRow> RowsOfFlag(std::string_view component, std::string_view name) {
  static const Groups<FlagRow> groups(Flags(), &FlagRow::component);
  const bool fold = component != kEtcd;
  return EqualRange(groups.Of(component),
                    [&](const FlagRow& row) { return CompareNames(row.name, name, fold); });
}

std::span<const FieldRow> RowsOfField(std::string_view kind, std::string_view path) {
  static const Groups<FieldRow> groups(Fields(), &FieldRow::kind);
  return EqualRange(groups.Of(kind),
                    [&](const FieldRow& row) { return CompareNames(row.path, path); });
}

// Orders v1alpha1 < v1beta1 < v1beta2 < v1 for the API versions of one kind.
bool OlderApi(std::string_view a, std::string_view b) {
  const auto stable = [](std::string_view s) {
    return s.find("alpha") == std::string_view::npos && s.find("beta") == std::string_view::npos;
  };
  if (stable(a) != stable(b)) {
    return stable(b);
  }
  return a < b;
}

bool IsEmptyDefault(const char* text) {
  return text == nullptr || *text == '\0' || std::string_view(text) == "[]";
}

// Reads one number of at most four digits from the front of `text`.
std::optional<int> TakeNumber(std::string_view& text) {
  int value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    if (digits == 4) {
      return std::nullopt;
    }
    value = value * 10 + (text[digits] - '0');
    ++digits;
  }
  if (digits == 0) {
    return std::nullopt;
  }
  text.remove_prefix(digits);
  return value;
}

}  // namespace

std::optional<Minor> ParseMinor(std::string_view version) {
  if (version.starts_with('v')) {
    version.remove_prefix(1);
  }
  const std::optional<int> major = TakeNumber(version);
  if (!major || !version.starts_with('.')) {
    return std::nullopt;
  }
  version.remove_prefix(1);
  const std::optional<int> minor = TakeNumber(version);
  if (!minor) {
    return std::nullopt;
  }
  return Minor{*major, *minor};
}

std::uint8_t ComponentBit(std::string_view component) {
  for (std::size_t i = 0; i < std::size(kComponents); ++i) {
    if (kComponents[i] == component) {
      return static_cast<std::uint8_t>(1U << i);
    }
  }
  return 0;
}

bool CoversVersion(std::string_view component, Minor v) {
  return std::ranges::any_of(kSources, [&](const SourceRow& row) {
    return row.component == component && row.version == v;
  });
}

std::optional<Minor> NewestVersion(std::string_view component) {
  std::optional<Minor> newest;
  for (const SourceRow& row : kSources) {
    if (row.component == component && (!newest || *newest < row.version)) {
      newest = row.version;
    }
  }
  return newest;
}

const FlagRow* FindFlag(std::string_view component, std::string_view name, Minor v) {
  if (v.major != MajorOf(component)) {
    return nullptr;
  }
  return FindCovering(RowsOfFlag(component, name), v);
}

std::optional<std::pair<int, int>> FlagLifetime(std::string_view component, std::string_view name) {
  const std::span<const FlagRow> rows = RowsOfFlag(component, name);
  if (rows.empty()) {
    return std::nullopt;
  }
  return std::pair<int, int>{rows.front().min_minor, rows.back().max_minor};
}

const FieldRow* FindField(std::string_view kind, std::string_view path, Minor v,
                          std::string_view api_version) {
  if (v.major != (kind == kEtcdKind ? 3 : 1)) {
    return nullptr;
  }
  const std::span<const FieldRow> rows = RowsOfField(kind, path);
  const FieldRow* found = nullptr;
  for (const FieldRow& row : rows) {
    if (!Covers(row, v)) {
      continue;
    }
    if (!api_version.empty()) {
      if (row.api_version == api_version) {
        return &row;
      }
    } else if (found == nullptr || OlderApi(found->api_version, row.api_version)) {
      found = &row;
    }
  }
  return found;
}

bool KnowsKind(std::string_view kind, std::string_view api_version, Minor v) {
  return kind != kEtcdKind && !api_version.empty() &&
         FindField(kind, "apiVersion", v, api_version) != nullptr;
}

bool AlwaysEmptyByDefault(std::string_view component, std::string_view flag,
                          std::string_view kind) {
  const auto flags = RowsOfFlag(component, flag);
  const auto fields = kind.empty() ? std::span<const FieldRow>() : RowsOfField(kind, flag);
  const auto empty = [](const auto& row) { return IsEmptyDefault(row.default_text); };
  return !(flags.empty() && fields.empty()) && std::ranges::all_of(flags, empty) &&
         std::ranges::all_of(fields, empty);
}

const char* FieldForFlag(std::string_view component, std::string_view flag, Minor v) {
  if (v.major != MajorOf(component)) {
    return nullptr;
  }
  const bool fold = component != kEtcd;
  static const Groups<FlagFieldRow> groups(kFlagFields, &FlagFieldRow::component);
  const std::span<const FlagFieldRow> rows =
      EqualRange(groups.Of(component),
                 [&](const FlagFieldRow& row) { return CompareNames(row.flag, flag, fold); });
  const FlagFieldRow* row = FindCovering(rows, v);
  return row == nullptr ? nullptr : row->field;
}

const char* FlagForField(std::string_view component, std::string_view path, Minor v) {
  if (v.major != MajorOf(component)) {
    return nullptr;
  }
  for (const FlagFieldRow& row : kFlagFields) {
    if (CompareNames(row.field, path) == 0 && row.component == component && Covers(row, v)) {
      return row.flag;
    }
  }
  return nullptr;
}

const AdmissionRow* FindAdmissionPlugin(std::string_view plugin, Minor v) {
  if (v.major != 1) {
    return nullptr;
  }
  return FindCovering(
      EqualRange(AdmissionPlugins(),
                 [&](const AdmissionRow& row) { return CompareNames(row.plugin, plugin); }),
      v);
}

std::span<const AdmissionRow> AdmissionPlugins() { return kAdmission; }

bool KnowsAuthorizationMode(std::string_view mode, Minor v) {
  return v.major == 1 && std::ranges::any_of(kModes, [&](const ModeRow& row) {
           return row.mode == mode && Covers(row, v);
         });
}

const GateRow* FindGate(std::string_view component, std::string_view gate, Minor v) {
  const std::uint8_t bit = ComponentBit(component);
  if (bit == 0 || v.major != MajorOf(component)) {
    return nullptr;
  }
  const std::span<const GateRow> rows =
      EqualRange(Gates(), [&](const GateRow& row) { return CompareNames(row.gate, gate); });
  for (const GateRow& row : rows) {
    if ((row.components & bit) != 0 && Covers(row, v)) {
      return &row;
    }
  }
  return nullptr;
}

std::span<const GateDependencyRow> GateDependencies() { return kGateDependencies; }

bool KnowsController(std::string_view name, Minor v) {
  return std::ranges::any_of(
      kControllers, [&](const ControllerRow& row) { return name == row.name && Covers(row, v); });
}

const RemovedRow* FindRemoved(std::string_view component, std::string_view name, Thing thing) {
  const bool fold = thing == kFlag && component != kEtcd;
  for (const RemovedRow& row : kRemoved) {
    const std::string_view of = row.component;
    if (row.thing == thing && (of == component || (of.empty() && component != kEtcd)) &&
        CompareNames(row.name, name, fold) == 0) {
      return &row;
    }
  }
  return nullptr;
}

const EolRow* FindEndOfLife(std::string_view product, Minor v) {
  for (const EolRow& row : kEol) {
    if (row.product == product && row.version == v) {
      return &row;
    }
  }
  return nullptr;
}

std::span<const FlagRow> Flags() { return kFlags; }
std::span<const FieldRow> Fields() { return kFields; }
std::span<const GateRow> Gates() { return kGates; }
std::span<const RemovedRow> RemovedThings() { return kRemoved; }
std::span<const EolRow> EndOfLifeRows() { return kEol; }
std::span<const SourceRow> Sources() { return kSources; }

}  // namespace seawall::cluster::versions
