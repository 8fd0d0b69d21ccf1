// Which journal of a root is meant: the next one, the one that is open, the last one.
#include <fmt/format.h>

#include "harden/journals.h"

namespace seawall::harden {
namespace {

/// Several journals of one second are named by the next ones; more are a clock that was wrong.
constexpr int64_t kMostSeconds = 3600;

}  // namespace

Result<Journal> NextJournal(const RootWriter& writer, Journal journal) {
  auto ids = JournalIds(writer);
  if (!ids) return std::unexpected(ids.error());
  const size_t moment = journal.id.find('-');
  for (int64_t later = journal.made; !ids->empty(); ++later) {
    if (ids->back().substr(0, moment) < journal.id.substr(0, moment)) break;
    if (later - journal.made > kMostSeconds)
      return Fail(ErrorCode::kUsage, "apply the plan", ids->back(),
                  "this journal is of the future, and its order would be lost",
                  "set the clock right");
    journal.id = EmptyJournal(journal.plan_digest, later + 1).id;
  }
  return journal;
}

Result<std::optional<Journal>> Unfinished(const RootWriter& writer) {
  auto journals = LoadJournals(writer);
  if (!journals) return std::unexpected(journals.error());
  if (auto known = journals->RefuseUnended("apply the plan"); !known)
    return std::unexpected(known.error());
  for (Journal& journal : journals->whole) {
    if (IsOpen(journal) || journal.stage == Stage::kWaiting)
      return std::optional(std::move(journal));
  }
  return std::nullopt;
}

std::unexpected<Error> FinishFirst(const Journal& journal) {
  if (journal.stage == Stage::kWaiting)
    return Fail(ErrorCode::kUsage, "apply the plan", journal.id,
                "an earlier apply still waits for its confirmation",
                "seawall harden confirm, or seawall harden rollback");
  return Fail(ErrorCode::kUsage, "apply the plan", journal.id,
              fmt::format("an earlier apply of another plan did not come to its end ({})",
                          ToString(journal.stage)),
              fmt::format("{}, or take it back: seawall harden rollback {}",
                          journal.objects.empty() ? "finish it with its own plan"
                                                  : "finish it with seawall rbac review --apply",
                          journal.id));
}

Result<Journal> ChooseJournal(const RootWriter& writer, const std::string& id) {
  if (!id.empty()) return LoadJournal(writer, id);
  auto journals = LoadJournals(writer);
  if (!journals) return std::unexpected(journals.error());
  auto& whole = journals->whole;
  while (!whole.empty() && whole.back().stage == Stage::kRolledBack) whole.pop_back();
  for (const UnreadableJournal& broken : journals->unreadable) {
    if (!whole.empty() && broken.id < whole.back().id) continue;
    Error error = broken.error;
    error.todo = fmt::format("it is the last one: {}", error.todo);
    if (!whole.empty())
      error.todo +=
          fmt::format("; or name the one before it: seawall harden rollback {}", whole.back().id);
    return std::unexpected(std::move(error));
  }
  if (!whole.empty()) return std::move(whole.back());
  return Fail(ErrorCode::kNotFound, "roll back", kJournalFolder, "there is nothing to take back",
              "");
}

}  // namespace seawall::harden
