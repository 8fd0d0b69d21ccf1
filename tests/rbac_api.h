// An API server that keeps RBAC objects, with resourceVersions, preconditions and dry runs, and
// that answers access reviews by them and lets them be watched. What goes wrong is put in by the
// test.
#pragma once

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http_api.h"
#include "rbac/evaluator.h"
#include "rbac/manifests.h"

namespace seawall::test {

class RbacApi {
 public:
  using Asked = HttpApi::Asked;
  using Answer = HttpApi::Answer;
  using Fault = std::function<std::optional<Answer>(const Asked&)>;

  static constexpr const char* kGroup = "/apis/rbac.authorization.k8s.io/v1";

  RbacApi() : api_([this](const Asked& asked) { return Serve(asked); }) {}

  std::string Kubeconfig() const { return api_.Kubeconfig(); }
  int port() const { return api_.port(); }
  /// An object as a person made it. `metadata`: more of it, as `,"labels":{}`.
  void Add(const std::string& kind, const std::string& space, const std::string& name,
           const std::string& rest, const std::string& metadata = "") {
    const std::string text = fmt::format(
        R"({{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"{}","metadata":{{"name":"{}"{}{}}},{}}})",
        kind, name, space.empty() ? "" : fmt::format(R"(,"namespace":"{}")", space), metadata,
        rest);
    Store(Path(kind, space, name), text);
  }
  static std::string Path(const std::string& kind, const std::string& space,
                          const std::string& name) {
    std::string low;
    for (const char c : kind) low += static_cast<char>(std::tolower(c));
    return fmt::format("{}{}/{}s/{}", kGroup, space.empty() ? "" : "/namespaces/" + space, low,
                       name);
  }
  bool Has(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    return objects_.contains(path);
  }
  std::string Text(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto at = objects_.find(path);
    return at == objects_.end() ? "" : TextOf(at->second);
  }
  /// Every RBAC object, without what a server alone writes: equal after a rollback.
  std::map<std::string, std::string> Snapshot() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::string> all;
    for (const auto& [path, object] : objects_) {
      if (!path.starts_with(kGroup)) continue;
      rapidjson::Document copy;
      copy.CopyFrom(object, copy.GetAllocator());
      for (const char* own : {"uid", "resourceVersion", "creationTimestamp", "managedFields"})
        copy["metadata"].RemoveMember(own);
      all[path] = TextOf(copy);
    }
    return all;
  }
  /// As somebody else writes it.
  void Edit(const std::string& path, const std::string& from, const std::string& to) {
    std::string text = Text(path);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << text;
    Store(path, text.replace(at, from.size(), to));
  }
  void Drop(const std::string& path) {
    const std::lock_guard lock(mutex_);
    const auto at = objects_.find(path);
    if (at != objects_.end()) Erase(at);
  }
  /// Whoever watches is told that he comes too late.
  void ForgetThePast() {
    const std::lock_guard lock(mutex_);
    past_.push_back({++version_, "", R"({"type":"ERROR","object":{"kind":"Status","code":410}})"});
    oldest_ = version_;
  }
  void SetBefore(Fault fault) {
    const std::lock_guard lock(mutex_);
    before = std::move(fault);
  }

  Fault before;  ///< asked first; an answer of it is the answer
  Fault after;   ///< the same, when it was done
  /// API servers of the cluster, "HOST:PORT".
  std::vector<std::string> servers = {"192.0.2.1:6443"};
  std::string user = "admin", groups = R"("system:masters")";
  std::vector<Asked> writes;  ///< of RBAC objects, dry runs not

 private:
  using Document = rapidjson::Document;

  static std::string TextOf(const rapidjson::Value& value) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    value.Accept(writer);
    return buffer.GetString();
  }
  static void Set(Document& object, const char* name, const std::string& text) {
    auto& metadata = object["metadata"];
    metadata.RemoveMember(name);
    metadata.AddMember(rapidjson::Value(name, object.GetAllocator()),
                       rapidjson::Value(text.c_str(), object.GetAllocator()),
                       object.GetAllocator());
  }
  static std::string Get(const rapidjson::Value& object, const char* name) {
    const auto at = object.FindMember(name);
    return at != object.MemberEnd() && at->value.IsString() ? at->value.GetString() : "";
  }
  static Answer Status(int code, const std::string& message) {
    return {code, R"({"kind":"Status","apiVersion":"v1","message":")" + message + "\"}"};
  }

  /// What a watch tells.
  struct Event {
    int version = 0;
    std::string kind;  ///< "roles"; "": told to all
    std::string text;
  };

  static std::string KindOf(const std::string& path) {
    const size_t end = path.rfind('/');
    return path.substr(path.rfind('/', end - 1) + 1, end - path.rfind('/', end - 1) - 1);
  }
  void Note(const char* type, const std::string& path, const Document& object) {
    past_.push_back({version_, KindOf(path),
                     fmt::format(R"({{"type":"{}","object":{}}})", type, TextOf(object))});
  }
  void Erase(std::map<std::string, Document>::iterator at) {
    Set(at->second, "resourceVersion", std::to_string(++version_));
    Note("DELETED", at->first, at->second);
    objects_.erase(at);
  }

  void Store(const std::string& path, const std::string& text) {
    const std::lock_guard lock(mutex_);
    Document object;
    object.Parse(text.data(), text.size());
    ASSERT_FALSE(object.HasParseError()) << text;
    Set(object, "resourceVersion", std::to_string(++version_));
    if (!object["metadata"].HasMember("uid")) Set(object, "uid", fmt::format("u{}", version_));
    Note(objects_.contains(path) ? "MODIFIED" : "ADDED", path, object);
    objects_[path] = std::move(object);
  }

  Answer Serve(const Asked& asked) {
    const std::lock_guard lock(mutex_);
    if (before) {
      if (auto answer = before(asked)) return *answer;
    }
    Answer answer = Do(asked);
    if (after) {
      if (auto other = after(asked)) return *other;
    }
    return answer;
  }

  Answer Do(const Asked& asked) {
    if (asked.path == "/api/v1/namespaces/kube-system")
      return {200, R"({"metadata":{"name":"kube-system","uid":"the-cluster"}})"};
    if (asked.path.ends_with("/endpointslices")) {
      std::string items;
      for (const std::string& server : servers) {
        const size_t colon = server.rfind(':');
        items += fmt::format(
            R"({}{{"ports":[{{"port":{}}}],"endpoints":[{{"addresses":["{}"]}}]}})",
            items.empty() ? "" : ",", server.substr(colon + 1), server.substr(0, colon));
      }
      return {200, R"({"kind":"EndpointSliceList","metadata":{},"items":[)" + items + "]}"};
    }
    if (asked.path.ends_with("/selfsubjectreviews"))
      return {201, fmt::format(R"({{"status":{{"userInfo":{{"username":"{}","groups":[{}]}}}}}})",
                               user, groups)};
    if (asked.path.ends_with("/selfsubjectaccessreviews"))
      return {201, R"({"status":{"allowed":true}})"};
    if (asked.path.ends_with("/subjectaccessreviews")) return Review(asked.body);
    const bool dry = asked.query.contains("dryRun=All");
    if (!dry && asked.method != "GET" && asked.path.starts_with(kGroup)) writes.push_back(asked);
    if (asked.query.contains("watch=true")) return Watch(asked);
    if (asked.method == "GET" && !objects_.contains(asked.path)) return List(asked.path);
    if (asked.method == "POST") return Create(asked, dry);
    const auto at = objects_.find(asked.path);
    if (at == objects_.end()) return Status(404, "not found");
    if (asked.method == "GET") return {200, TextOf(at->second)};
    return Change(asked, at->second, dry);
  }

  Answer List(const std::string& path) const {
    const std::string kind = path.substr(path.rfind('/') + 1);
    if (kind != "roles" && kind != "rolebindings" && kind != "clusterroles" &&
        kind != "clusterrolebindings")
      return Status(404, "not found");
    std::string items;
    for (const auto& [name, object] : objects_) {
      if (name.contains("/" + kind + "/")) items += (items.empty() ? "" : ",") + TextOf(object);
    }
    return {200,
            fmt::format(R"({{"kind":"XList","metadata":{{"resourceVersion":"{}"}},"items":[{}]}})",
                        version_, items)};
  }

  Answer Watch(const Asked& asked) {
    constexpr std::string_view kFrom = "resourceVersion=";
    const int from = std::stoi(asked.query.substr(asked.query.find(kFrom) + kFrom.size()));
    if (from < oldest_) return Status(410, "too old resource version");
    const std::string kind = asked.path.substr(asked.path.rfind('/') + 1);
    size_t next = 0;
    while (next < past_.size() && past_[next].version <= from) ++next;
    return {200, "", [this, kind, next]() mutable -> std::optional<std::string> {
              const std::lock_guard lock(mutex_);
              std::string lines;
              for (; next < past_.size(); ++next) {
                if (past_[next].kind.empty() || past_[next].kind == kind)
                  lines += past_[next].text + "\n";
              }
              return lines;
            }};
  }

  Answer Create(const Asked& asked, bool dry) {
    Document object;
    object.Parse(asked.body.data(), asked.body.size());
    if (object.HasParseError()) return Status(400, "no JSON");
    std::string name = Get(object["metadata"], "name");
    if (name.empty()) name = Get(object["metadata"], "generateName") + "x1";
    const std::string path = asked.path + "/" + name;
    if (objects_.contains(path)) return Status(409, "already exists");
    Set(object, "name", name);
    Set(object, "creationTimestamp", "2026-11-01T00:00:00Z");
    if (dry) return {201, TextOf(object)};
    Store(path, TextOf(object));
    return {201, Text(path)};
  }

  Answer Change(const Asked& asked, const Document& is, bool dry) {
    Document body;
    body.Parse(asked.body.data(), asked.body.size());
    if (body.HasParseError()) return Status(400, "no JSON");
    const bool goes = asked.method == "DELETE";
    const auto& wanted = goes ? body["preconditions"] : body["metadata"];
    if (Get(wanted, "resourceVersion") != Get(is["metadata"], "resourceVersion") ||
        (wanted.HasMember("uid") && Get(wanted, "uid") != Get(is["metadata"], "uid")))
      return Status(409, "the object has been modified");
    if (goes) {
      if (!dry) Erase(objects_.find(asked.path));
      return {200, R"({"kind":"Status","status":"Success"})"};
    }
    if (dry) return {200, TextOf(body)};
    Store(asked.path, TextOf(body));
    return {200, Text(asked.path)};
  }

  Answer Review(const std::string& text) const {
    Document body;
    body.Parse(text.data(), text.size());
    const auto& spec = body["spec"];
    std::string all;
    for (const auto& [path, object] : objects_) {
      if (path.starts_with(kGroup)) all += "---\n" + TextOf(object) + "\n";
    }
    auto policy = rbac::ReadManifests({{"api", all}});
    if (!policy) return Status(500, "no policy");
    const rbac::Evaluator evaluator(*policy);
    std::vector<std::string> texts;
    for (const auto& group : spec["groups"].GetArray()) texts.emplace_back(group.GetString());
    const std::vector<std::string_view> held(texts.begin(), texts.end());
    const bool resource = spec.HasMember("resourceAttributes");
    const auto& of = spec[resource ? "resourceAttributes" : "nonResourceAttributes"];
    const std::string who = Get(spec, "user"), verb = Get(of, "verb"), path = Get(of, "path"),
                      space = Get(of, "namespace"), group = Get(of, "group"),
                      what = Get(of, "resource"), sub = Get(of, "subresource"),
                      name = Get(of, "name");
    const bool allowed = evaluator
                             .Ask({.user = who,
                                   .groups = held,
                                   .verb = verb,
                                   .resource_request = resource,
                                   .space = space,
                                   .group = group,
                                   .resource = what,
                                   .subresource = sub,
                                   .name = name,
                                   .path = path})
                             .allowed;
    return {201, fmt::format(R"({{"status":{{"allowed":{}}}}})", allowed)};
  }

  std::map<std::string, Document> objects_;
  std::vector<Event> past_;
  int version_ = 100, oldest_ = 0;
  mutable std::recursive_mutex mutex_;  ///< what a test puts in may change objects
  HttpApi api_;                         // last: what it asks for is there by then
};

}  // namespace seawall::test
