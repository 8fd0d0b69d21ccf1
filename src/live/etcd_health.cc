#include "live/etcd_health.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "live/etcd_doors.h"

namespace seawall::live {
namespace {

using cluster::Node;

std::string NameOf(const etcd::Member& member) {
  return member.name.empty() ? fmt::format("member {:x}", member.id) : "member " + member.name;
}

/// What is wrong with the member; "" when nothing is.
std::string Illness(const Node& node, const etcd::Member& member, uint64_t leader) {
  if (member.name.empty()) return "it was added and has never started";
  std::string why = "it tells no address for clients";
  for (const std::string& url : member.client_urls) {
    auto opened = OpenMember(node, url);
    if (!opened) {
      why = opened.error().ToString();
      continue;
    }
    if (opened->status.member_id != member.id) {
      why = url + ": another member answers";
      continue;
    }
    if (!opened->status.errors.empty()) return Join(opened->status.errors, ", ");
    if (opened->status.leader == 0) return "it knows no leader";
    return opened->status.leader == leader ? "" : "it follows another leader";
  }
  return why;
}

}  // namespace

Result<EtcdHealth> AskEtcdHealth(const Node& node) {
  auto opened = OpenEtcd(node);
  if (!opened) return std::unexpected(opened.error());
  auto members = opened->client->Members();
  if (!members) return std::unexpected(members.error());
  EtcdHealth health;
  for (const etcd::Member& member : *members) {
    if (!member.learner) ++health.voters;
    const std::string wrong = Illness(node, member, opened->status.leader);
    if (!wrong.empty()) health.ill.push_back(NameOf(member) + ": " + wrong);
  }
  return health;
}

std::string IllnessOfEtcd(const Node& node) {
  if (DoorsToEtcd(node).doors.empty()) return "";
  auto health = AskEtcdHealth(node);
  return health ? Join(health->ill, "; ") : health.error().why;
}

Result<void> QuorumWithoutUs(const Node& node) {
  const auto refuse = [](std::string why) {
    return Fail(ErrorCode::kUsage, "restart this node's etcd", "", std::move(why),
                "let every member be well first: without this one the others have to be a quorum");
  };
  auto health = AskEtcdHealth(node);
  if (!health) {
    // The first member's flags name no other, however many have joined since: only etcd knows.
    const auto beside = [](const cluster::Component* etcd) {
      return etcd->Get("initial-cluster").text.contains(',');
    };
    if (!DoorsToEtcd(node).doors.empty() ||
        std::ranges::any_of(node.Of(cluster::ComponentKind::kEtcd), beside))
      return refuse("its members cannot be asked: " + health.error().why);
    return {};
  }
  if (health->voters > 1 && !health->ill.empty()) return refuse(Join(health->ill, "; "));
  if (health->voters == 2)
    return refuse("there are two members, and neither is a quorum without the other");
  return {};
}

}  // namespace seawall::live
