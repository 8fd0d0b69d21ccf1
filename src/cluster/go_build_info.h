// The version of a Kubernetes or etcd binary from what the Go linker left in it. The file is read
// in a few bounded pieces and never executed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "cluster/component.h"

namespace seawall::cluster {

/// What `go version -m` would print.
struct GoBuildInfo {
  std::string go_version;  ///< "go1.26.8"
  std::string modules;     ///< lines "path\t…", "mod\t…", "dep\t…", "build\t…"
};

/// kMalformed when `path` is no 64-bit little-endian ELF file or has no build information; errors
/// of reading as they are.
Result<GoBuildInfo> ReadGoBuildInfo(const Files& files, const std::string& path);

/// The component's version: that of its main module, else `-X …gitVersion=` of the recorded linker
/// flags, else the variables that the linker's -X filled, found in .data by the constants that
/// surround them (`-trimpath` builds record neither). Nothing when none of these says it beyond
/// doubt.
std::optional<Version> VersionOfBinary(const Files& files, const std::string& path,
                                       ComponentKind kind);

/// "v1.37.2", "1.37.2-rke2r1", "3.7.0-0": numbers at the start; nothing when there are not at least
/// two, or more follows a number directly.
std::optional<Version> ParseVersion(std::string_view text);

/// The version in an image's tag, where the image is one that carries its component's version.
/// `place` is left empty. `tag_begin` and `tag_end` are set to the tag within the text.
std::optional<Version> VersionOfImage(std::string_view image, ComponentKind kind, size_t* tag_begin,
                                      size_t* tag_end);

/// Whether the numbers can be a version of the component: Kubernetes is 1.x, etcd 2.x or 3.x.
bool Plausible(const Version& version, ComponentKind kind);

}  // namespace seawall::cluster
