#include "app/rbac_chain.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/small_file.h"
#include "base/text.h"
#include "cluster/kinds/authorization.h"
#include "yaml/document.h"

namespace seawall::app {
namespace {

constexpr const char* kAttempt = "read --authorization-config";

std::unexpected<Error> Usage(std::string what, std::string todo) {
  return Fail(ErrorCode::kUsage, "read --webhook", "", std::move(what), std::move(todo));
}

std::optional<rbac::WebhookWord> WordOf(std::string_view text) {
  if (text == "allow") return rbac::WebhookWord::kAllow;
  if (text == "deny") return rbac::WebhookWord::kDeny;
  if (text == "no-opinion") return rbac::WebhookWord::kNoOpinion;
  return std::nullopt;
}

/// NAME=ANSWER of each --webhook.
Result<void> TakeWords(const Arguments& arguments, rbac::Chain& chain) {
  for (const std::string& value : arguments.All("webhook")) {
    const size_t equals = value.rfind('=');
    const std::string name = value.substr(0, equals);
    const auto word = equals == std::string::npos
                          ? std::nullopt
                          : WordOf(std::string_view(value).substr(equals + 1));
    if (!word)
      return Usage(fmt::format("'{}' is no answer of a webhook", Printable(value)),
                   "write it as NAME=allow, NAME=no-opinion or NAME=deny");
    const auto at = std::ranges::find_if(chain, [&](const rbac::Authorizer& one) {
      return one.mode == rbac::Mode::kWebhook && one.name == name;
    });
    if (at == chain.end())
      return Usage(fmt::format("there is no webhook '{}' among the authorizers", Printable(name)),
                   "the names stand in the file of --authorization-config; that of "
                   "--authorization-mode is called default");
    at->word = *word;
  }
  return {};
}

rbac::Authorizer Taken(const cluster::kinds::Authorizer& read, rbac::Mode mode) {
  rbac::Authorizer authorizer(mode);
  authorizer.name = *read.name;
  if (!read.webhook) return authorizer;
  authorizer.failure_denies = *read.webhook->failure_policy == "Deny";
  for (const auto& condition : read.webhook->match_conditions)
    authorizer.conditions.push_back(*condition);
  return authorizer;
}

Result<rbac::Chain> ReadFile(const std::string& file) {
  auto bytes = ReadSmallFile(file, kAttempt);
  if (!bytes) return std::unexpected(bytes.error());
  auto stream = yaml::Parse(file, std::move(*bytes));
  if (!stream) return std::unexpected(stream.error());
  auto read = cluster::kinds::ReadAuthorization(*stream);
  if (!read) return std::unexpected(read.error());
  if (const auto* problem = read->FirstFatal())
    return Fail(ErrorCode::kMalformed, kAttempt,
                fmt::format("{}:{}", problem->place.file, problem->place.line), problem->text,
                "the API server does not start with it");
  rbac::Chain chain;
  for (const cluster::kinds::Authorizer& one : read->authorizers) {
    if (const auto mode = rbac::ModeOf(*one.type)) chain.push_back(Taken(one, *mode));
  }
  return chain;
}

}  // namespace

bool HasMode(const rbac::Chain& chain, rbac::Mode mode) {
  return std::ranges::find(chain, mode, &rbac::Authorizer::mode) != chain.end();
}

Result<rbac::Chain> ReadChain(const Arguments& arguments) {
  const bool file = arguments.Has("authorization-config");
  if (file && arguments.Has("authorization-mode"))
    return Fail(ErrorCode::kUsage, kAttempt, "",
                "--authorization-mode and --authorization-config exclude each other",
                "give the one that the API server has");
  auto chain = file ? ReadFile(arguments.Get("authorization-config"))
                    : rbac::ReadModes(arguments.Get("authorization-mode", "RBAC"));
  if (!chain || (!file && !arguments.Has("authorization-mode"))) return chain;
  if (auto ok = TakeWords(arguments, *chain); !ok) return std::unexpected(ok.error());
  return chain;
}

Result<void> TakeLiveChain(const Arguments& arguments, bool of_nodes, LoadedPolicy& loaded,
                           rbac::Chain& chain) {
  if (arguments.Has("authorization-mode") || arguments.Has("authorization-config")) return {};
  if (!loaded.client || arguments.Has("bundle")) return TakeWords(arguments, chain);
  const api::LiveAuthorizers live = api::ReadLiveAuthorizers(*loaded.client);
  if (!live.file.empty()) {
    rbac::Authorizer unread(rbac::Mode::kWebhook);
    unread.name = fmt::format(
        "that may stand in {} of the API server's node "
        "(--authorization-config takes a copy)",
        Printable(live.file));
    chain.insert(chain.begin(), std::move(unread));
    return TakeWords(arguments, chain);
  }
  auto modes = rbac::ReadModes(live.modes);
  if (!modes) return TakeWords(arguments, chain);  // it is not shown: RBAC
  chain = std::move(*modes);
  if (HasMode(chain, rbac::Mode::kNode) && of_nodes && !loaded.nodes)
    loaded.nodes = api::ReadLiveNodeGraph(*loaded.client);
  return TakeWords(arguments, chain);
}

}  // namespace seawall::app
