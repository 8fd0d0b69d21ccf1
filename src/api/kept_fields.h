// What of the API's answers is kept, field by field: everything that is not named here stays out,
// and with it whatever is secret. Private to this room.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/writer.h>

#include <optional>
#include <string>
#include <string_view>

#include "api/kept_words.h"
#include "base/json_buffer.h"

namespace seawall::api {

using JsonOut = rapidjson::Writer<JsonBuffer>;

/// What is kept of the answers to one question.
struct KeptRow {
  const char* path;    ///< without a query
  const char* file;    ///< "api/nodes.json"
  const char* fields;  ///< "metadata:name rules:verbs", through arrays; a field is kept as a whole
  const char* type = nullptr;  ///< objects of another `type` are left out
};

/// nullptr: answers to this are not kept.
const KeptRow* FindKeptRow(std::string_view question);

/// The row's fields of an object, as JSON; "" when the object is left out, nothing when it is none
/// of Kubernetes'.
std::optional<std::string> KeepFields(const KeptRow& row, const rapidjson::Value& object);

/// Of Prometheus' text: the lines that a rule reads.
std::string KeepMetrics(std::string_view text);

/// A value as it is; false, and null in its place, for what lies deeper than in any object of
/// Kubernetes.
bool CopyJson(const rapidjson::Value& value, JsonOut& out, int depth = 0);

}  // namespace seawall::api
