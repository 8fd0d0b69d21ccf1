#include "app/report_error.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdio>

#include "app/app.h"
#include "base/text.h"
#include "report/redact.h"

namespace seawall::app {

int ReportError(const Error& error, bool json) {
  Error safe = error;
  for (std::string* text : {&safe.attempt, &safe.where, &safe.why, &safe.todo})
    *text = Printable(report::Redact(*text));
  if (!json) {
    std::fprintf(stderr, "seawall: %s\n", safe.ToString().c_str());
    return kExitError;
  }
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out(buffer);
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
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "-ojson" || words[i] == "-o=json" || words[i] == "--output=json") return true;
    if ((words[i] == "-o" || words[i] == "--output") && i + 1 < words.size() &&
        words[i + 1] == "json")
      return true;
  }
  return false;
}

}  // namespace seawall::app
