#include "api/kept_answers.h"

#include <fmt/format.h>

#include "api/kept_fields.h"
#include "base/text.h"

namespace seawall::api {
namespace {

using rapidjson::Value;
using Shape = KeptAnswer::Shape;

constexpr unsigned kParsing =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
constexpr const char* kCluster = "api/cluster.json";

void Put(JsonOut& out, const char* key, std::string_view text) {
  out.Key(key);
  out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void Raw(JsonOut& out, std::string_view json) {
  out.RawValue(json.data(), json.size(), rapidjson::kObjectType);
}

void WriteAnswer(const std::string& question, const KeptAnswer& answer, JsonOut& out) {
  out.StartObject();
  Put(out, "asked", question);
  out.Key("status");
  out.Int(answer.status);
  if (answer.status != 200) {
    Put(out, "why", answer.why);
    Put(out, "how", answer.how);
  } else if (answer.shape == Shape::kText) {
    Put(out, "text", answer.body);
  } else if (answer.shape == Shape::kObject) {
    out.Key("object");
    Raw(out, answer.body);
  } else {
    Put(out, "kind", answer.kind);
    out.Key("items");
    out.StartArray();
    for (const std::string& item : answer.items) Raw(out, item);
    out.EndArray();
  }
  out.EndObject();
}

std::unexpected<Error> Bad(const std::string& file, std::string why,
                           ErrorCode code = ErrorCode::kMalformed) {
  return Fail(code, "read the bundle", "entry " + file, std::move(why),
              "collect the node again, or copy the file again");
}

/// Members of one type; `good` ends false when one is of another.
class Reader {
 public:
  bool good() const { return good_; }

  std::string Text(const Value& object, const char* key) {
    const Value* value = Member(object, key);
    if (value == nullptr || !value->IsString()) return Wrong();
    return std::string(value->GetString(), value->GetStringLength());
  }
  const Value* Member(const Value& object, const char* key) {
    if (!object.IsObject()) return nullptr;
    const auto found = object.FindMember(key);
    return found == object.MemberEnd() ? nullptr : &found->value;
  }

  void Read(const Value& value, KeptAnswers& kept) {
    KeptAnswer answer;
    const std::string question = Text(value, "asked");
    const Value* status = Member(value, "status");
    if (status == nullptr || !status->IsInt() || status->GetInt() < 0 || status->GetInt() > 999) {
      good_ = false;
      return;
    }
    answer.status = status->GetInt();
    if (answer.status != 200) {
      answer.why = Text(value, "why");
      answer.how = Text(value, "how");
    } else if (Member(value, "text") != nullptr) {
      answer.shape = Shape::kText;
      answer.body = Text(value, "text");
    } else if (const Value* object = Member(value, "object")) {
      answer.body = Json(*object);
    } else {
      ReadList(value, answer);
    }
    good_ = good_ && kept.answers.emplace(question, std::move(answer)).second;
  }

 private:
  std::string Wrong() {
    good_ = false;
    return "";
  }
  std::string Json(const Value& value) {
    JsonBuffer buffer;
    JsonOut out(buffer);
    if (!value.IsObject() || !CopyJson(value, out)) good_ = false;
    return std::string(buffer.GetString(), buffer.GetSize());
  }
  void ReadList(const Value& value, KeptAnswer& answer) {
    answer.shape = Shape::kList;
    answer.kind = Text(value, "kind");
    const Value* items = Member(value, "items");
    if (items == nullptr || !items->IsArray()) {
      good_ = false;
      return;
    }
    for (const Value& item : items->GetArray()) answer.items.push_back(Json(item));
  }

  bool good_ = true;
};

}  // namespace

std::string QuestionOf(std::string_view path) {
  const size_t query = path.find('?');
  std::string question(path.substr(0, query));
  if (query == path.npos) return question;
  char before = '?';
  for (const std::string_view part : Split(path.substr(query + 1), '&')) {
    if (part.starts_with("limit=") || part.starts_with("continue=")) continue;
    question += before + std::string(part);
    before = '&';
  }
  return question;
}

std::vector<KeptFile> WriteKept(const KeptAnswers& kept) {
  std::map<std::string, std::vector<std::string_view>> by_file = {{kCluster, {}}};
  for (const auto& [question, answer] : kept.answers) {
    if (const KeptRow* row = FindKeptRow(question)) by_file[row->file].push_back(question);
  }
  std::vector<KeptFile> files;
  for (const auto& [name, questions] : by_file) {
    JsonBuffer buffer;
    JsonOut out(buffer);
    out.StartObject();
    Put(out, "schemaVersion", "1.1");
    if (name == kCluster) {
      Put(out, "server", kept.server);
      Put(out, "context", kept.context);
    }
    out.Key("answers");
    out.StartArray();
    for (const std::string_view question : questions) {
      const auto found = kept.answers.find(question);
      WriteAnswer(found->first, found->second, out);
    }
    out.EndArray();
    out.EndObject();
    files.push_back({name, std::string(buffer.GetString(), buffer.GetSize()) + "\n"});
  }
  return files;
}

Result<void> ReadKept(const KeptFile& file, KeptAnswers& kept) {
  if (file.json.size() > 2 * kLargestKeptFile)
    return Bad(file.name, "larger than any of seawall's", ErrorCode::kTooLarge);
  rapidjson::Document document;
  document.Parse<kParsing>(file.json.data(), file.json.size());
  if (document.HasParseError() || !document.IsObject())
    return Bad(file.name, "it is no JSON object");
  Reader reader;
  if (!reader.Text(document, "schemaVersion").starts_with("1."))
    return Bad(file.name, "its schemaVersion is none that this seawall reads");
  if (file.name == kCluster) {
    kept.server = reader.Text(document, "server");
    kept.context = reader.Text(document, "context");
  }
  const Value* answers = reader.Member(document, "answers");
  if (answers == nullptr || !answers->IsArray()) return Bad(file.name, "\"answers\" is missing");
  for (const Value& answer : answers->GetArray()) reader.Read(answer, kept);
  if (!reader.good())
    return Bad(file.name, "something in it is missing, of another type, or there twice");
  return {};
}

}  // namespace seawall::api
