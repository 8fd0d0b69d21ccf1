// `seawall bundle show`: what is in a bundle.
#include "bundle/bundle.h"

#include <fmt/format.h>

#include "app/app.h"
#include "app/confine.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "report/json_writer.h"
#include "report/redact.h"
#include "report/time_text.h"

namespace seawall::app {
namespace {

using bundle::Answers;
using bundle::Bundle;

/// One path of the node with what the bundle says of it.
struct Line {
  std::string path;
  const char* what = "";  ///< "content", "facts", "absent", "unreadable"
  const FileStat* stat = nullptr;
  std::string link;   ///< a link's target
  std::string error;  ///< the code of what could not be read
};

template <typename T>
const Result<T>* Find(const std::map<std::string, Result<T>, std::less<>>& table,
                      const std::string& path) {
  const auto found = table.find(path);
  return found == table.end() ? nullptr : &found->second;
}

Line LineOf(const Answers& answers, const std::string& path) {
  Line line{path, "facts", nullptr, "", ""};
  for (const auto* stat : {Find(answers.stats, path), Find(answers.link_stats, path)}) {
    if (stat == nullptr) continue;
    if (*stat && line.stat == nullptr) line.stat = &**stat;
    if (!*stat && line.error.empty()) line.error = ToString(stat->error().code);
  }
  if (const auto* list = Find(answers.lists, path); list != nullptr && !*list)
    line.error = ToString(list->error().code);
  if (const auto* link = Find(answers.links, path); link != nullptr && *link) line.link = **link;
  if (const auto read = answers.reads.find(path); read != answers.reads.end()) {
    if (!read->second.bytes) line.error = ToString(read->second.bytes.error().code);
    if (read->second.bytes) line.what = "content";
  }
  if (line.error == "not-found" && line.stat == nullptr) {
    line.what = "absent";
  } else if (!line.error.empty() && line.error != "not-found" && line.what[0] != 'c') {
    line.what = "unreadable";
  }
  return line;
}

std::vector<Line> LinesOf(const Answers& answers) {
  std::map<std::string, const char*> paths;
  for (const auto& [path, answer] : answers.stats) paths[path];
  for (const auto& [path, answer] : answers.link_stats) paths[path];
  for (const auto& [path, answer] : answers.links) paths[path];
  for (const auto& [path, answer] : answers.lists) paths[path];
  for (const auto& [path, answer] : answers.reads) paths[path];
  for (const auto& [part, answer] : answers.parts) {
    if (answer) paths[std::get<0>(part)] = "part";
  }
  std::vector<Line> lines;
  for (const auto& [path, part] : paths) {
    lines.push_back(LineOf(answers, path));
    if (part != nullptr && lines.back().what[0] != 'c') lines.back().what = part;
  }
  return lines;
}

std::string AsText(const Bundle& bundle) {
  const bundle::Manifest& m = bundle.manifest;
  std::string out =
      fmt::format("node       {}{}\ncollected  {} by seawall {}{}\n", Printable(m.node),
                  m.live ? " (live)" : "", report::TimeText(m.collected), Printable(m.tool_version),
                  m.as_root ? " as root" : ", not as root");
  out += fmt::format("values     {} replaced, {} {}\n", m.replaced,
                     m.own_key ? "with the key" : "with a random key", Printable(m.key_id));
  for (const std::string& rule : m.differing)
    out += fmt::format("differs    {}\n", Printable(rule));
  for (const bundle::Extra& extra : bundle.extras)
    out += fmt::format("also       {} ({} bytes)\n", extra.name, extra.content.size());
  out += "\n";
  for (const Line& line : LinesOf(*bundle.answers)) {
    std::string facts;
    if (line.stat != nullptr) {
      facts = fmt::format("{:04o} {}:{} {}", line.stat->mode, line.stat->uid, line.stat->gid,
                          line.stat->size);
    }
    if (facts.empty()) facts = line.error == "not-found" ? "" : line.error;
    out +=
        fmt::format("{:<10} {:<26} {}{}\n", line.what, facts, Printable(report::Redact(line.path)),
                    line.link.empty() ? "" : " -> " + Printable(report::Redact(line.link)));
  }
  return out;
}

std::string AsJson(const Bundle& bundle) {
  const bundle::Manifest& m = bundle.manifest;
  report::JsonText text;
  report::JsonWriter& out = text.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  report::Field(out, "formatVersion", int64_t{m.version});
  report::Field(out, "node", m.node);
  report::Field(out, "collected", report::TimeText(m.collected));
  report::Field(out, "toolVersion", m.tool_version);
  report::Field(out, "live", m.live);
  report::Field(out, "asRoot", m.as_root);
  report::Field(out, "ownKey", m.own_key);
  report::OwnField(out, "keyId", m.key_id);
  report::Field(out, "replaced", static_cast<int64_t>(m.replaced));
  out.Key("differing");
  out.StartArray();
  for (const std::string& rule : m.differing) report::Text(out, rule);
  out.EndArray();
  out.Key("also");
  out.StartArray();
  for (const bundle::Extra& extra : bundle.extras) {
    out.StartObject();
    report::OwnField(out, "name", extra.name);
    report::Field(out, "bytes", static_cast<int64_t>(extra.content.size()));
    out.EndObject();
  }
  out.EndArray();
  out.Key("files");
  out.StartArray();
  for (const Line& line : LinesOf(*bundle.answers)) {
    out.StartObject();
    report::Field(out, "path", line.path);
    report::Field(out, "held", line.what);
    if (line.stat != nullptr) {
      report::Field(out, "mode", fmt::format("{:04o}", line.stat->mode));
      report::Field(out, "uid", int64_t{line.stat->uid});
      report::Field(out, "gid", int64_t{line.stat->gid});
      report::Field(out, "size", static_cast<int64_t>(line.stat->size));
    }
    if (!line.link.empty()) report::Field(out, "link", line.link);
    if (!line.error.empty()) report::Field(out, "error", line.error);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return text.Take() + "\n";
}

}  // namespace

Result<int> RunBundle(const Arguments& arguments) {
  if (arguments.positional[0] != "show") {
    return Fail(ErrorCode::kUsage, "bundle", "",
                fmt::format("it does not know '{}'", Printable(arguments.positional[0])),
                "write: seawall bundle show FILE");
  }
  auto confined = Confine(arguments, ProfileOf(arguments, {}, false, Speaks::kNobody));
  if (!confined) return std::unexpected(confined.error());
  const auto bundle = bundle::Open(arguments.positional[1]);
  if (!bundle) return std::unexpected(bundle.error());
  const bool json = arguments.Get("output", "text") == "json";
  if (auto ok = WriteOut(json ? AsJson(*bundle) : AsText(*bundle)); !ok)
    return std::unexpected(ok.error());
  return kExitClean;
}

}  // namespace seawall::app
