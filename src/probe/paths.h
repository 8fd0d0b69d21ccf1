// What an anonymous client asks each component for. Private to this room.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace seawall::probe {

/// Only GETs; the names by which reports know them.
std::span<const std::string_view> PathsOf(std::string_view component);

/// What is asked for under that name. Paths by which a kubelet executes something name a pod that
/// cannot exist, and no command: one that lets anybody in has nothing to start.
std::string_view RequestTarget(std::string_view path);

}  // namespace seawall::probe
