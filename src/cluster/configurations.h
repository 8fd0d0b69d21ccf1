// `audit -f`: components before there is a node, from what people keep in Git. Each kind of source
// has a file of its own (source_*.cc) that turns documents into components whose command lines and
// files are what the tool would have written: ReadSettings and the rules then see the same as on a
// node. What nobody can know before the node exists is unknown.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "cluster/node.h"
#include "yaml/document.h"

namespace seawall::cluster {

/// Nodes and components that one run describes; each takes a third of a megabyte of findings. The
/// readers may stop after one more.
inline constexpr size_t kMostDescribed = 150;

/// One document, or one item of a List.
struct Document {
  const yaml::Stream* stream = nullptr;
  yaml::Value root;
  std::string kind, group, api_version;  ///< group of "kubeadm.k8s.io/v1beta4" is "kubeadm.k8s.io"
  bool used = false;                     ///< somebody made something of it
  bool Is(std::string_view of_group, std::string_view of_kind) const {
    return group == of_group && kind == of_kind;
  }
};

/// Everything that was given, parsed.
struct ConfigurationInput {
  std::vector<std::unique_ptr<yaml::Stream>> streams;
  std::vector<Document> documents;
  std::vector<BlindSpot> unreadable;  ///< files that do not parse
};

/// A node while it is made.
struct Draft {
  Node node;
  std::shared_ptr<MemoryFiles> files = std::make_shared<MemoryFiles>();
  /// What the tool itself writes into a component's configuration where the user wrote nothing.
  /// `forced`: even where the user wrote something.
  struct ToolDefault {
    ComponentKind kind;
    std::string setting, text, note;
    bool forced = false;
  };
  std::vector<ToolDefault> defaults;
  /// Settings that a patch writes after everything else.
  std::map<ComponentKind, std::vector<Setting>> patched;

  /// Puts a document, or a scalar's text, where a component would read it. Places stay those of the
  /// original file.
  void AddDocument(const std::string& path, const Document& document);
  void AddText(const std::string& path, const yaml::Value& scalar);
};

// The sources. Each takes the documents that it knows and marks them as used.
void ReadKubeadm(ConfigurationInput& input, std::vector<Draft>& drafts);
void ReadClusterApi(ConfigurationInput& input, std::vector<Draft>& drafts);
void ReadKops(ConfigurationInput& input, std::vector<Draft>& drafts);
void ReadDistributionFiles(ConfigurationInput& input, std::vector<Draft>& drafts);
void ReadManifests(ConfigurationInput& input, std::vector<Draft>& drafts);
/// Kubelet's, the API server's and etcd's own kinds that belong to none of the drafts: a node of
/// its own for each.
void ReadComponentConfigurations(ConfigurationInput& input, std::vector<Draft>& drafts);

// What the sources share.

/// "--name=value" as the user wrote `value`; origin kFlag, wherever the tool keeps
/// arguments. A template makes it unknown.
Argument ConfiguredArgument(std::string_view name, const yaml::Value& value);
/// "--name=value" that the tool writes by itself; origin kDefault.
Argument ToolArgument(std::string_view name, std::string_view value, std::string_view note);
/// A sentence when the text holds something that another program fills in ("{{ }}", "${NAME}");
/// else empty.
std::string TemplateIn(std::string_view text);
/// "v1.37.2", "1.37.2+rke2r1"; nullopt for anything else.
std::optional<Version> VersionOf(const yaml::Value& value, std::string_view source);
/// The bytes with everything outside of `keep` turned to blanks: places within stay what they are.
std::string BlankAround(const std::string& bytes, Span keep);
/// Last part of a path.
std::string BaseName(std::string_view path);

}  // namespace seawall::cluster
