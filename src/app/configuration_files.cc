#include "app/configuration_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/files.h"

namespace seawall::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFiles = 10000;
constexpr size_t kMostBytes = 256u << 20;

Result<std::string> ReadStandardInput() {
  char buffer[65536];
  std::string bytes;
  bytes.reserve(Files::kDefaultLimit + sizeof buffer);  // once: growing would take twice as much
  while (true) {
    ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return Fail(ErrorCode::kIo, "read configuration", "standard input", std::strerror(errno));
    if (n == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(n));
    if (bytes.size() > Files::kDefaultLimit) {
      return Fail(ErrorCode::kTooLarge, "read configuration", "standard input",
                  fmt::format("it is larger than {} MiB", Files::kDefaultLimit >> 20));
    }
  }
}

bool LooksLikeConfiguration(const fs::path& path) {
  std::string extension = path.extension();
  return extension == ".yaml" || extension == ".yml" || extension == ".json" ||
         extension == ".conf";
}

class Reader {
 public:
  Result<void> Add(const std::string& name) {
    if (name == "-") {
      auto bytes = ReadStandardInput();
      if (!bytes) return std::unexpected(bytes.error());
      return Keep("-", std::move(*bytes));
    }
    fs::path path = fs::absolute(name);
    std::error_code error;
    if (fs::is_directory(path, error)) return AddFolder(name, path);
    auto files = OpenRoot(path.parent_path());
    if (!files) return std::unexpected(files.error());
    return AddFile(**files, "/" + path.filename().string(), name);
  }
  std::vector<cluster::ConfigurationSource> Take() { return std::move(sources_); }

 private:
  Result<void> Keep(std::string name, std::string bytes) {
    total_ += bytes.size();
    if (total_ > kMostBytes || sources_.size() >= kMostFiles) {
      return Fail(ErrorCode::kLimit, "read configuration", name,
                  fmt::format("more than {} files or {} MiB in all", kMostFiles, kMostBytes >> 20),
                  "name fewer files");
    }
    sources_.push_back({std::move(name), std::move(bytes)});
    return {};
  }

  Result<void> AddFile(const Files& files, const std::string& path, const std::string& name) {
    auto bytes = files.Read(path);
    if (!bytes) {
      Error error = bytes.error();
      error.where = name;
      return std::unexpected(error);
    }
    return Keep(name, std::move(*bytes));
  }

  Result<void> AddFolder(const std::string& name, const fs::path& path) {
    auto files = OpenRoot(path.string());
    if (!files) return std::unexpected(files.error());
    return Walk(**files, "", name, 0);
  }

  Result<void> Walk(const Files& files, const std::string& below, const std::string& name,
                    int depth) {
    auto entries = files.List(below.empty() ? "/" : below);
    if (!entries) return std::unexpected(entries.error());
    for (const FolderEntry& entry : *entries) {
      if (entry.name.starts_with(".")) continue;  // .git and the like
      std::string path = below + "/" + entry.name;
      std::string shown = (name.ends_with("/") ? name.substr(0, name.size() - 1) : name) + path;
      Result<void> ok;
      if (entry.type == FileStat::Type::kFolder && depth < 16) {
        ok = Walk(files, path, name, depth + 1);
      } else if (entry.type == FileStat::Type::kRegular && LooksLikeConfiguration(entry.name)) {
        ok = AddFile(files, path, shown);
      }
      if (!ok) return ok;
    }
    return {};
  }

  std::vector<cluster::ConfigurationSource> sources_;
  size_t total_ = 0;
};

}  // namespace

Result<std::vector<cluster::ConfigurationSource>> ReadConfigurationFiles(
    const std::vector<std::string>& names) {
  Reader reader;
  for (const std::string& name : names) {
    if (auto ok = reader.Add(name); !ok) return std::unexpected(ok.error());
  }
  return reader.Take();
}

}  // namespace seawall::app
