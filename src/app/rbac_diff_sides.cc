#include "app/rbac_diff_sides.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cluster_api.h"
#include "app/confine.h"
#include "app/git_files.h"
#include "base/descriptor.h"
#include "base/text.h"
#include "rbac/manifests.h"
#include "review/kubernetes_own.h"

namespace seawall::app {
namespace {

constexpr const char* kCluster = "cluster:";

std::unexpected<Error> Usage(std::string why, std::string todo) {
  return Fail(ErrorCode::kUsage, "compare RBAC policies", "", std::move(why), std::move(todo));
}

/// A bundle is one frame of zstd.
bool IsBundle(const std::string& name) {
  struct stat stat{};
  if (::stat(name.c_str(), &stat) != 0 || !S_ISREG(stat.st_mode)) return false;
  const Descriptor file(open(name.c_str(), O_RDONLY | O_CLOEXEC));
  char magic[4] = {};
  return file && read(file.get(), magic, sizeof magic) == 4 &&
         std::string_view(magic, 4) == "\x28\xB5\x2F\xFD";
}

/// One word of the command line; what Git has of it was read before the sandbox was entered.
struct Side {
  std::string word;
  std::vector<NamedBytes> git;
  bool HasCluster() const { return word == kCluster || IsBundle(word); }
};

Result<std::unique_ptr<LoadedPolicy>> ReadSide(Side& side, const Arguments& arguments) {
  if (side.word == kCluster) return ReadLive(OpenApi(arguments));
  if (!side.git.empty()) return PolicyOf(side.git, arguments);
  if (IsBundle(side.word)) return ReadLive(OpenBundleApi(side.word));
  return ReadPolicy({side.word}, arguments);
}

Result<std::unique_ptr<LoadedPolicy>> Join(const rbac::Policy& below, const rbac::Policy& above) {
  auto joined = std::make_unique<LoadedPolicy>();
  joined->policy = rbac::JoinPolicies({&below, &above});
  if (auto ok = rbac::ExpandAggregation(joined->policy); !ok) return std::unexpected(ok.error());
  joined->evaluator = std::make_unique<rbac::Evaluator>(joined->policy);
  return joined;
}

Result<void> CheckWords(const Arguments& arguments) {
  const auto& words = arguments.positional;
  const bool api = WantsApi(arguments);
  const auto live = std::ranges::count(words, kCluster);
  if (words.size() == 1 && (!api || live == 1)) {
    return Usage("there is one policy: nothing to compare it with",
                 "name two, or add --kubeconfig FILE: what applying it would change");
  }
  if (live == 2) return Usage("both sides are the same cluster", "name something else");
  if (live == 1 && !api) return Usage("cluster: is which one?", "add --kubeconfig FILE");
  if (live == 0 && api && words.size() == 2)
    return Usage("two policies are named beside the cluster",
                 "write cluster: for the side that it is, or leave one out");
  return {};
}

}  // namespace

Result<DiffSides> ReadDiffSides(const Arguments& arguments) {
  if (auto ok = CheckWords(arguments); !ok) return std::unexpected(ok.error());
  std::vector<Side> words;
  for (const std::string& word : arguments.positional) {
    Side& side = words.emplace_back(Side{word, {}});
    const auto git = ReadGitWord(word);
    if (!git) continue;
    auto files = ReadGitFiles(*git);
    if (!files) return std::unexpected(files.error());
    side.git = std::move(*files);
  }
  if (auto ok = Confine(arguments, ProfileOf(arguments, {}, false, Speaks::kNobody)); !ok)
    return std::unexpected(ok.error());
  const bool applied = words.size() == 1;
  if (applied) words.insert(words.begin(), Side{kCluster, {}});
  DiffSides sides;
  auto before = ReadSide(words[0], arguments);
  if (!before) return std::unexpected(before.error());
  sides.before = std::move(*before);
  auto after = ReadSide(words[1], arguments);
  if (!after) return std::unexpected(after.error());
  sides.after = std::move(*after);
  if (applied) {
    auto joined = Join(sides.before->policy, sides.after->policy);
    if (!joined) return std::unexpected(joined.error());
    sides.after = std::move(*joined);
  } else if (words[0].HasCluster() != words[1].HasCluster()) {
    auto& cluster = words[0].HasCluster() ? sides.before : sides.after;
    auto& files = words[0].HasCluster() ? sides.after : sides.before;
    auto joined = Join(review::OwnOfKubernetes(*cluster->evaluator), files->policy);
    if (!joined) return std::unexpected(joined.error());
    files = std::move(*joined);
  }
  if (arguments.Has("allow")) {
    auto ceiling = ReadPolicy(arguments.All("allow"), arguments);
    if (!ceiling) return std::unexpected(ceiling.error());
    sides.ceiling = std::move(*ceiling);
  }
  return sides;
}

}  // namespace seawall::app
