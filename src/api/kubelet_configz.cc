#include "api/kubelet_configz.h"

#include <fmt/format.h>

#include "api/api_files.h"
#include "api/pod_components.h"
#include "base/text.h"
#include "cluster/kubelet_config.h"

namespace seawall::api {
namespace {

constexpr int kTimeoutMs = 8000;

/// "v1.37.2-gke.1" as the API says it.
std::optional<cluster::Version> VersionOf(const std::string& text) {
  cluster::Version version;
  if (std::sscanf(text.c_str(), "v%d.%d.%d", &version.major, &version.minor, &version.patch) != 3)
    return std::nullopt;
  version.source = "the node's status.nodeInfo";
  return version;
}

/// The document that the kubelet would take as its file.
Result<yaml::Stream> AsFile(const yaml::Stream& answer, const std::string& place) {
  const yaml::Value config = answer.root()["kubeletconfig"];
  if (!config.is_mapping()) {
    return Fail(ErrorCode::kMalformed, "read the kubelet's /configz", place,
                "there is no kubeletconfig in it");
  }
  const Span span = config.place().bytes;
  std::string text = answer.bytes().substr(span.begin, span.end - span.begin);
  if (!config["kind"].exists() && text.starts_with('{')) {
    text = R"({"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1")" +
           std::string(config.size() > 0 ? "," : "") + text.substr(1);
  }
  return yaml::Parse(place, std::move(text));
}

}  // namespace

KubeletReader::KubeletReader(ApiClient& client, std::chrono::seconds all)
    : client_(client), until_(std::chrono::steady_clock::now() + all) {
  ClientOptions options = client.options();
  options.timeout_ms = std::min(options.timeout_ms, kTimeoutMs);
  options.attempts = 2;
  Access access = client.access();
  access.exec.reset();  // what the plugin gave is in it already
  if (auto own = ApiClient::Open(std::move(access), options)) own_ = std::move(*own);
}

Result<yaml::Stream> KubeletReader::Ask(const std::string& node) {
  const std::string path = fmt::format("/api/v1/nodes/{}/proxy/configz", Escape(node));
  if (std::chrono::steady_clock::now() > until_) {
    return Fail(ErrorCode::kLimit, "ask the API server for " + path, client_.where(),
                "the time for kubelets is over", "ask it again");
  }
  return (own_ ? *own_ : client_).Object(path);
}

cluster::Component KubeletReader::Read(const cluster::ApiNode& node) {
  cluster::Component kubelet;
  kubelet.kind = cluster::ComponentKind::kKubelet;
  kubelet.instance = fmt::format("/configz of {}", node.name);
  kubelet.run_by = cluster::RunBy::kProcess;
  kubelet.where.file = kubelet.instance;
  kubelet.version = VersionOf(node.version);
  auto answer = Ask(node.name);
  auto document = answer ? AsFile(*answer, kubelet.instance)
                         : Result<yaml::Stream>(std::unexpected(answer.error()));
  if (!document) {
    const Error& error = document.error();
    kubelet.unknown = fmt::format("its /configz could not be read ({}), and its files {}",
                                  error.why, "need access to the node");
    kubelet.how = error.code == ErrorCode::kPermission
                      ? "allow these credentials to get nodes/configz (nodes/proxy before 1.36), "
                        "or " +
                            std::string(kGiveFiles)
                      : kGiveFiles;
    return kubelet;
  }
  cluster::ReadKubeletDocument(document->root(), kubelet);
  cluster::Gap flags;
  flags.only_flags = true;
  flags.why = fmt::format("/configz does not show what only flags say: it {}", kNeedsFiles);
  flags.how = kGiveFiles;
  kubelet.gaps.push_back(std::move(flags));
  ForgetLines(kubelet);
  return kubelet;
}

}  // namespace seawall::api
