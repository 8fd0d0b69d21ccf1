#include "app/confine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace seawall::app {
namespace {

namespace fs = std::filesystem;

/// FILE and NAME=FILE; whatever of it is no path does not exist and is left out.
void AddPaths(const std::string& word, std::vector<std::string>& paths) {
  paths.push_back(word);
  if (const size_t equals = word.find('='); equals != std::string::npos) {
    paths.push_back(word.substr(equals + 1));
  }
}

/// A report is made beside the file whose name it takes.
void AddOutput(const std::string& file, std::vector<std::string>& folders) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(file, error);
  if (error) path = file;
  folders.push_back(path.has_parent_path() ? path.parent_path().string() : ".");
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) folders.push_back(path);
}

/// What the C library reads to look up a name.
constexpr const char* kToResolve[] = {
    "/etc/resolv.conf", "/etc/hosts",    "/etc/nsswitch.conf",   "/etc/host.conf",
    "/etc/gai.conf",    "/etc/services", "/run/systemd/resolve", "/lib",
    "/lib64",           "/usr/lib"};

}  // namespace

sandbox::Profile ProfileOf(const Arguments& arguments, const std::vector<Wish>& wishes, bool live,
                           Speaks speaks) {
  sandbox::Profile profile;
  for (const auto& [name, values] : arguments.values) {
    for (const std::string& value : values) {
      if (name != "output") AddPaths(value, profile.read);
    }
  }
  for (const std::string& word : arguments.positional) AddPaths(word, profile.read);
  if (live) profile.read.emplace_back("/");
  // So is a node that is named by one of its processes ("/proc/12/root").
  profile.processes =
      live || std::ranges::any_of(arguments.All("root"), [](const std::string& root) {
        return root.substr(root.find('=') + 1).starts_with("/proc/");
      });
  for (const Wish& wish : wishes) {
    if (!wish.file.empty()) AddOutput(wish.file, profile.write);
  }
  const char* temporary = std::getenv("TMPDIR");
  profile.write.emplace_back(temporary && *temporary ? temporary : "/tmp");
  profile.network = speaks == Speaks::kNetwork;
  if (arguments.Has("kubeconfig") || arguments.Has("context")) {
    profile.network = profile.execute = profile.all_files = true;
  }
  if (profile.network) {
    profile.read.insert(profile.read.end(), std::begin(kToResolve), std::end(kToResolve));
  }
  return profile;
}

Result<void> Confine(const Arguments& arguments, const sandbox::Profile& profile) {
  auto entered = sandbox::Enter(profile);
  if (!entered) return std::unexpected(entered.error());
  if (!entered->lacking.empty() && !arguments.Has("quiet")) {
    std::fputs(fmt::format("seawall: this kernel has no {}: foreign input is read without that "
                           "bound\n",
                           entered->lacking)
                   .c_str(),
               stderr);
  }
  return {};
}

}  // namespace seawall::app
