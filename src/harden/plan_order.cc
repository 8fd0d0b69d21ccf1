#include "harden/plan_order.h"

#include <fmt/format.h>

#include <algorithm>

#include "harden/edit_flags.h"
#include "harden/overlay.h"
#include "harden/unified_diff.h"

namespace seawall::harden {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::Node;
using cluster::RunBy;

constexpr ComponentKind kOrder[] = {
    ComponentKind::kEtcd,      ComponentKind::kApiServer, ComponentKind::kControllerManager,
    ComponentKind::kScheduler, ComponentKind::kKubelet,   ComponentKind::kProxy};

std::string UnitOf(const Component& component) {
  return component.instance.substr(0, component.instance.find(' '));
}

std::string RestartOf(const Component& component) {
  switch (component.run_by) {
    case RunBy::kStaticPod:
      return "the kubelet starts it anew when its manifest changes; when only a file that it reads "
             "changes: move the manifest out of its folder and back";
    case RunBy::kSystemd:
      return fmt::format("systemctl daemon-reload && systemctl restart {}", UnitOf(component));
    default:
      return "restart it as it was started";
  }
}

/// What starts the component, where it really lies: its folder may be a link.
std::string StartOf(const Node& node, const Component* component) {
  if (component == nullptr) return "";
  auto real = RealPath(*node.files, component->where.file);
  if (real) return std::move(*real);
  return component->where.file;
}

/// A manifest that kubeadm wrote. Only those of the API server and etcd are marked; the others lie
/// beside them.
bool IsKubeadms(const Node& node, const Component& component) {
  if (component.run_by != RunBy::kStaticPod) return false;
  const std::string folder = component.where.file.substr(0, component.where.file.rfind('/') + 1);
  if (component.where.file != fmt::format("{}{}.yaml", folder, cluster::ToString(component.kind)))
    return component.owner_hint == "kubeadm";
  return std::ranges::any_of(node.components, [&](const Component& other) {
    return other.owner_hint == "kubeadm" && other.where.file.starts_with(folder);
  });
}

/// What writes the file anew one day, and where the change belongs to outlive that.
std::string UndoneBy(const Node& node, const std::string& path, const Component* component,
                     const PlannedChange& planned) {
  const bool content = !planned.change.edits.empty() || !planned.change.before.exists;
  if (path.starts_with("/usr/lib/") || path.starts_with("/lib/"))
    return "an update of the package that it belongs to";
  const bool kubeadm = node.Stat("/etc/kubernetes/admin.conf").has_value() ||
                       (component != nullptr && component->owner_hint == "kubeadm");
  if (!kubeadm || !content || component == nullptr) return "";
  if (path == StartOf(node, component) && IsKubeadms(node, *component))
    return "kubeadm upgrade, which writes the manifest anew from the ConfigMap kubeadm-config: put "
           "it there too (-o kubeadm-patch)";
  if (path == "/var/lib/kubelet/config.yaml")
    return "kubeadm upgrade, which writes the file anew from the ConfigMap kubelet-config: put it "
           "there too (-o kubeadm-patch)";
  if (path == "/var/lib/kubelet/kubeadm-flags.env")
    return "kubeadm upgrade, which writes the file anew: nodeRegistration.kubeletExtraArgs";
  return "";
}

/// Folders first, then new files, then edits; what starts the component last.
int OrderIn(const PlannedChange& planned, const std::string& start) {
  if (planned.change.folder) return planned.change.before.exists ? 2 : 0;
  if (planned.change.path == start) return 4;
  return planned.change.before.exists ? 3 : 1;
}

/// Whether words of its command line, or etcd's own variables, stand where the change edits. Who
/// shares a manifest is started anew with it.
bool HasWordsIn(const Component& component, const FileChange& change) {
  if (component.run_by == RunBy::kStaticPod) return false;
  const auto edited = [&](const auto& word) {
    const Place& place = word.place;
    return place.file == change.path && std::ranges::any_of(change.edits, [&](const Edit& edit) {
             return edit.offset <= place.bytes.end &&
                    edit.offset + edit.length >= place.bytes.begin;
           });
  };
  return std::ranges::any_of(component.command.arguments, edited) ||
         (component.kind == ComponentKind::kEtcd &&
          std::ranges::any_of(component.command.environment, edited));
}

bool OnlyStat(const FileChange& change) { return change.before.exists && change.edits.empty(); }

template <typename T>
void AddOnce(std::vector<T>& list, const T& item) {
  if (std::ranges::find(list, item) == list.end()) list.push_back(item);
}

class Arranger {
 public:
  Arranger(const Node& node, const WorkingTree& tree, const std::vector<FixDone>& done)
      : node_(node), tree_(tree), done_(done), changes_(tree.Changes()) {}

  void Fill(Plan& plan) {
    AddStep(nullptr, plan);
    for (const ComponentKind kind : kOrder) {
      for (const Component& component : node_.components) {
        if (component.kind == kind) AddStep(&component, plan);
      }
    }
    // Nothing is left, but nothing may be lost either.
    AddRest(plan);
    for (size_t i = 0; i < plan.steps.size(); ++i) AddReaders(plan, i);
  }

 private:
  /// Who else has its command line out of a file of the step, and is not restarted after it.
  void AddReaders(Plan& plan, size_t number) const {
    for (PlannedChange& planned : plan.steps[number].changes) {
      if (OnlyStat(planned.change)) continue;
      for (const Component& reader : node_.components) {
        const bool restarts =
            std::any_of(plan.steps.begin() + static_cast<ptrdiff_t>(number), plan.steps.end(),
                        [&](const Step& step) {
                          return step.component == cluster::ToString(reader.kind) &&
                                 step.instance == reader.instance && !step.restart.empty();
                        });
        if (!restarts && HasWordsIn(reader, planned.change))
          AddOnce(
              planned.notes,
              fmt::format("{} ({}) {}, and runs with it from its next start on: restart it, too",
                          cluster::ToString(reader.kind), reader.instance, kReadsItToo));
      }
    }
  }

  bool Belongs(const FixDone& fix, const FileChange& change, const Component* component) const {
    if (!fix.paths.contains(change.path)) return false;
    if (component == nullptr) return true;
    return fix.name.instance == component->instance &&
           fix.name.component == cluster::ToString(component->kind);
  }

  PlannedChange Describe(const FileChange& change, const Component* component) const {
    PlannedChange planned;
    planned.change = change;
    for (const FixDone& fix : done_) {
      if (!fix.paths.contains(change.path)) continue;
      if (fix.draft.later.empty()) AddOnce(planned.cures, fix.name);
      planned.risk = std::max(planned.risk, fix.fix->risk);
      const bool nobody_yet =
          fix.draft.cuts_off_nobody || (fix.draft.peers && !fix.draft.peers->ends_plain());
      if (*fix.fix->cuts_off != '\0' && !nobody_yet)
        AddOnce(planned.cuts_off, std::string(fix.fix->cuts_off));
      planned.clients_unknown = planned.clients_unknown || fix.fix->clients_unknown;
      for (const std::string& note : fix.draft.notes) AddOnce(planned.notes, note);
    }
    planned.undone_by = UndoneBy(node_, change.path, component, planned);
    planned.diff = UnifiedDiff(change, tree_.Before(change.path));
    planned.lines = LineMarks(tree_.Before(change.path));
    return planned;
  }

  void AddStep(const Component* component, Plan& plan) {
    Step step;
    bool restarts = false;
    for (const FileChange& change : changes_) {
      if (taken_.contains(change.path)) continue;
      if (component == nullptr && !OnlyStat(change)) continue;
      const bool ours = std::ranges::any_of(
          done_, [&](const FixDone& fix) { return Belongs(fix, change, component); });
      if (!ours) continue;
      taken_.insert(change.path);
      restarts = restarts || !OnlyStat(change);
      step.changes.push_back(Describe(change, component));
    }
    if (step.changes.empty()) return;
    if (component != nullptr) {
      step.component = cluster::ToString(component->kind);
      step.instance = component->instance;
      if (restarts) step.restart = RestartOf(*component);
      for (const FixDone& fix : done_) {
        if (!step.peers && fix.name.instance == step.instance &&
            fix.name.component == step.component)
          step.peers = fix.draft.peers;
      }
    }
    Sort(step, component);
    plan.steps.push_back(std::move(step));
  }

  void AddRest(Plan& plan) {
    Step step;
    for (const FileChange& change : changes_) {
      if (!taken_.contains(change.path)) step.changes.push_back(Describe(change, nullptr));
    }
    Sort(step, nullptr);
    if (!step.changes.empty()) plan.steps.push_back(std::move(step));
  }

  void Sort(Step& step, const Component* component) const {
    const std::string start = StartOf(node_, component);
    std::ranges::stable_sort(step.changes, [&](const PlannedChange& a, const PlannedChange& b) {
      const int left = OrderIn(a, start);
      const int right = OrderIn(b, start);
      return left != right ? left < right : a.change.path < b.change.path;
    });
  }

  const Node& node_;
  const WorkingTree& tree_;
  const std::vector<FixDone>& done_;
  const std::vector<FileChange> changes_;
  std::set<std::string> taken_;
};

}  // namespace

void Arrange(const Node& node, const WorkingTree& tree, std::vector<FixDone>& done, Plan& plan) {
  Arranger(node, tree, done).Fill(plan);
  for (FixDone& fix : done) {
    std::ranges::move(fix.draft.wishes, std::back_inserter(plan.wishes));
    std::ranges::move(fix.draft.mounts, std::back_inserter(plan.mounts));
  }
}

}  // namespace seawall::harden
