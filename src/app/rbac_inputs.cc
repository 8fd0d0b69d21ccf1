#include "app/rbac_inputs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "app/cluster_api.h"
#include "app/confine.h"
#include "app/kept_api.h"
#include "app/parse.h"
#include "base/descriptor.h"
#include "base/text.h"
#include "bundle/bundle.h"
#include "rbac/identity.h"
#include "rbac/manifests.h"

namespace seawall::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAttempt = "read RBAC objects";
constexpr size_t kMostFiles = 100'000;
constexpr uint64_t kMostBytes = 1u << 30;
constexpr int kMostDepth = 32;
constexpr size_t kRemarksShown = 20;

class Reader {
 public:
  Result<void> Add(const std::string& name) {
    if (name == "-") return Take(Descriptor(dup(STDIN_FILENO)), "standard input");
    std::error_code error;
    if (fs::is_directory(name, error)) return AddFolder(name, 0);
    return AddFile(name);
  }
  std::vector<NamedBytes> Take() { return std::move(read_); }

 private:
  Result<void> AddFolder(const std::string& name, int depth) {
    if (depth > kMostDepth) return Fail(ErrorCode::kLimit, kAttempt, name, "too deep a folder");
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (const auto& entry : fs::directory_iterator(name, error)) entries.push_back(entry);
    if (error) return Fail(ErrorCode::kIo, kAttempt, name, error.message());
    std::ranges::sort(entries);
    for (const auto& entry : entries) {
      const std::string file = entry.path().filename().string();
      if (file.starts_with(".")) continue;  // .git and the like
      Result<void> ok;
      if (!entry.is_symlink(error) && entry.is_directory(error)) {
        ok = AddFolder(entry.path().string(), depth + 1);
      } else if (IsManifestName(file) && entry.is_regular_file(error)) {
        ok = AddFile(entry.path().string());
      }
      if (!ok) return ok;
    }
    return {};
  }

  Result<void> AddFile(const std::string& name) {
    // Nothing but a file or a pipe is waited for.
    Descriptor file(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) {
      const ErrorCode code = errno == ENOENT   ? ErrorCode::kNotFound
                             : errno == EACCES ? ErrorCode::kPermission
                                               : ErrorCode::kIo;
      return Fail(code, kAttempt, name, std::strerror(errno));
    }
    return Take(std::move(file), name);
  }

  Result<void> Take(Descriptor file, const std::string& name) {
    if (read_.size() >= kMostFiles)
      return Fail(ErrorCode::kLimit, kAttempt, name, fmt::format("more than {} files", kMostFiles));
    std::string bytes;
    struct stat stat{};
    if (fstat(file.get(), &stat) == 0 && S_ISREG(stat.st_mode)) {
      bytes.reserve(std::min<uint64_t>(static_cast<uint64_t>(stat.st_size) + 1, kMostBytes));
    }
    char buffer[65536];
    while (true) {
      const ssize_t n = read(file.get(), buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Fail(ErrorCode::kIo, kAttempt, name, std::strerror(errno));
      if (n == 0) break;
      total_ += static_cast<uint64_t>(n);
      if (total_ > kMostBytes) {
        return Fail(ErrorCode::kTooLarge, kAttempt, name,
                    fmt::format("more than {} MiB in all", kMostBytes >> 20), "name fewer files");
      }
      bytes.append(buffer, static_cast<size_t>(n));
    }
    read_.push_back({name, std::move(bytes)});
    return {};
  }

  std::vector<NamedBytes> read_;
  uint64_t total_ = 0;
};

void TellRemarks(const rbac::Policy& policy) {
  size_t told = 0;
  for (const rbac::Remark& remark : policy.remarks) {
    if (++told > kRemarksShown) break;
    const char* what = remark.kind == rbac::Remark::Kind::kUnknownField     ? "unknown field "
                       : remark.kind == rbac::Remark::Kind::kDuplicateField ? "duplicate field "
                                                                            : "";
    const char* then = remark.kind == rbac::Remark::Kind::kUnknownField ? ", which is left out"
                       : remark.kind == rbac::Remark::Kind::kDuplicateField
                           ? ": the last one counts"
                           : "";
    std::fputs(fmt::format("seawall: {}: {}{}{}\n", Printable(policy.Where(remark.spot)), what,
                           Printable(remark.text), then)
                   .c_str(),
               stderr);
  }
  if (policy.remarks_in_all > kRemarksShown) {
    std::fputs(fmt::format("seawall: and {} more of these\n", policy.remarks_in_all - kRemarksShown)
                   .c_str(),
               stderr);
  }
}

}  // namespace

bool IsManifestName(const std::string& name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

Result<std::vector<NamedBytes>> ReadManifestFiles(const std::vector<std::string>& names) {
  Reader reader;
  for (const std::string& name : names) {
    if (auto ok = reader.Add(name); !ok) return std::unexpected(ok.error());
  }
  return reader.Take();
}

Result<std::unique_ptr<LoadedPolicy>> ReadPolicy(const std::vector<std::string>& names,
                                                 const Arguments& arguments,
                                                 const LoadOptions& options) {
  auto files = ReadManifestFiles(names);
  if (!files) return std::unexpected(files.error());
  return PolicyOf(*files, arguments, options);
}

Result<std::unique_ptr<LoadedPolicy>> PolicyOf(const std::vector<NamedBytes>& files,
                                               const Arguments& arguments,
                                               const LoadOptions& options) {
  std::vector<rbac::Manifest> manifests;
  for (const NamedBytes& file : files) manifests.push_back({file.name, file.bytes});
  auto policy = rbac::ReadManifests(manifests, {.strict = arguments.Has("strict")});
  if (!policy) return std::unexpected(policy.error());
  if (auto ok = rbac::ExpandAggregation(*policy); !ok) return std::unexpected(ok.error());
  auto loaded = std::make_unique<LoadedPolicy>();
  loaded->policy = std::move(*policy);
  loaded->evaluator = std::make_unique<rbac::Evaluator>(loaded->policy);
  loaded->read = loaded->policy.files;
  // A second reading, for who has them among the rest.
  if (options.nodes && loaded->policy.has_pods) {
    auto read = rbac::ReadNodeGraph(manifests);
    if (!read) return std::unexpected(read.error());
    loaded->nodes = std::move(*read);
  }
  if (options.workloads && (loaded->policy.has_pods || loaded->policy.has_accounts)) {
    auto read = rbac::ReadWorkloads(manifests);
    if (!read) return std::unexpected(read.error());
    loaded->workloads = std::move(*read);
  }
  return loaded;
}

Result<void> CheckSources(const Arguments& arguments) {
  const int sources =
      int{arguments.Has("filename")} + int{WantsApi(arguments)} + int{arguments.Has("bundle")};
  if (sources == 1) return {};
  if (sources > 1) {
    return Fail(ErrorCode::kUsage, kAttempt, "", "more than one source is named",
                "give manifests (-f), a cluster (--kubeconfig) or a bundle (--bundle)");
  }
  return Fail(ErrorCode::kUsage, kAttempt, "", "no policy is named",
              "name manifests with -f FILE, -f DIR or -f -, or a cluster with --kubeconfig FILE, "
              "or a bundle with --bundle FILE");
}

Result<std::unique_ptr<api::ApiClient>> OpenBundleApi(const std::string& path) {
  auto bundle = bundle::Open(path);
  if (!bundle) return std::unexpected(bundle.error());
  return OpenKeptApi(*bundle, path);
}

Result<std::unique_ptr<LoadedPolicy>> ReadLive(Result<std::unique_ptr<api::ApiClient>> client,
                                               const LoadOptions& options) {
  if (!client) return std::unexpected(client.error());
  auto policy = api::ReadLivePolicy(**client, options.wanted);
  if (!policy) return std::unexpected(policy.error());
  auto loaded = std::make_unique<LoadedPolicy>();
  loaded->policy = std::move(*policy);
  loaded->evaluator = std::make_unique<rbac::Evaluator>(loaded->policy);
  loaded->read = {"the API of " + (*client)->where()};
  loaded->client = std::move(*client);
  if (options.workloads) loaded->workloads = api::ReadLiveWorkloads(*loaded->client);
  if (options.nodes) loaded->nodes = api::ReadLiveNodeGraph(*loaded->client);
  return loaded;
}

Result<void> EnterForPolicy(const Arguments& arguments, const std::vector<Wish>& wishes) {
  if (auto ok = CheckSources(arguments); !ok) return ok;
  return Confine(arguments, ProfileOf(arguments, wishes, false, Speaks::kNobody));
}

Result<std::unique_ptr<LoadedPolicy>> LoadPolicy(const Arguments& arguments,
                                                 const LoadOptions& options) {
  if (auto ok = EnterForPolicy(arguments, options.wishes); !ok) return std::unexpected(ok.error());
  if (WantsApi(arguments)) return ReadLive(OpenApi(arguments), options);
  if (arguments.Has("bundle")) {
    LoadOptions everything = options;
    everything.wanted.space.clear();  // a bundle holds lists of the whole cluster
    everything.nodes = false;         // and not what pods refer to
    return ReadLive(OpenBundleApi(arguments.Get("bundle")), everything);
  }
  auto loaded = ReadPolicy(arguments.All("filename"), arguments, options);
  if (loaded) {
    const rbac::Policy& policy = (*loaded)->policy;
    const bool none = policy.roles.empty() && policy.bindings.empty();
    if (none && policy.skipped == 0 && policy.lists == 0)
      return Fail(ErrorCode::kNotFound, kAttempt, Join(arguments.All("filename"), ", "),
                  "there is no object in it", "name manifests, or folders of *.yaml and *.json");
    if (none && !arguments.Has("quiet"))
      std::fputs(fmt::format("seawall: there is no role and no binding, but {} object{} of other "
                             "kinds\n",
                             policy.skipped, policy.skipped == 1 ? "" : "s")
                     .c_str(),
                 stderr);
  }
  if (loaded && options.remarks == Remarks::kTold && !arguments.Has("quiet"))
    TellRemarks((*loaded)->policy);
  return loaded;
}

std::vector<std::string> UnreadLists(const rbac::Policy& policy) {
  std::vector<std::string> why;
  for (const rbac::UnreadList& list : policy.unread) why.push_back(list.why);
  return why;
}

std::string UnknownText(const std::vector<std::string>& open) {
  std::string text;
  for (const std::string& why : open) text += fmt::format("unknown: {}\n", Printable(why));
  return text;
}

void UnknownJson(report::JsonWriter& out, const std::vector<std::string>& open) {
  out.Key("unknown");
  out.StartArray();
  for (const std::string& why : open) report::Text(out, why);
  out.EndArray();
}

Result<Asker> ReadAsker(const Arguments& arguments) {
  Asker asker;
  asker.user = arguments.Get("as");
  asker.groups = arguments.All("as-group");
  if (asker.user.empty()) {
    return Fail(ErrorCode::kUsage, "ask", "", "nobody is named who asks",
                asker.groups.empty() ? "name one with --as USER (and --as-group GROUP)"
                                     : "--as-group needs --as USER, as in kubectl");
  }
  asker.groups = rbac::ImpersonatedGroups(asker.user, std::move(asker.groups));
  return asker;
}

namespace {

/// kubectl's can-i takes pods/log for a pod called so, too; who writes it means another thing.
void TellSubresource(const Request& request, const std::string& what) {
  constexpr std::string_view kWords[] = {"approval",    "attach", "binding",  "ephemeralcontainers",
                                         "eviction",    "exec",   "finalize", "log",
                                         "portforward", "proxy",  "resize",   "scale",
                                         "status",      "token"};
  const std::string& name = request.resource.name;
  if (!request.subresource.empty() || std::ranges::find(kWords, name) == std::end(kWords)) return;
  std::fputs(fmt::format("seawall: {} is taken for the object called {}; the subresource is asked "
                         "about with --subresource {}\n",
                         Printable(what), name, name)
                 .c_str(),
             stderr);
}

}  // namespace

Result<Request> ReadRequest(const Arguments& arguments) {
  const auto usage = [](std::string why, std::string todo) {
    return Fail(ErrorCode::kUsage, "ask", "", std::move(why), std::move(todo));
  };
  if (arguments.positional.size() != 2)
    return usage("a question is VERB RESOURCE[/NAME], or VERB /URL",
                 "for example: seawall rbac can-i get pods --as alice -n shop -f rbac/");
  Request request;
  request.verb = arguments.positional[0];
  const std::string& what = arguments.positional[1];
  if (what.starts_with("/")) {
    request.path = what;
    for (const char* option : {"namespace", "subresource", "name"}) {
      if (arguments.Has(option))
        return usage("a URL has no namespace, no subresource and no name",
                     fmt::format("leave out --{}", option));
    }
    return request;
  }
  request.resource = rbac::ReadResourceArgument(what);
  if (arguments.Has("name")) {
    if (!request.resource.name.empty()) return usage("the name comes twice", "give it once");
    request.resource.name = arguments.Get("name");
  }
  request.subresource = arguments.Get("subresource");
  if (!arguments.Has("quiet")) TellSubresource(request, what);
  if (arguments.Has("namespace") && arguments.Has("all-namespaces"))
    return usage("-n and -A exclude each other", "give one of them");
  const bool whole = arguments.Has("all-namespaces") ||
                     (request.resource.known && !request.resource.known->namespaced);
  if (!whole) request.space = arguments.Get("namespace", "default");
  return request;
}

}  // namespace seawall::app
