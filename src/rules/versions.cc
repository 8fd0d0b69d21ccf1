// What was found at all, and whether its versions are still mended when a hole is found in them.
#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "base/text.h"
#include "cluster/versions/tables.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"
#include "rules/skew.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
namespace versions = cluster::versions;

constexpr const char* kReleases = "https://kubernetes.io/releases/";
constexpr const char* kSkew = "https://kubernetes.io/releases/version-skew-policy/";
constexpr const char* kEtcdVersions = "https://etcd.io/docs/latest/op-guide/versioning/";
constexpr int64_t kDay = 24 * 60 * 60;
/// A table that nobody has looked after for so long says nothing about today.
constexpr int64_t kTableLife = 365 * kDay;

/// The end of the day "2026-10-27" in seconds since the epoch.
std::optional<int64_t> EndOfDay(std::string_view date) {
  int parts[3] = {};
  const auto words = Split(date, '-');
  if (words.size() != 3) return std::nullopt;
  for (size_t i = 0; i < 3; ++i) {
    const auto [end, error] =
        std::from_chars(words[i].data(), words[i].data() + words[i].size(), parts[i]);
    if (error != std::errc() || end != words[i].data() + words[i].size()) return std::nullopt;
  }
  const std::chrono::year_month_day day{std::chrono::year(parts[0]),
                                        std::chrono::month(static_cast<unsigned>(parts[1])),
                                        std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days(day).time_since_epoch().count() * kDay + kDay;
}

/// The oldest version that the table knows of.
std::optional<versions::Minor> Oldest(std::string_view product) {
  std::optional<versions::Minor> oldest;
  for (const versions::EolRow& row : versions::EndOfLifeRows()) {
    if (row.product == product && (!oldest || row.version < *oldest)) oldest = row.version;
  }
  return oldest;
}

Outcome NotInTable(const char* product, const versions::Minor& minor, const std::string& says,
                   Evidence evidence) {
  const auto oldest = Oldest(product);
  if (oldest && minor < *oldest) {
    return Fails(says + fmt::format(", older than every version whose end is in the table ({}.{})",
                                    oldest->major, oldest->minor),
                 {std::move(evidence)});
  }
  return Unknown(says + ", and its end of support is not in the table",
                 "look at the project's list of releases", {std::move(evidence)});
}

/// Where a version was seen: in a file, or told to seawall itself.
Evidence VersionIn(std::string setting, const Component& component) {
  const cluster::Version& version = *component.version;
  Evidence evidence = EvidenceIn(std::move(setting), version.ToString(), version.place);
  if (version.place.file.empty()) {
    evidence.origin = version.source == "--component-version"          ? "flag"
                      : version.source == "the node's status.nodeInfo" ? "api"
                                                                       : "default";
  }
  return evidence;
}

Outcome IsSupported(const Rule& rule, const Context& context) {
  const Component& component = *context.component;
  const char* name = ToString(component.kind);
  if (!component.version) {
    return Unknown(
        "its version is not known",
        fmt::format(
            "say it with --component-version {0}=VERSION ({0} --version on the node tells it)",
            name));
  }
  Evidence evidence = VersionIn("version", component);
  const std::string says = fmt::format("{} is {}", name, component.version->ToString());
  const versions::Minor minor{component.version->major, component.version->minor};
  const versions::EolRow* row = versions::FindEndOfLife(rule.wanted, minor);
  if (row == nullptr) return NotInTable(rule.wanted, minor, says, std::move(evidence));
  const auto end = EndOfDay(row->end_of_life);
  if (end && context.now >= *end) {
    return Fails(fmt::format("{}, and support for {}.{} ended on {}", says, minor.major,
                             minor.minor, row->end_of_life),
                 {std::move(evidence)});
  }
  const auto checked = EndOfDay(versions::kEolTableDate);
  if (!checked || context.now - *checked > kTableLife) {
    return Unknown(fmt::format("{}, and seawall's table of versions is of {}, too old to say", says,
                               versions::kEolTableDate),
                   "use a newer seawall, or look at the project's list of releases",
                   {std::move(evidence)});
  }
  const std::string until = end ? std::string(" until ") + row->end_of_life : "";
  return Pass(fmt::format("{}, which is supported{}", says, until), {std::move(evidence)});
}

void JudgeSkew(const Component& server, const Component& other, Tally& tally) {
  const int behind = server.version->minor - other.version->minor;
  const int majors = server.version->major - other.version->major;
  Evidence evidence = VersionIn(ToString(other.kind), other);
  if (majors < 0 || (majors == 0 && behind < 0)) {
    tally.Bad(std::move(evidence),
              fmt::format("{} {} is newer than kube-apiserver {}", ToString(other.kind),
                          other.version->ToString(), server.version->ToString()));
  } else if (majors > 0 || behind > MostBehind(other.kind, *other.version)) {
    tally.Bad(
        std::move(evidence),
        fmt::format("{} {} is {} minor versions behind kube-apiserver {}", ToString(other.kind),
                    other.version->ToString(), behind, server.version->ToString()));
  } else {
    tally.Good(std::move(evidence));
  }
}

/// A kube-proxy and the kubelet beside it.
void JudgeBeside(const Component& proxy, const Component& kubelet, Tally& tally) {
  const int apart = std::abs(proxy.version->minor - kubelet.version->minor);
  Evidence evidence = VersionIn(ToString(proxy.kind), proxy);
  if (proxy.version->major == kubelet.version->major && apart <= MostApart(*proxy.version))
    return tally.Good(std::move(evidence));
  tally.Bad(std::move(evidence),
            fmt::format("kube-proxy {} and kubelet {} are {} minor versions apart",
                        proxy.version->ToString(), kubelet.version->ToString(), apart));
}

/// `judge(one, other)` for each pair of which both versions are known.
template <typename Judge>
void EachPair(const Component& one, const Component& other, Tally& tally, const Judge& judge) {
  if (one.version && other.version) return judge(one, other, tally);
  const Component& unknown = one.version ? other : one;
  tally.Unknown(fmt::format("the version of {} is not known", ToString(unknown.kind)),
                fmt::format("say it with --component-version {}=VERSION", ToString(unknown.kind)));
}

Outcome VersionsFit(const Rule&, const Context& context) {
  Tally tally;
  for (const Component* server : context.node.Of(ComponentKind::kApiServer)) {
    for (const Component& other : context.node.components) {
      if (other.kind == ComponentKind::kApiServer || other.kind == ComponentKind::kEtcd) continue;
      EachPair(*server, other, tally, JudgeSkew);
    }
  }
  for (const Component* proxy : context.node.Of(ComponentKind::kProxy)) {
    for (const Component* kubelet : context.node.Of(ComponentKind::kKubelet))
      EachPair(*proxy, *kubelet, tally, JudgeBeside);
  }
  return std::move(tally).Done("no two components on this node whose versions have to fit");
}

Outcome SomethingIsThere(const Rule&, const Context& context) {
  if (context.node.components.empty()) {
    return Unknown("no component of Kubernetes and no etcd was found",
                   context.node.is_machine
                       ? "name the node's root folder with --root, and run seawall as root"
                       : "name files that describe a cluster or a component");
  }
  std::vector<std::string> names;
  for (const Component& component : context.node.components)
    names.emplace_back(ToString(component.kind));
  return Pass("found: " + Join(names, ", "));
}

Outcome EverythingWasRead(const Rule&, const Context& context) {
  Tally tally;
  for (const cluster::BlindSpot& spot : context.node.blind_spots)
    tally.Unknown(spot.error.ToString(), spot.error.todo);
  if (tally.empty()) return Pass("every place that may start a component was read");
  return std::move(tally).Done("");
}

constexpr Rule Supported(const char* id, const char* title, Target target, const char* product) {
  const bool etcd = target == Target::kEtcd;
  return {.id = id,
          .title = title,
          .row = "1",
          .severity = Severity::kHigh,
          .target = target,
          .check = IsSupported,
          .setting = "version",
          .wanted = product,
          .expected = "a version whose support has not ended",
          .remedy = "move to a supported version, one minor version after the other",
          .why = "Holes that are found in it are published and not mended.",
          .link = etcd ? kEtcdVersions : kReleases};
}

constexpr Rule kRules[] = {
    {.id = "node-has-components",
     .title = "There is something on this node that can be judged",
     .row = "1",
     .severity = Severity::kMedium,
     .target = Target::kNode,
     .check = SomethingIsThere,
     .expected = "at least one component of Kubernetes, or etcd",
     .remedy = "name the node's root folder with --root, or configuration with -f",
     .why = "An audit that found nothing has not shown that anything is safe.",
     .link = "https://kubernetes.io/docs/concepts/overview/components/"},
    {.id = "node-fully-read",
     .title = "Every place that may start a component could be read",
     .row = "1",
     .severity = Severity::kMedium,
     .target = Target::kNode,
     .check = EverythingWasRead,
     .expected = "no place that could not be read",
     .remedy = "run seawall as root, on the node itself",
     .why = "What could not be read may start a component that nobody has judged.",
     .link = "https://kubernetes.io/docs/concepts/overview/components/"},
    {.id = "versions-fit",
     .title = "The versions on this node work together",
     .row = "1",
     .severity = Severity::kLow,
     .target = Target::kNode,
     .check = VersionsFit,
     .expected = "none newer than kube-apiserver; kubelet and kube-proxy at most three behind and "
                 "three apart, the others one behind",
     .remedy = "upgrade kube-apiserver first, then the rest",
     .why = "Versions that were never tested together fail in ways that nobody knows.",
     .link = kSkew},
    Supported("apiserver-version-supported", "kube-apiserver's version is supported",
              Target::kApiServer, "kubernetes"),
    Supported("controller-manager-version-supported",
              "kube-controller-manager's version is supported", Target::kControllerManager,
              "kubernetes"),
    Supported("scheduler-version-supported", "kube-scheduler's version is supported",
              Target::kScheduler, "kubernetes"),
    Supported("kubelet-version-supported", "The kubelet's version is supported", Target::kKubelet,
              "kubernetes"),
    Supported("proxy-version-supported", "kube-proxy's version is supported", Target::kProxy,
              "kubernetes"),
    Supported("etcd-version-supported", "etcd's version is supported", Target::kEtcd, "etcd"),
};

}  // namespace

std::span<const Rule> VersionRules() { return kRules; }

}  // namespace seawall::rules
