#include "api/live_policy.h"

#include <fmt/format.h>

#include "api/asker.h"
#include "api/rbac_lists.h"
#include "base/text.h"
#include "rbac/manifests.h"

namespace seawall::api {
namespace {

using rbac::UnreadList;

constexpr const char* kReviews = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
constexpr size_t kMostGroups = 10'000;

struct NodeListRow {
  rbac::NodeObject object;
  const char* path;
  const char* kind;
};
constexpr NodeListRow kNodeLists[] = {
    {rbac::NodeObject::kPod, "/api/v1/pods", "Pod"},
    {rbac::NodeObject::kVolume, "/api/v1/persistentvolumes", "PersistentVolume"},
    {rbac::NodeObject::kAttachment, "/apis/storage.k8s.io/v1/volumeattachments",
     "VolumeAttachment"},
    {rbac::NodeObject::kSlice, "/apis/resource.k8s.io/v1/resourceslices", "ResourceSlice"},
    {rbac::NodeObject::kRequest, "/apis/certificates.k8s.io/v1/podcertificaterequests",
     "PodCertificateRequest"},
};

Result<rbac::Policy> ReadList(Asker& ask, const RbacList& row, const std::string& space) {
  rbac::LiveObjects objects(row.kind);
  auto ok = ReadRbacList({.path = row.Path(space), .page = kRbacPage}, objects,
                         [&](const auto&... arguments) { return ask.Each(arguments...); });
  if (!ok) return std::unexpected(ok.error());
  return objects.Take();
}

}  // namespace

Result<rbac::Policy> ReadLivePolicy(ApiClient& client, const PolicyWanted& wanted) {
  Asker ask(client, std::chrono::steady_clock::now() + wanted.all);
  rbac::Policy lists[std::size(kRbacLists)];
  std::vector<UnreadList> unread;
  std::optional<Error> broken;
  bool answered = false;
  for (size_t i = 0; i < std::size(kRbacLists); ++i) {
    const RbacList& row = kRbacLists[i];
    if (row.namespaced && !wanted.namespaces) continue;
    auto part = ReadList(ask, row, wanted.space);
    if (part) {
      answered = true;
      lists[i] = std::move(*part);
      continue;
    }
    if (IsRefusal(part.error())) {
      answered = true;
    } else if (!broken) {
      broken = part.error();
    }
    unread.push_back({row.what, fmt::format("{}{} cannot be listed: {}", row.resource,
                                            row.namespaced && !wanted.space.empty()
                                                ? fmt::format(" of namespace {}", wanted.space)
                                                : "",
                                            part.error().why)});
  }
  if (!answered && broken) return std::unexpected(*broken);
  rbac::Policy policy = rbac::JoinPolicies({&lists[0], &lists[1], &lists[2], &lists[3]});
  policy.unread = std::move(unread);
  // Where rules come from is more than the API server needs to go by them.
  (void)rbac::ExpandAggregation(policy, rbac::Aggregation::kLink);
  return policy;
}

rbac::Workloads ReadLiveWorkloads(ApiClient& client) {
  Asker ask(client, std::chrono::steady_clock::now() + PolicyWanted().all);
  rbac::LiveWorkloads live;
  const auto read = [&](const char* path, const char* kind, std::string& unread) {
    auto ok = ask.Each(
        {.path = path}, [&](const yaml::Value& item) { live.Add(kind, item); },
        [&] { live.Restart(kind); });
    if (ok) return true;
    live.Restart(kind);
    unread = fmt::format("{} cannot be listed: {}", path, ok.error().why);
    return false;
  };
  std::string pods, accounts;
  const bool has_pods = read("/api/v1/pods", "Pod", pods);
  const bool has_accounts = read(kServiceAccounts, "ServiceAccount", accounts);
  rbac::Workloads workloads = live.Take();
  workloads.has_pods = has_pods;
  workloads.has_accounts = workloads.all_accounts = has_accounts;
  workloads.pods_unread = std::move(pods);
  workloads.accounts_unread = std::move(accounts);
  return workloads;
}

rbac::NodeGraph ReadLiveNodeGraph(ApiClient& client) {
  Asker ask(client, std::chrono::steady_clock::now() + PolicyWanted().all);
  rbac::NodeGraph graph;
  // An object that goes while a list is begun anew stays: it was there a moment ago.
  for (const NodeListRow& row : kNodeLists) {
    auto ok = ask.Each(
        {.path = row.path},
        [&](const yaml::Value& item) { rbac::AddLiveNodeObject(graph, row.kind, item); }, [] {});
    if (ok) {
      graph.Know(row.object);
    } else {
      graph.Unknow(row.object, fmt::format("{} cannot be listed: {}", row.path, ok.error().why));
    }
  }
  return graph;
}

LiveAuthorizers ReadLiveAuthorizers(ApiClient& client) {
  constexpr std::string_view kModes = "--authorization-mode=";
  constexpr std::string_view kFile = "--authorization-config=";
  Asker ask(client, std::chrono::steady_clock::now() + PolicyWanted().all);
  LiveAuthorizers found;
  const auto look = [&](const yaml::Value& words) {
    for (const yaml::Value& word : words.Items()) {
      const std::string_view text = word.text();
      if (text.starts_with(kModes)) found.modes = text.substr(kModes.size());
      if (text.starts_with(kFile)) found.file = text.substr(kFile.size());
    }
  };
  // A mirror of what a kubelet runs from its own disk: not whatever calls itself so.
  const auto is_mirror = [](const yaml::Value& pod) {
    return pod.Path("metadata.annotations")["kubernetes.io/config.mirror"].exists();
  };
  auto ok = ask.Each(
      {.path = "/api/v1/namespaces/kube-system/pods",
       .selector = "labelSelector=component%3Dkube-apiserver"},
      [&](const yaml::Value& pod) {
        if (!is_mirror(pod)) return;
        for (const yaml::Value& one : pod.Path("spec.containers").Items()) {
          look(one["command"]);
          look(one["args"]);
        }
      },
      [&] { found = {}; });
  return ok ? found : LiveAuthorizers{};
}

Result<OwnIdentity> AskOwnName(ApiClient& client) {
  const std::string attempt = "ask the API server who we are";
  auto response = client.Send(
      {.method = "POST",
       .path = kReviews,
       .content_type = "application/json",
       .body = R"({"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"})"});
  if (!response) return std::unexpected(response.error());
  if (response->status != 201 && response->status != 200)
    return std::unexpected(ErrorOf(*response, attempt, client.where()));
  const auto stream = yaml::Parse(kReviews, std::move(response->body));
  const yaml::Value info = stream ? stream->root().Path("status.userInfo") : yaml::Value();
  OwnIdentity own{info["username"].text(), {}};
  for (const yaml::Value& group : info["groups"].Items()) {
    if (own.groups.size() < kMostGroups) own.groups.push_back(group.text());
  }
  if (!own.user.empty()) return own;
  return Fail(ErrorCode::kMalformed, attempt, client.where(), "the answer names nobody",
              "name somebody with --as");
}

}  // namespace seawall::api
