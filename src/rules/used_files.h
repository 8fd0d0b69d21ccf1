// Which files a node's components use, and what for: every rule about modes, owners and
// certificates looks at these, so that it speaks of the paths that are really in use and not of
// those in a handbook.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node.h"

namespace seawall::rules {

/// What a file is to the component that names it.
enum class FileUse : uint8_t {
  kCa,             ///< certificates that others are verified with
  kCertificate,    ///< the component's own certificate, with its chain
  kKey,            ///< a private key
  kPublicKey,      ///< keys that only verify (service account tokens)
  kKubeconfig,     ///< may hold a client key or a token
  kSecret,         ///< encryption keys, static tokens
  kConfiguration,  ///< no secret inside, but whoever writes it steers the component
  kLog,
};

struct UsedFile {
  const cluster::Component* component = nullptr;  ///< nullptr: found in a folder, named by nobody
  std::string setting;                            ///< the setting that names it; empty when found
  std::string path;                               ///< the node's path
  FileUse use = FileUse::kConfiguration;
  Place named_at;  ///< of the setting's value
};

/// A file that may be in use and could not be determined.
struct FileGap {
  std::string setting;
  std::string why;               ///< one clause: "--kubeconfig cannot be known: …"
  std::string how;               ///< how to find out
  bool not_on_the_node = false;  ///< it comes from a ConfigMap or Secret: not a file of this node
};

struct UsedFiles {
  std::vector<UsedFile> files;
  std::vector<FileGap> gaps;
};

/// The files that `component` is told to use by these settings, mapped to the node's paths. Empty
/// settings are passed over. Lists give one file for each element; "--tls-sni-cert-key" gives its
/// certificates and keys.
void AddNamed(const cluster::Component& component, std::string_view setting, FileUse use,
              UsedFiles& out);

/// All files that the component names with one of these uses.
UsedFiles NamedFiles(const cluster::Component& component, std::span<const FileUse> uses);

/// The same of every component of the node.
UsedFiles NamedFiles(const cluster::Node& node, std::span<const FileUse> uses);

/// Folders that hold the node's certificates and keys: the usual ones that exist, and those of
/// every file that a component names, but not the system's own trust store. Sorted, without
/// repetitions.
std::vector<std::string> PkiFolders(const cluster::Node& node, const UsedFiles& named);

/// Named files, and beside them what else lies in the PKI folders: certificates (kCertificate, or
/// kCa when the name says so), private keys and files that hold both (kKey). Sorted by path, each
/// path and use once.
UsedFiles PkiFiles(const cluster::Node& node);

/// Kubeconfigs at the usual places that exist: kubeadm's, k3s', RKE2's, and those in /root and
/// below /home.
std::vector<std::string> FoundKubeconfigs(const cluster::Node& node);

/// Regular files below `folder` (links followed), at most `depth` folders deep, sorted. What cannot
/// be listed is a gap; a folder that does not exist has no files.
void ListBelow(const cluster::Node& node, const std::string& folder, int depth,
               std::vector<std::string>& files, std::vector<FileGap>& gaps);

/// "/a/b" of "/a/b/c"; "/" of "/c".
std::string ParentFolder(std::string_view path);

/// What to say when a file or folder could not be looked at.
FileGap GapOf(std::string_view setting, const Error& error);

}  // namespace seawall::rules
