#include "api/kept_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/kept_fields.h"
#include "base/text.h"

namespace seawall::api {
namespace {

using rapidjson::Value;
using Shape = KeptAnswer::Shape;

constexpr unsigned kParsing =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
constexpr const char* kCollectAgain = "collect again with --kubeconfig";

/// The value of a parameter of the query; "" when it is not there.
std::string_view Parameter(std::string_view path, std::string_view name) {
  const size_t query = path.find('?');
  if (query == path.npos) return "";
  for (const std::string_view part : Split(path.substr(query + 1), '&')) {
    if (part.starts_with(name) && part.substr(name.size()).starts_with('='))
      return part.substr(name.size() + 1);
  }
  return "";
}

/// Nothing is known of what was asked.
void Forget(KeptAnswer& answer, std::string why, std::string how) {
  answer = {};
  answer.why = std::move(why);
  answer.how = std::move(how);
}

std::string Text(const Value& object, const char* key) {
  if (!object.IsObject()) return "";
  const auto found = object.FindMember(key);
  if (found == object.MemberEnd() || !found->value.IsString()) return "";
  return std::string(found->value.GetString(), found->value.GetStringLength());
}

size_t SizeOf(const KeptAnswer& answer) {
  size_t size = answer.body.size();
  for (const std::string& item : answer.items) size += item.size() + 1;
  return size;
}

/// A page of a list. Its items are added; nothing when it is none.
bool AddPage(const KeptRow& row, const Value& list, KeptAnswer& answer) {
  answer.shape = Shape::kList;
  answer.kind = Text(list, "kind");
  const auto items = list.FindMember("items");
  if (items == list.MemberEnd() || !(items->value.IsArray() || items->value.IsNull())) return false;
  for (rapidjson::SizeType i = 0; items->value.IsArray() && i < items->value.Size(); ++i) {
    auto kept = KeepFields(row, items->value[i]);
    if (!kept) return false;
    if (!kept->empty()) answer.items.push_back(std::move(*kept));
  }
  const auto metadata = list.FindMember("metadata");
  answer.whole = metadata == list.MemberEnd() || Text(metadata->value, "continue").empty();
  return true;
}

}  // namespace

Result<Response> RecordingClient::Send(const Request& request) {
  auto response = client_.Send(request);
  Note(request, response);
  return response;
}

void RecordingClient::Note(const Request& request, const Result<Response>& response) {
  const std::string question = QuestionOf(request.path);
  const KeptRow* row = FindKeptRow(question);
  if (row == nullptr || request.method != "GET") return;
  KeptAnswer& answer = kept_.answers[question];
  size_t& bytes = bytes_[row->file];
  bytes -= std::min(bytes, SizeOf(answer));
  if (!response) {
    if (response.error().code == ErrorCode::kTooLarge) {  // it is asked for in smaller pages
      answer.whole = false;
    } else {
      Forget(answer, response.error().why, response.error().todo);
    }
  } else if (response->status != 200) {
    const Error error = ErrorOf(*response, "", "");
    Forget(answer, error.why, error.todo);
    answer.status = response->status;
  } else {
    NoteBody(question, *row, request, *response, answer);
  }
  const size_t size = SizeOf(answer);
  if (bytes + size > kLargestKeptFile) {
    Forget(answer,
           fmt::format("what it answered is more than the {} MiB that a bundle has for it",
                       kLargestKeptFile >> 20),
           "audit with --kubeconfig instead");
    answer.whole = false;
  } else {
    bytes += size;
  }
}

void RecordingClient::NoteBody(std::string_view question, const KeptRow& row,
                               const Request& request, const Response& response,
                               KeptAnswer& answer) {
  if (Parameter(request.path, "continue").empty()) {
    answer = {};
  } else if (answer.status != 200 && !answer.why.empty()) {
    return;  // a page behind one that could not be kept
  }
  answer.status = 200;
  if (question == "/metrics") {
    answer.shape = Shape::kText;
    answer.body = KeepMetrics(response.body);
    return;
  }
  rapidjson::Document document;
  document.Parse<kParsing>(response.body.data(), response.body.size());
  const bool list = !Parameter(request.path, "limit").empty();
  bool ok = !document.HasParseError() && document.IsObject();
  if (ok && list) {
    ok = AddPage(row, document, answer);
  } else if (ok) {
    auto kept = KeepFields(row, document);
    ok = kept && !kept->empty();
    if (ok) answer.body = std::move(*kept);
  }
  if (!ok) Forget(answer, "the answer is no object of Kubernetes", "ask the API server again");
}

KeptAnswers RecordingClient::Take() {
  kept_.server = (access().server.https ? "https://" : "http://") + where();
  kept_.context = access().context;
  for (auto& [question, answer] : kept_.answers) {
    if (answer.whole || (answer.status != 200 && !answer.why.empty())) continue;
    Forget(answer, "the list did not come to an end", "ask the API server again");
  }
  return std::move(kept_);
}

KeptClient::KeptClient(KeptAnswers kept) : kept_(std::move(kept)) {
  access_.source = "a bundle";
  access_.context = kept_.context;
  if (auto server = ParseAddress(kept_.server)) access_.server = std::move(*server);
  options_.most = 4 * kLargestKeptFile;
}

Result<Response> KeptClient::Send(const Request& request) {
  const auto found = kept_.answers.find(QuestionOf(request.path));
  if (found == kept_.answers.end() || request.method != "GET") {
    return Fail(ErrorCode::kNotHeld, "ask the API server for " + QuestionOf(request.path), where(),
                "it is not in the bundle", kCollectAgain);
  }
  const KeptAnswer& answer = found->second;
  if (answer.status == 0) {
    return Fail(ErrorCode::kNotHeld, "ask the API server for " + QuestionOf(request.path), where(),
                answer.why, answer.how);
  }
  Response response{answer.status, "application/json", answer.body};
  if (answer.status != 200) {
    // "status 403: MESSAGE", as it was written down, becomes a Status again.
    const size_t colon = answer.why.find(": ");
    JsonBuffer buffer;
    JsonOut out(buffer);
    out.StartObject();
    out.Key("kind");
    out.String("Status");
    out.Key("message");
    const std::string message = colon == answer.why.npos ? "" : answer.why.substr(colon + 2);
    out.String(message.data(), static_cast<rapidjson::SizeType>(message.size()));
    out.EndObject();
    response.body = std::string(buffer.GetString(), buffer.GetSize());
  } else if (answer.shape == Shape::kList) {
    const auto limit = ParseInt(std::string(Parameter(request.path, "limit"))).value_or(0);
    const auto from = ParseInt(std::string(Parameter(request.path, "continue"))).value_or(0);
    const size_t begin =
        std::min<size_t>(static_cast<size_t>(std::max<int64_t>(from, 0)), answer.items.size());
    const size_t most = limit > 0 ? static_cast<size_t>(limit) : answer.items.size();
    const size_t end = begin + std::min(most, answer.items.size() - begin);
    response.body = fmt::format(R"({{"kind":"{}","metadata":{{"continue":"{}"}},"items":[)",
                                answer.kind.ends_with("List") ? "List" : "",
                                end < answer.items.size() ? std::to_string(end) : "");
    for (size_t i = begin; i < end; ++i) response.body += (i > begin ? "," : "") + answer.items[i];
    response.body += "]}";
  }
  return response;
}

}  // namespace seawall::api
