// Settings that every API server, or every member of etcd, must have alike: whoever asks is
// answered by any of them, so the weakest decides.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "rules/whole/etcd_clusters.h"

namespace seawall::rules::whole {
namespace {

using cluster::ComponentKind;

constexpr const char* kHa =
    "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/";
constexpr const char* kEncryption =
    "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/";
constexpr const char* kEtcd = "https://etcd.io/docs/latest/op-guide/security/";

constexpr size_t kMostOfOne = 8;   ///< members of one value that are shown
constexpr size_t kMostValues = 8;  ///< that are shown of one setting

struct Topic {
  std::map<std::string, std::vector<const Member*>> by_value;
  const Member* unknown = nullptr;
};

Topic Gather(const std::vector<Member>& members, std::string_view name) {
  Topic topic;
  for (const Member& member : members) {
    const Fact* fact = member.component->Find(name);
    if (fact == nullptr || fact->state == Fact::State::kAbsent) continue;
    if (fact->state == Fact::State::kUnknown) {
      if (topic.unknown == nullptr) topic.unknown = &member;
      continue;
    }
    topic.by_value[fact->same].push_back(&member);
  }
  return topic;
}

/// Whether two facts that differ look alike, so that the sentence must say what differs.
bool LookAlike(const Topic& topic, std::string_view name) {
  std::set<std::string> shown;
  for (const auto& [same, members] : topic.by_value)
    shown.insert(members.front()->component->Find(name)->value);
  return shown.size() < topic.by_value.size();
}

/// Whether all that may differ is secrets of which a bundle holds replacements.
bool OnlyReplacementsDiffer(const Topic& topic, std::string_view name) {
  std::set<std::string> shown;
  std::set<std::string> keys;
  for (const auto& [same, members] : topic.by_value) {
    for (const Member* member : members) {
      const Fact& fact = *member->component->Find(name);
      shown.insert(fact.value);
      keys.insert(fact.secrets_key);
    }
  }
  return shown.size() == 1 && keys.size() > 1;
}

std::vector<std::string> NamesOf(const std::vector<const Member*>& members) {
  std::vector<std::string> names;
  for (const Member* member : members) names.push_back(member->Name());
  return names;
}

/// What the few say stands first: it is most likely what is to be mended.
void AddDifference(const Topic& topic, std::string_view name, std::vector<Evidence>& evidence,
                   std::vector<std::string>& sentences) {
  std::vector<const std::vector<const Member*>*> groups;
  for (const auto& [same, members] : topic.by_value) groups.push_back(&members);
  std::ranges::stable_sort(groups, {}, [](const auto* members) { return members->size(); });
  const size_t others = groups.size() - std::min(groups.size(), kMostValues);
  // What most say stands last.
  if (others > 0) groups.erase(groups.begin() + kMostValues - 1, groups.end() - 1);
  std::vector<std::string> parts;
  std::string setting;
  for (const auto* members : groups) {
    const Fact& first = *members->front()->component->Find(name);
    setting = first.setting;
    parts.push_back(fmt::format("{} on {}",
                                first.value.empty() ? "empty" : PrintableShort(first.value, 120),
                                Names(NamesOf(*members))));
    for (size_t i = 0; i < members->size() && i < kMostOfOne; ++i)
      evidence.push_back(EvidenceOf(*(*members)[i], *(*members)[i]->component->Find(name)));
  }
  if (others > 0) parts.push_back(fmt::format("{} other values", others));
  const char* note = LookAlike(topic, name) ? ", with other content" : "";
  sentences.push_back(fmt::format("{} differs: {}{}", setting, Join(parts, "; "), note));
}

/// What came of several settings of several groups.
struct Compared {
  std::vector<Evidence> different, alike;
  std::vector<std::string> sentences;
  std::optional<Outcome> unknown;
};

void CompareSetting(const std::vector<Member>& members, std::string_view name, Compared& compared) {
  const Topic topic = Gather(members, name);
  auto& unknown = compared.unknown;
  if (topic.by_value.size() > 1 && OnlyReplacementsDiffer(topic, name)) {
    if (!unknown)
      unknown = Unknown(
          "whether the secrets are the same cannot be told: the bundles were made "
          "with different keys",
          "collect every node with the same --digest-key FILE");
  } else if (topic.by_value.size() > 1) {
    AddDifference(topic, name, compared.different, compared.sentences);
  } else if (topic.unknown != nullptr) {
    const Fact& fact = *topic.unknown->component->Find(name);
    if (!unknown)
      unknown = Unknown(fmt::format("{} of {} cannot be compared: {}", fact.setting,
                                    topic.unknown->Name(), fact.why),
                        fact.how);
  } else if (!topic.by_value.empty()) {
    const std::vector<const Member*>& all = topic.by_value.begin()->second;
    for (size_t i = 0; i < all.size() && i < kMostOfOne; ++i)
      compared.alike.push_back(EvidenceOf(*all[i], *all[i]->component->Find(name)));
  }
}

/// `wanted` is the component, `setting` the topics. Every one of them says the same; of etcd every
/// one of a cluster of it.
Outcome Alike(const Rule& rule, const Cluster& cluster) {
  const ComponentKind kind = *cluster::ComponentFromName(rule.wanted);
  const std::vector<Member> members = cluster.Of(kind);
  EtcdClusters groups;
  if (kind == ComponentKind::kEtcd) {
    groups = EtcdClustersOf(cluster);
  } else if (!members.empty()) {
    groups.all.push_back(members);
  }
  if (!groups.Several()) {
    return UnlessDoubtful(
        groups,
        UnlessHidden(cluster, {kind},
                     NotApplicable(fmt::format("{} {} on the nodes that were given",
                                               members.empty() ? "no" : "only one", rule.wanted))));
  }
  Compared compared;
  for (const std::string& name : SplitWords(rule.setting)) {
    for (const auto& group : groups.all) {
      if (group.size() > 1) CompareSetting(group, name, compared);
    }
  }
  if (!compared.different.empty())
    return Fails(Join(compared.sentences, ". "), std::move(compared.different));
  if (compared.unknown) return std::move(*compared.unknown);
  if (compared.alike.empty()) return NotApplicable("no version here has these settings");
  return UnlessDoubtful(
      groups, UnlessHidden(cluster, {kind},
                           Pass(fmt::format("{} {} say the same", members.size(), rule.wanted),
                                std::move(compared.alike))));
}

constexpr Rule OfApiServers(const char* id, const char* title, const char* row, Severity severity,
                            const char* topics, const char* why, const char* link = kHa) {
  return {
      .id = id,
      .title = title,
      .row = row,
      .severity = severity,
      .target = Target::kCluster,
      .setting = topics,
      .wanted = "kube-apiserver",
      .expected = "the same on every API server",
      .remedy =
          "make all API servers say the same, and none less than the strictest of them: look at "
          "{where} and the other places above",
      .why = why,
      .link = link,
      .check_whole = Alike};
}

constexpr Rule kRules[] = {
    OfApiServers("cluster-apiservers-same-ca", "All API servers trust the same CAs", "2a",
                 Severity::kHigh,
                 "client-ca-file requestheader-client-ca-file requestheader-allowed-names "
                 "requestheader-username-headers requestheader-group-headers "
                 "kubelet-certificate-authority etcd-cafile",
                 "Whoever one API server takes for somebody is taken so by the whole cluster."),
    OfApiServers("cluster-apiservers-same-tls", "All API servers have the same floor for TLS", "2a",
                 Severity::kMedium, "tls-min-version tls-cipher-suites",
                 "A client is answered by any of them: the weakest floor is the cluster's."),
    OfApiServers("cluster-apiservers-same-authorization",
                 "All API servers ask the same authorizers in the same order", "3a",
                 Severity::kHigh, "authorization authorization-config",
                 "What one API server allows is allowed: the others' rules can be gone around."),
    OfApiServers("cluster-apiservers-same-admission",
                 "All API servers run the same admission plugins", "3b", Severity::kHigh,
                 "admission admission-control-config-file",
                 "What one API server admits runs on every node."),
    OfApiServers("cluster-apiservers-same-audit", "All API servers record the same", "3d",
                 Severity::kMedium, "audit-policy-file audit-log-path audit-webhook-config-file",
                 "Whoever wants to go unseen asks the API server that records less."),
    OfApiServers("cluster-apiservers-same-authentication",
                 "All API servers know the same ways to log in", "4", Severity::kHigh,
                 "anonymous token-auth-file authentication-token-webhook-config-file "
                 "authentication-config enable-bootstrap-token-auth oidc-issuer-url oidc-client-id "
                 "oidc-username-claim oidc-username-prefix oidc-groups-claim oidc-groups-prefix",
                 "A way in that one API server leaves open is a way into the cluster."),
    OfApiServers("cluster-apiservers-same-tokens",
                 "All API servers issue and verify service account tokens alike", "4",
                 Severity::kHigh,
                 "service-account-issuer api-audiences service-account-key-file "
                 "service-account-lookup",
                 "A token that one API server refuses and another takes was not taken back."),
    OfApiServers("cluster-apiservers-same-encryption",
                 "All API servers encrypt with the same providers and keys in the same order", "6b",
                 Severity::kCritical, "encryption",
                 "One that writes plainly, or with a key that the others lack, stores Secrets that "
                 "anybody, or nobody, can read.",
                 kEncryption),
    {.id = "cluster-etcd-same-tls",
     .title = "All members of etcd demand the same of clients and peers",
     .row = "5a",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .setting = "client-cert-auth peer-client-cert-auth auto-tls peer-auto-tls tls-min-version "
                "cipher-suites",
     .wanted = "etcd",
     .expected = "the same on every member",
     .remedy = "make all members say the same, and none less than the strictest of them: look at "
               "{where} and the other places above",
     .why = "Every member holds every Secret: the one that demands least decides.",
     .link = kEtcd,
     .check_whole = Alike},
};

}  // namespace

std::span<const Rule> AgreementRules() { return kRules; }

}  // namespace seawall::rules::whole
