#include "app/report_error.h"

#include <rapidjson/writer.h>

#include <cstdio>

#include "app/app.h"
#include "base/json_buffer.h"
#include "base/text.h"
#include "report/redact.h"

namespace seawall::app {
namespace {

/// Differences and versions are of several lines; none of them looks like one of ours.
std::string Indented(const std::string& text) {
  std::string lines;
  for (const char c : PrintableLines(text)) {
    lines += c;
    if (c == '\n') lines += "  ";
  }
  return lines;
}

}  // namespace

int ReportError(const Error& error, bool json) {
  Error safe = error;
  for (std::string* text : {&safe.attempt, &safe.where, &safe.todo})
    *text = Printable(report::Redact(*text));
  safe.why = json ? Printable(report::Redact(safe.why)) : Indented(report::Redact(safe.why));
  if (!json) {
    std::fprintf(stderr, "seawall: %s\n", safe.ToString().c_str());
    return kExitError;
  }
  JsonBuffer buffer;
  rapidjson::Writer<JsonBuffer> out(buffer);
  auto field = [&](const char* key, std::string_view value) {
    out.Key(key);
    out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  out.StartObject();
  field("schemaVersion", "1.0");
  out.Key("error");
  out.StartObject();
  field("code", ToString(safe.code));
  field("attempt", safe.attempt);
  field("where", safe.where);
  field("why", safe.why);
  field("todo", safe.todo);
  out.EndObject();
  out.EndObject();
  std::fprintf(stderr, "%s\n", buffer.GetString());
  return kExitError;
}

bool WantsJson(const std::vector<std::string>& words) {
  const auto for_programs = [](std::string_view format) {
    if (format.ends_with("=-")) format.remove_suffix(2);
    return format == "json" || format == "jsonl";
  };
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    for (const std::string_view flag : {"-o=", "--output=", "-o"}) {
      if (word.starts_with(flag) && for_programs(word.substr(flag.size()))) return true;
    }
    if ((word == "-o" || word == "--output") && i + 1 < words.size() && for_programs(words[i + 1]))
      return true;
  }
  return false;
}

}  // namespace seawall::app
