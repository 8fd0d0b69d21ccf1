#include "cluster/parsed_file.h"

#include <unordered_map>

namespace seawall::cluster {
namespace {

constexpr size_t kMostKept = 256;
constexpr size_t kLongestKept = 32u << 10;

class SharedFiles {
 public:
  std::shared_ptr<const ParsedFile> Find(const std::string& name, const std::string& bytes,
                                         x509::Keys keys) const {
    std::lock_guard lock(mutex_);
    const auto found = known_.find(name);
    if (found == known_.end()) return nullptr;
    const bool same = found->second->keys() == keys && found->second->stream()->bytes() == bytes;
    return same ? found->second : nullptr;
  }
  void Keep(const std::string& name, const std::shared_ptr<const ParsedFile>& file) {
    std::lock_guard lock(mutex_);
    if (known_.size() >= kMostKept) known_.clear();
    known_[name] = file;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const ParsedFile>> known_;
};

}  // namespace

const Result<kinds::Kubeconfig>& ParsedFile::kubeconfig() const {
  std::call_once(once_, [this] {
    kubeconfig_ = stream_ ? kinds::ReadKubeconfig(*stream_, {.keys = keys_})
                          : std::unexpected(stream_.error());
  });
  return *kubeconfig_;
}

std::shared_ptr<const ParsedFile> ParseShared(const std::string& name, std::string bytes,
                                              x509::Keys keys) {
  static SharedFiles shared;
  if (auto known = shared.Find(name, bytes, keys)) return known;
  const bool keep = bytes.size() <= kLongestKept;
  auto file = std::make_shared<const ParsedFile>(yaml::Parse(name, std::move(bytes)), keys);
  if (keep && file->stream()) shared.Keep(name, file);
  return file;
}

}  // namespace seawall::cluster
