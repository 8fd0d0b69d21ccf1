#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "harden/unified_diff.h"
#include "live/object_parts.h"

namespace seawall::live {

using harden::Applied;
using harden::Journal;
using harden::RootWriter;
using harden::Stage;
using harden::Standing;

namespace {

std::string ThreeVersions(const ObjectChange& change, const std::string& now) {
  const auto before = SameText(change.before).value_or("");
  const auto ours = SameText(change.after).value_or("");
  const auto is = SameText(now).value_or("");
  return fmt::format("{}:\n  from before to ours:\n{}  from ours to now:\n{}", change.name,
                     harden::DiffOfTexts(before, ours), harden::DiffOfTexts(ours, is));
}

}  // namespace

std::unexpected<Error> ChangedMeanwhile(const ObjectChange& change) {
  return Fail(ErrorCode::kMalformed, "change the object", change.name,
              "somebody else changed it meanwhile", "nothing of theirs was overwritten");
}

std::vector<bool> MayBeOurs(const Journal& journal) {
  std::vector<bool> ours;
  for (const harden::JournalObject& object : journal.objects) {
    const bool before = std::ranges::all_of(ours, [](bool one) { return one; });
    ours.push_back(object.made || before);
    if (before && !object.made) break;
  }
  ours.resize(journal.objects.size());
  return ours;
}

Result<void> CheckCluster(Objects& objects, const ObjectPlan& plan, const api::ApiClient& client) {
  const std::string cluster = objects.Cluster();
  const bool same = plan.cluster.empty() || cluster.empty() ? client.where() == plan.server
                                                            : cluster == plan.cluster;
  if (same) return {};
  return Fail(ErrorCode::kUsage, "use the journal", client.where(),
              "this is not the cluster that was changed: that was behind " + Printable(plan.server),
              "name its kubeconfig with --kubeconfig");
}

Result<ObjectPlan> PlanOfJournal(const RootWriter& writer, const Journal& journal) {
  auto text = StoredPlanOf(writer, journal);
  if (!text) return std::unexpected(text.error());
  if (!*text)
    return Fail(ErrorCode::kMalformed, "read the journal", journal.id,
                "its plan.json is not what was stored", "seawall harden fsck says what is wrong");
  auto plan = ReadObjectPlan(journal.Folder() + "/plan.json", **text);
  if (plan && plan->changes.size() != journal.objects.size())
    return Fail(ErrorCode::kMalformed, "read the journal", journal.id,
                "journal.json and plan.json are not of one apply");
  return plan;
}

Result<void> CheckBack(Objects& objects, const ObjectPlan& plan, const Journal& journal,
                       bool untouched, Applied& applied) {
  std::string foreign;
  const std::vector<bool> ours = MayBeOurs(journal);
  for (size_t i = plan.changes.size(); i > 0; --i) {
    const ObjectChange& change = plan.changes[i - 1];
    auto stand = objects.StandOf(change);
    if (!stand) return std::unexpected(stand.error());
    if (stand->standing == Standing::kForeign && ours[i - 1])
      foreign += ThreeVersions(change, stand->now);
    if (stand->standing != Standing::kAfter) continue;
    applied.changed.push_back(change.name);
    auto dry = objects.Put(change, stand->now, change.before, Dry::kYes);
    if (!dry) return std::unexpected(dry.error());
  }
  if (foreign.empty() || untouched) return {};
  return Fail(ErrorCode::kMalformed, "roll back", plan.server,
              "somebody has edited since:\n" + foreign,
              "take back what is untouched with --untouched, and edit the rest by hand");
}

Result<void> CheckObjects(api::ApiClient& client, ObjectPlan& plan) {
  Objects objects(client);
  plan.cluster = objects.Cluster();
  plan.server = client.where();
  for (const ObjectChange& change : plan.changes) {
    auto stand = objects.StandOf(change);
    if (!stand) return std::unexpected(stand.error());
    if (stand->standing != Standing::kBefore) return ChangedMeanwhile(change);
    auto dry = objects.Put(change, stand->now, change.after, Dry::kYes);
    // A binding of a role that is made just before: of that the server has not heard yet.
    const bool early = !dry && dry.error().code == ErrorCode::kNotFound && change.before.empty();
    if (!dry && !early) return std::unexpected(dry.error());
    if (dry && SameText(*dry).value_or("") != SameText(change.after).value_or(""))
      return Fail(ErrorCode::kUnsupported, "change the object", change.name,
                  "the API server would store something else than what is written",
                  "an admission webhook changes it: change it by hand");
    if (!change.before.empty()) {
      if (auto can = objects.TryToMakeAgain(change); !can) return can;
      continue;
    }
    auto may = objects.MayWeDelete(change);
    if (!may) return std::unexpected(may.error());
    if (!*may)
      return Fail(ErrorCode::kPermission, "prove that it could be taken back", change.name,
                  "these credentials may create it and not delete it");
  }
  std::vector<AccessQuestion> asked;
  for (AccessQuestion& question : plan.questions) {
    auto is = objects.Ask(question);
    if (!is) return std::unexpected(is.error());
    // What is not allowed now is no loss, and what goes has to be there.
    if (*is) asked.push_back(std::move(question));
  }
  plan.questions = std::move(asked);
  return {};
}

Result<std::optional<ObjectPlan>> InterruptedObjects(const std::string& root) {
  auto writer = RootWriter::Open(root);
  if (!writer) return std::unexpected(writer.error());
  auto open = harden::Unfinished(*writer);
  if (!open) return std::unexpected(open.error());
  if (!*open) return std::nullopt;
  if ((*open)->objects.empty() || (*open)->stage != Stage::kBegun)
    return harden::FinishFirst(**open);
  auto plan = PlanOfJournal(*writer, **open);
  if (!plan) return std::unexpected(plan.error());
  return std::optional(std::move(*plan));
}

Result<std::optional<ObjectPlan>> ObjectsOfJournal(const std::string& root, const std::string& id) {
  auto writer = RootWriter::Open(root);
  if (!writer) return std::unexpected(writer.error());
  auto journal = harden::ChooseJournal(*writer, id);
  // What is wrong with it is told by whoever takes files back.
  if (!journal || journal->objects.empty()) return std::nullopt;
  auto plan = PlanOfJournal(*writer, *journal);
  if (!plan) return std::unexpected(plan.error());
  return std::optional(std::move(*plan));
}

}  // namespace seawall::live
