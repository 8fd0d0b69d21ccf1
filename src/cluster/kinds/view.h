// kinds/: the structured files behind the components' settings, decoded as strictly as the
// component itself decodes them.
//
// How a rule uses this folder:
//
//   const auto loaded = kinds::LoadEncryption(ctx.node, *ctx.component);
//   if (loaded.state == kinds::LoadState::kNotSet) …      // the flag is not there: loaded.setting
//   says so if (!loaded) return Unknown(loaded.why, loaded.how);  // not mounted, missing,
//   unreadable, refused: never a pass for (const auto& entry : loaded->resources) …         //
//   every value has its place
//
// Nothing in these views holds a secret's bytes: of keys, tokens and passwords there is only
// whether they are there, how long they are, and which of them are the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/place.h"
#include "cluster/component.h"
#include "cluster/setting.h"
#include "cluster/versions/tables.h"
#include "x509/certificate.h"

namespace seawall::cluster::kinds {

/// A value that somebody may have written. When nobody did, `value` is what the component takes
/// instead and `place` is that of the mapping that could hold it.
template <typename T>
struct Placed {
  T value{};
  Place place;
  bool written = false;

  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
};

/// What every view has.
struct View {
  std::string kind;               ///< "EncryptionConfiguration"; empty for files without one
  std::string api_version;        ///< as written; empty for files without one
  Place place;                    ///< of the document
  std::vector<Problem> problems;  ///< what the component complains of; at most kProblemLimit
  static constexpr size_t kProblemLimit = 200;

  /// Whether the component refuses this file (and does not start with it).
  bool Refused() const {
    for (const Problem& p : problems) {
      if (p.fatal) return true;
    }
    return false;
  }
  /// The first fatal problem, or nullptr.
  const Problem* FirstFatal() const {
    for (const Problem& p : problems) {
      if (p.fatal) return &p;
    }
    return nullptr;
  }
};

/// What a reader may know about who reads the file.
struct Reader {
  std::optional<versions::Minor> version =
      std::nullopt;  ///< of the component; nullopt: version-dependent refusals are not
                     ///< judged
  x509::Keys keys = x509::Keys::kReal;
};

enum class LoadState : uint8_t {
  kNotSet,      ///< the setting is empty: the component reads no such file (known for certain)
  kNotKnown,    ///< the setting itself is unknown
  kNotMounted,  ///< the container sees no file of the node at that path
  kMissing,     ///< there is no such file: the component does not start
  kUnreadable,  ///< it is there and could not be read
  kMalformed,   ///< not YAML or JSON, or not this kind at all
  kRefused,     ///< decoded, and the component refuses it; `view` is there, its problems say why
  kLoaded,
};
const char* ToString(LoadState state);

/// A file behind a setting. `view` is there for kLoaded and kRefused only.
template <typename T>
struct Loaded {
  LoadState state = LoadState::kNotKnown;
  Setting setting;        ///< the flag that names the file
  std::string path;       ///< as the component names it; may be empty
  std::string host_path;  ///< of the node; empty when unknown
  std::string why;        ///< one sentence when state is neither kNotSet nor kLoaded
  std::string how;        ///< how to find out
  std::optional<T> view;

  /// True only for a file that the component takes.
  explicit operator bool() const { return state == LoadState::kLoaded; }
  const T* operator->() const { return &*view; }
  const T& operator*() const { return *view; }
};

}  // namespace seawall::cluster::kinds
