// For tests of settings: a node of files in memory and one component on it, started with the given
// words.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cluster/component.h"
#include "cluster/node.h"
#include "cluster/settings.h"

namespace seawall::cluster::testing {

/// The least that a file must hold for the component to start; the certificate's key is nowhere,
/// and the other key cannot be decoded.
inline constexpr const char* kCertificateText =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdDCCARugAwIBAgIULbgVSWq0kd+m3jXYGnAUGUARQMowCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjgyMjAwMjZaGA8yMTI2MTEwNDIyMDAy\n"
    "NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAdN\n"
    "ew9kw6I3YHybeVagLkg+iRrjraXZXIT99hfnJ9VuIUa1MG6ALA94PQUyf/jID+vX\n"
    "g1ejHjtKZTC7d5wXgMajUzBRMB0GA1UdDgQWBBS8HBZHlO0PJy0pihG3sCC5/g2i\n"
    "QzAfBgNVHSMEGDAWgBS8HBZHlO0PJy0pihG3sCC5/g2iQzAPBgNVHRMBAf8EBTAD\n"
    "AQH/MAoGCCqGSM49BAMCA0cAMEQCIDxNJn7uZ5gbVBYZyoKS6wzfVD0w3bC0fxUp\n"
    "lR3HuSJrAiBxr2JRWJo91TitGlEgZ+ft+OjiGo9Kibo/xve6zrgEtg==\n"
    "-----END CERTIFICATE-----\n";
inline constexpr const char* kKeyText =
    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
inline const char* PemFor(std::string_view file) {
  return file.ends_with("key") ? kKeyText : kCertificateText;
}

/// A component and its node. `arguments` stand one after another in the file "/args", each on a
/// line of its own.
class Subject {
 public:
  explicit Subject(ComponentKind kind, std::vector<std::string> arguments = {}) {
    component_.kind = kind;
    component_.instance = "test";
    component_.where.file = "/args";
    const bool etcd = kind == ComponentKind::kEtcd;
    component_.version = Version{etcd ? 3 : 1, etcd ? 7 : 37, -1, "test", {}};
    size_t offset = 0;
    uint32_t line = 1;
    for (std::string& text : arguments) {
      Argument argument;
      argument.place = {"/args", line++, 1, {offset, offset + text.size()}};
      offset += text.size() + 1;
      argument.text = std::move(text);
      component_.command.arguments.push_back(std::move(argument));
    }
    node_.files = files_;
  }

  Subject& File(const std::string& path, std::string content) {
    files_->Add(path, std::move(content));
    return *this;
  }
  Subject& OfVersion(int major, int minor) {
    component_.version = Version{major, minor, -1, "test", {}};
    return *this;
  }
  Subject& RunBy(cluster::RunBy by) {
    component_.run_by = by;
    return *this;
  }
  Subject& NoVersion() {
    component_.version.reset();
    return *this;
  }
  Subject& WithVariable(std::string name, std::string value) {
    component_.command.environment.push_back(
        {std::move(name), std::move(value), {"/env", 1, 1, {}}, ""});
    return *this;
  }
  /// Makes the argument with this number one that cannot be known.
  Subject& Unknown(size_t argument, std::string why = "it comes from a ConfigMap") {
    component_.command.arguments[argument].unknown = std::move(why);
    return *this;
  }
  Subject& Read() {
    ReadSettings(node_, component_);
    return *this;
  }

  Setting Get(std::string_view name) const { return component_.Get(name); }
  /// "set:TEXT", "default:TEXT", "absent" or "unknown".
  std::string Shown(std::string_view name) const {
    const Setting setting = Get(name);
    switch (setting.state) {
      case SettingState::kSet:
        return "set:" + setting.text;
      case SettingState::kDefault:
        return "default:" + setting.text;
      case SettingState::kAbsent:
        return "absent";
      case SettingState::kUnknown:
        return "unknown";
    }
    return "?";
  }
  const Problem* Find(Problem::Kind kind, std::string_view setting = {}) const {
    for (const Problem& problem : component_.problems) {
      if (problem.kind == kind && (setting.empty() || problem.setting == setting)) return &problem;
    }
    return nullptr;
  }
  bool Fatal(Problem::Kind kind, std::string_view setting = {}) const {
    for (const Problem& problem : component_.problems) {
      if (problem.kind == kind && problem.fatal && (setting.empty() || problem.setting == setting))
        return true;
    }
    return false;
  }
  /// Texts of the fatal problems, for messages of failed tests.
  std::string FatalTexts() const {
    std::string all;
    for (const Problem& problem : component_.problems) {
      if (problem.fatal) all += problem.setting + ": " + problem.text + "\n";
    }
    return all;
  }
  Component& component() { return component_; }
  const Component& component() const { return component_; }
  Node& node() { return node_; }
  MemoryFiles& files() { return *files_; }

 private:
  std::shared_ptr<MemoryFiles> files_ = std::make_shared<MemoryFiles>();
  Node node_;
  Component component_;
};

}  // namespace seawall::cluster::testing
