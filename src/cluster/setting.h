// A Setting: what a component really uses for one option, where that comes from, and what it
// overrode.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/place.h"

namespace seawall::cluster {

/// From the strongest statement to the weakest; which of them wins differs by component and is
/// decided in cluster/settings_*.cc.
enum class OriginKind : uint8_t { kFlag, kFile, kDropIn, kEnv, kDefault };

/// "flag", "file", "drop-in", "env", "default": the words of the JSON report.
const char* ToString(OriginKind kind);

struct Origin {
  OriginKind kind = OriginKind::kDefault;
  Place place;       ///< of the value (not of the flag's name); no file for a default
  std::string note;  ///< "kube-apiserver 1.37", "kubeadm 1.37 writes it"; may be empty
};

/// One element of a list or map ("k=v"), or the one text of a scalar.
struct Item {
  std::string text;
  Place place;
};

struct Overridden {
  std::string text;
  Origin origin;
};

/// Whether the value is known, and how.
enum class SettingState : uint8_t {
  kSet,      ///< somebody wrote it
  kDefault,  ///< nobody did, and the table of this component's version gives the value
  kAbsent,   ///< this version of the component has no such setting
  kUnknown,  ///< cannot be determined; `why` says what is in the way: never a pass
};

struct Setting {
  std::string name;  ///< flag name or field path, see cluster/component.h
  SettingState state = SettingState::kUnknown;
  std::string text;  ///< effective value as text; a list is joined with commas; "" = empty
  std::vector<Item>
      items;  ///< effective elements of a list or map, in order; one element for a scalar
  Origin origin;
  std::vector<Overridden> overrode;  ///< the values that lost, strongest first
  std::string why;                   ///< of kUnknown: what is in the way
  std::string how;                   ///< of kUnknown: how to find out
  /// Of kUnknown: nobody wrote it, only the version's default is not known, and every version that
  /// seawall knows has an empty one. A setting that names a file then names none.
  bool nothing_by_default = false;

  bool known() const { return state == SettingState::kSet || state == SettingState::kDefault; }
  bool written() const { return state == SettingState::kSet; }
  bool Contains(std::string_view item) const {
    for (const Item& i : items) {
      if (i.text == item) return true;
    }
    return false;
  }
};

}  // namespace seawall::cluster
