// System calls that go on when a signal interrupts them. Each gives 0, or the error's number.
// Private to this room.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace seawall::harden {

template <typename Call>
auto Again(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

inline Descriptor OpenAt(int folder, const std::string& name, int flags, mode_t mode = 0) {
  return Descriptor(Again([&] { return openat(folder, name.c_str(), flags | O_CLOEXEC, mode); }));
}

/// Everything, however little the system takes at once.
inline bool WriteWhole(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = Again([&] { return write(fd, bytes.data(), bytes.size()); });
    if (wrote < 0) return false;
    if (wrote == 0) {
      errno = EIO;
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return true;
}

/// EFBIG: it has more than `most` bytes, however many it had when it was looked at.
inline bool ReadWhole(int fd, size_t most, std::string& bytes) {
  char buffer[65536];
  for (;;) {
    const ssize_t got = Again([&] { return read(fd, buffer, sizeof buffer); });
    if (got < 0) return false;
    if (got == 0) return true;
    if (bytes.size() + static_cast<size_t>(got) > most) {
      errno = EFBIG;
      return false;
    }
    bytes.append(buffer, static_cast<size_t>(got));
  }
}

inline bool Sync(int fd) {
  return Again([&] { return fsync(fd); }) == 0;
}

}  // namespace seawall::harden
