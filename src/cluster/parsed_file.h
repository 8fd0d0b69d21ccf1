// A parsed YAML or JSON file, shared by all nodes that hold the same bytes under the same name:
// most of a cluster's manifests and configuration files are the same on each of its nodes. Private
// to this room.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "cluster/kinds/kubeconfig.h"
#include "yaml/document.h"

namespace seawall::cluster {

/// Immutable but for what it finds out once. Thread-safe.
class ParsedFile {
 public:
  ParsedFile(Result<yaml::Stream> stream, x509::Keys keys)
      : stream_(std::move(stream)), keys_(keys) {}

  x509::Keys keys() const { return keys_; }

  const Result<yaml::Stream>& stream() const { return stream_; }
  /// What it says as a kubeconfig.
  const Result<kinds::Kubeconfig>& kubeconfig() const;

 private:
  Result<yaml::Stream> stream_;
  x509::Keys keys_;
  mutable std::once_flag once_;
  mutable std::optional<Result<kinds::Kubeconfig>> kubeconfig_;
};

/// `bytes` parsed, or what they were parsed to before. At most 256 files of at most 32 KiB are kept
/// for the next node. Thread-safe.
std::shared_ptr<const ParsedFile> ParseShared(const std::string& name, std::string bytes,
                                              x509::Keys keys = x509::Keys::kReal);

}  // namespace seawall::cluster
