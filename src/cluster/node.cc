#include "cluster/node.h"

#include <charconv>

#include "cluster/parsed_file.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

/// The largest file and some more: the configuration of a real node takes less than one.
constexpr uint64_t kMostHeld = Files::kDefaultLimit + (4u << 20);

/// The answer for `path` from `cache`, asked of `ask` the first time.
template <typename T, typename Ask>
const Result<T>& Cached(std::map<std::string, Result<T>, std::less<>>& cache,
                        const std::string& path, Ask ask) {
  auto found = cache.find(path);
  if (found == cache.end()) found = cache.emplace(path, ask()).first;
  return found->second;
}

std::unexpected<Error> NoFiles(const std::string& path) {
  return Fail(ErrorCode::kNotFound, "read a file of the node", path,
              "this node is described by configuration only");
}

/// Names by number from passwd(5) or group(5): the first and the third field of each line.
std::map<uint32_t, std::string> Accounts(std::string_view bytes) {
  std::map<uint32_t, std::string> names;
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos || first == 0 || line[0] == '#') continue;
    uint32_t id = 0;
    const char* begin = line.data() + second + 1;
    const char* stop = line.data() + line.size();
    const auto parsed = std::from_chars(begin, stop, id);
    if (parsed.ec != std::errc() || (parsed.ptr != stop && *parsed.ptr != ':')) continue;
    names.emplace(id,
                  std::string(line.substr(
                      0, first)));  // of two names for one number, the C library takes the first
  }
  return names;
}

}  // namespace

const Result<std::string>& Node::Bytes(const std::string& path) const {
  return Cached(bytes_, path, [&]() -> Result<std::string> {
    if (!files) return NoFiles(path);
    return Hold(path, files->Read(path));
  });
}

Result<std::string> Node::Hold(const std::string& path, Result<std::string> bytes) const {
  if (!bytes) return bytes;
  if (bytes->size() > kMostHeld - held_) {
    return Fail(ErrorCode::kLimit, "read a file of the node", path,
                fmt::format("it and the other files that were read before it are larger than {} "
                            "MiB together",
                            kMostHeld >> 20),
                "look for a file that does not belong there");
  }
  held_ += bytes->size();
  return bytes;
}

const ParsedFile& Node::Parsed(const std::string& path) const {
  std::shared_ptr<const ParsedFile>& known = parsed_[path];
  if (known) return *known;
  // Not kept in `bytes_` as well: the stream holds the bytes.
  Result<std::string> bytes = Hold(path, Take(path));
  const auto shown = shown_as.find(path);
  known =
      bytes ? ParseShared(shown == shown_as.end() ? path : shown->second, std::move(*bytes), Keys())
            : std::make_shared<const ParsedFile>(std::unexpected(bytes.error()), Keys());
  return *known;
}

x509::Keys Node::Keys() const {
  return files && files->KeysAreHidden() ? x509::Keys::kHidden : x509::Keys::kReal;
}

const Result<yaml::Stream>& Node::Yaml(const std::string& path) const {
  return Parsed(path).stream();
}

const Result<kinds::Kubeconfig>& Node::Kubeconfig(const std::string& path) const {
  return Parsed(path).kubeconfig();
}

Result<std::string> Node::Take(const std::string& path) const {
  const auto known = bytes_.find(path);
  if (known != bytes_.end()) return known->second;
  if (!files) return NoFiles(path);
  return files->Read(path);
}

const Result<FileStat>& Node::Stat(const std::string& path) const {
  return Cached(stats_, path, [&]() -> Result<FileStat> {
    if (!files) return NoFiles(path);
    return files->Stat(path);
  });
}

const Result<std::vector<FolderEntry>>& Node::List(const std::string& path) const {
  return Cached(lists_, path, [&]() -> Result<std::vector<FolderEntry>> {
    if (!files) return NoFiles(path);
    return files->List(path);
  });
}

const Result<std::vector<x509::Certificate>>& Node::Certificates(const std::string& path) const {
  return Cached(certificates_, path, [&]() -> Result<std::vector<x509::Certificate>> {
    Result<std::string> bytes = Take(path);
    if (!bytes) return std::unexpected(bytes.error());
    auto certificates = x509::ReadCertificates(*bytes, path);
    x509::Wipe(*bytes);  // a certificate's file may hold its key as well
    return certificates;
  });
}

const Result<x509::KeyInfo>& Node::Key(const std::string& path) const {
  return Cached(keys_, path, [&]() -> Result<x509::KeyInfo> {
    Result<std::string> bytes = Take(path);
    if (!bytes) return std::unexpected(bytes.error());
    auto key = x509::ReadKey(*bytes, path, Keys());
    x509::Wipe(*bytes);
    return key;
  });
}

void Node::LoadAccounts() const {
  const auto load = [this](const char* path) {
    const Result<std::string> bytes =
        files ? files->Read(path) : Result<std::string>(std::string());
    return bytes ? Accounts(*bytes) : std::map<uint32_t, std::string>();
  };
  if (!users_) users_ = load("/etc/passwd");
  if (!groups_) groups_ = load("/etc/group");
}

std::string Node::UserName(uint32_t uid) const {
  LoadAccounts();
  const auto found = users_->find(uid);
  return found == users_->end() ? std::to_string(uid) : found->second;
}

std::string Node::GroupName(uint32_t gid) const {
  LoadAccounts();
  const auto found = groups_->find(gid);
  return found == groups_->end() ? std::to_string(gid) : found->second;
}

std::vector<std::string> Node::ReadPaths() const {
  std::set<std::string> paths;
  const auto add = [&](const auto& cache) {
    for (const auto& [path, result] : cache) {
      if (result) paths.insert(path);
    }
  };
  add(bytes_);
  for (const auto& [path, file] : parsed_) {
    if (file->stream()) paths.insert(path);
  }
  add(certificates_);
  add(keys_);
  return {paths.begin(), paths.end()};
}

std::vector<const Component*> Node::Of(ComponentKind kind) const {
  std::vector<const Component*> found;
  for (const Component& component : components) {
    if (component.kind == kind) found.push_back(&component);
  }
  return found;
}

const BlindSpot* Node::MayHide(ComponentKind kind) const {
  for (const BlindSpot& spot : blind_spots) {
    if (spot.components.contains(kind)) return &spot;
  }
  return nullptr;
}

}  // namespace seawall::cluster
