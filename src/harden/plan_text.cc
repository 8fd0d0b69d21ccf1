// A plan's file: written by PlanText, read by ReadPlan. docs/formats/plan.md describes it.
#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"
#include "harden/change_json.h"
#include "harden/plan.h"
#include "x509/openssl.h"

namespace seawall::harden {
namespace {

constexpr const char* kVersion = "1.0";
/// Who knows files only must not take it for one that changes nothing else.
constexpr const char* kPeersVersion = "2.0";

void WriteName(const FindingName& name, JsonOut& out) {
  out.Field("rule", name.rule);
  out.Field("component", name.component);
  out.Field("instance", name.instance);
}

FindingName ReadName(yaml::Value object) {
  return {object["rule"].text(), object["component"].text(), object["instance"].text()};
}

void WriteVerdicts(const char* key, const Verdicts& verdicts, JsonOut& out) {
  out.Key(key).OpenObject();
  out.Field("pass", uint64_t{verdicts.pass});
  out.Field("fail", uint64_t{verdicts.fail});
  out.Field("unknown", uint64_t{verdicts.unknown});
  out.CloseObject();
}

Verdicts ReadVerdicts(yaml::Value object) {
  const auto number = [&](const char* key) {
    return static_cast<size_t>(std::max<int64_t>(0, object[key].AsInt().value_or(0)));
  };
  return {number("pass"), number("fail"), number("unknown")};
}

void WritePlanned(const PlannedChange& planned, JsonOut& out) {
  out.OpenObject();
  WriteChange(planned.change, out);
  out.Key("cures").OpenArray();
  for (const FindingName& name : planned.cures) {
    out.OpenObject();
    WriteName(name, out);
    out.CloseObject();
  }
  out.CloseArray();
  out.Field("risk", ToString(planned.risk));
  out.Field("cutsOff", planned.cuts_off);
  out.Field("clientsUnknown", planned.clients_unknown);
  out.Field("notes", planned.notes);
  if (!planned.undone_by.empty()) out.Field("undoneBy", planned.undone_by);
  if (!planned.lines.empty()) out.Field("lines", Hex(planned.lines));
  out.CloseObject();
}

std::vector<std::string> Texts(yaml::Value list) {
  std::vector<std::string> texts;
  for (const yaml::Value item : list.Items()) texts.push_back(item.text());
  return texts;
}

std::string Unhex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  }
  return bytes;
}

Risk RiskOf(std::string_view text) {
  for (const Risk risk : {Risk::kNone, Risk::kRestart, Risk::kClients, Risk::kOneWay}) {
    if (text == ToString(risk)) return risk;
  }
  return Risk::kOneWay;
}

Result<PlannedChange> ReadPlanned(yaml::Value object) {
  auto change = ReadChange(object);
  if (!change) return std::unexpected(change.error());
  PlannedChange planned;
  planned.change = std::move(*change);
  for (const yaml::Value name : object["cures"].Items()) planned.cures.push_back(ReadName(name));
  planned.risk = RiskOf(object["risk"].text());
  planned.cuts_off = Texts(object["cutsOff"]);
  planned.clients_unknown = object["clientsUnknown"].AsBool().value_or(true);
  planned.notes = Texts(object["notes"]);
  planned.undone_by = object["undoneBy"].text();
  planned.lines = Unhex(object["lines"].text());
  return planned;
}

void WriteWishes(const std::vector<Wish>& wishes, JsonOut& out) {
  out.Key("settings").OpenArray();
  for (const Wish& wish : wishes) {
    out.OpenObject();
    out.Field("component", cluster::ToString(wish.kind));
    out.Field("instance", wish.instance);
    out.Field("setting", wish.setting);
    if (wish.wanted) {
      out.Field("values", wish.wanted->items);
      out.Field("list", wish.wanted->list);
      out.Field("literal", wish.wanted->literal);
    } else {
      out.Key("values").Null();
    }
    out.CloseObject();
  }
  out.CloseArray();
}

std::vector<Wish> ReadWishes(yaml::Value list) {
  std::vector<Wish> wishes;
  for (const yaml::Value item : list.Items()) {
    const auto kind = cluster::ComponentFromName(item["component"].text());
    if (!kind) continue;
    Wish wish{*kind, item["instance"].text(), item["setting"].text(), std::nullopt};
    if (item["values"].is_sequence())
      wish.wanted = Wanted{Texts(item["values"]), item["list"].AsBool().value_or(false),
                           item["literal"].AsBool().value_or(false)};
    wishes.push_back(std::move(wish));
  }
  return wishes;
}

void WriteHandedOver(const HandedOver& handed, JsonOut& out) {
  out.OpenObject();
  out.Field("owner", handed.owner);
  WriteName(handed.finding, out);
  out.Field("why", handed.why);
  WriteWishes(handed.wishes, out);
  out.Key("changes").OpenArray();
  for (const FileChange& change : handed.changes) {
    out.OpenObject();
    WriteChange(change, out);
    out.CloseObject();
  }
  out.CloseArray();
  out.CloseObject();
}

void WriteStep(const Step& step, JsonOut& out) {
  out.OpenObject();
  out.Field("component", step.component);
  out.Field("instance", step.instance);
  out.Field("restart", step.restart);
  out.Key("changes").OpenArray();
  for (const PlannedChange& planned : step.changes) WritePlanned(planned, out);
  out.CloseArray();
  if (step.peers) WritePeerUrls(*step.peers, out);
  out.CloseObject();
}

void WriteNotDone(const NotDone& not_done, JsonOut& out) {
  out.OpenObject();
  WriteName(not_done.finding, out);
  out.Field("severity", not_done.severity);
  out.Field("why", not_done.why);
  out.Field("todo", not_done.todo);
  out.CloseObject();
}

std::unexpected<Error> NoPlan(const std::string& name, std::string why) {
  return Fail(ErrorCode::kMalformed, "read the plan", name, std::move(why),
              "name what `seawall harden plan --out` wrote, whole and unchanged");
}

}  // namespace

bool Plan::HasNextStage() const {
  return std::ranges::any_of(not_done, [](const NotDone& one) { return one.todo == kNextStage; });
}

std::vector<std::string> Plan::Waits() const {
  std::vector<std::string> waits;
  for (const NotDone& one : not_done) {
    if (one.todo == kOthersFirst && std::ranges::find(waits, one.why) == waits.end())
      waits.push_back(one.why);
  }
  return waits;
}

bool Plan::TellsPeers() const {
  return std::ranges::any_of(steps, [](const Step& step) { return step.peers.has_value(); });
}

size_t Plan::Changes() const {
  size_t count = 0;
  for (const Step& step : steps) count += step.changes.size();
  return count;
}

std::string LineMarks(std::string_view text) {
  std::string marks;
  for (size_t at = 0; at < text.size();) {
    const size_t feed = text.find('\n', at);
    const size_t end = feed == std::string_view::npos ? text.size() : feed + 1;
    const auto digest = Sha256(text.substr(at, end - at));
    marks += static_cast<char>(digest[0]);
    marks += static_cast<char>(digest[1]);
    at = end;
  }
  return marks;
}

std::string PlanText(const Plan& plan) {
  JsonOut out;
  out.OpenObject();
  out.Field("schemaVersion", plan.TellsPeers() ? kPeersVersion : kVersion);
  out.Field("kind", "seawall-plan");
  out.Field("root", plan.root);
  out.Field("node", plan.node);
  out.Field("profile", plan.profile);
  out.Field("made", TimeText(plan.made));
  WriteVerdicts("before", plan.before, out);
  WriteVerdicts("after", plan.after, out);
  if (!plan.also_cured.empty()) {
    out.Key("alsoCured").OpenArray();
    for (const FindingName& name : plan.also_cured) {
      out.OpenObject();
      WriteName(name, out);
      out.CloseObject();
    }
    out.CloseArray();
  }
  out.Key("steps").OpenArray();
  for (const Step& step : plan.steps) WriteStep(step, out);
  out.CloseArray();
  out.Key("notDone").OpenArray();
  for (const NotDone& not_done : plan.not_done) WriteNotDone(not_done, out);
  out.CloseArray();
  out.Key("handedOver").OpenArray();
  for (const HandedOver& handed : plan.handed_over) WriteHandedOver(handed, out);
  out.CloseArray();
  WriteWishes(plan.wishes, out);
  out.Key("mounts").OpenArray();
  for (const MountWish& mount : plan.mounts) {
    out.OpenObject();
    out.Field("instance", mount.instance);
    out.Field("name", mount.name);
    out.Field("path", mount.path);
    out.Field("readOnly", mount.read_only);
    out.CloseObject();
  }
  out.CloseArray();
  out.Field("notChecked", plan.not_checked);
  out.CloseObject();
  return out.Take();
}

Result<Plan> ReadPlan(const std::string& name, const std::string& text) {
  if (!yaml::IsJson(text)) return NoPlan(name, "it is no JSON");
  auto stream = yaml::Parse(name, text);
  if (!stream) return std::unexpected(stream.error());
  const yaml::Value root = stream->root(0);
  if (root["kind"].text() != "seawall-plan") return NoPlan(name, "this is no plan");
  const std::string& version = root["schemaVersion"].text();
  if (!version.starts_with("1.") && !version.starts_with("2."))
    return Fail(
        ErrorCode::kUnsupported, "read the plan", name,
        "it is of version " + PrintableShort(version, 20) + ", and this seawall knows 1 and 2",
        "make the plan anew");
  Plan plan;
  plan.root = root["root"].text();
  plan.node = root["node"].text();
  plan.profile = root["profile"].text();
  plan.made = SecondsOf(root["made"].text());
  plan.before = ReadVerdicts(root["before"]);
  plan.after = ReadVerdicts(root["after"]);
  if (!root["steps"].is_sequence()) return NoPlan(name, "it has no steps");
  for (const yaml::Value item : root["steps"].Items()) {
    if (!item["changes"].is_sequence()) return NoPlan(name, "a step has no changes");
    Step step;
    step.component = item["component"].text();
    step.instance = item["instance"].text();
    step.restart = item["restart"].text();
    for (const yaml::Value change : item["changes"].Items()) {
      auto planned = ReadPlanned(change);
      if (!planned) return std::unexpected(planned.error());
      step.changes.push_back(std::move(*planned));
    }
    if (const yaml::Value told = item["peerURLs"]; told.exists()) {
      auto peers = ReadPeerUrls(told);
      if (!peers) return std::unexpected(peers.error());
      step.peers = std::move(*peers);
    }
    plan.steps.push_back(std::move(step));
  }
  for (const yaml::Value item : root["notDone"].Items()) {
    plan.not_done.push_back(
        {ReadName(item), item["severity"].text(), item["why"].text(), item["todo"].text()});
  }
  plan.wishes = ReadWishes(root["settings"]);
  plan.not_checked = Texts(root["notChecked"]);
  if (!plan.root.starts_with('/')) return NoPlan(name, "it names no root");
  return plan;
}

std::string PlanDigest(std::string_view text) { return x509::Sha256(text); }

}  // namespace seawall::harden
