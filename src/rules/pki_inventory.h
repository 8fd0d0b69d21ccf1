// Inventory: every certificate, private key and kubeconfig that matters to a node's components,
// read once for all rules about them. Leftovers that nobody names are not in it, but kubeadm's own
// layout is.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/kinds/kubeconfig.h"
#include "cluster/node.h"
#include "rules/rule.h"
#include "rules/tally.h"
#include "rules/used_files.h"

namespace seawall::rules {

/// The certificates of one file, or of one kubeconfig's data, in order.
struct HeldCertificates {
  const cluster::Component* component = nullptr;  ///< nullptr: named by no component
  std::string setting;  ///< "tls-cert-file", "client-certificate-data", …; may be empty
  Place place;          ///< the file; the data's place in a kubeconfig
  bool in_kubeconfig =
      false;  ///< `place` is a kubeconfig: the certificates' own lines mean nothing
  FileUse use = FileUse::kCertificate;  ///< kCa or kCertificate
  const std::vector<x509::Certificate>* certificates = nullptr;

  const x509::Certificate& leaf() const { return certificates->front(); }
  /// Used as a CA: whatever it says of itself, the first of a component's own file is not.
  bool IsAuthority(const x509::Certificate& certificate) const {
    return use == FileUse::kCa || (certificate.is_ca && &certificate != &certificates->front());
  }
};

struct HeldKey {
  const cluster::Component* component = nullptr;
  std::string setting;
  std::string path;
  const x509::KeyInfo* key = nullptr;
};

struct HeldKubeconfig {
  const cluster::Component* component = nullptr;  ///< nullptr: found at a usual place
  std::string setting;
  std::string path;
  std::string seen_path;  ///< as the component sees it: relative paths inside begin there
  const cluster::kinds::Kubeconfig* view = nullptr;

  /// The node's path of a path that stands inside; nullopt when the container does not see it.
  std::optional<std::string> HostPath(std::string_view written) const;
};

class Inventory {
 public:
  /// Reads `node`, which must outlive it.
  explicit Inventory(const cluster::Node& node);
  Inventory(const Inventory&) = delete;
  Inventory& operator=(const Inventory&) = delete;

  UsedFiles files;  ///< PkiFiles: also what no certificate could be read from
  std::vector<HeldCertificates> certificates;
  std::vector<HeldKey> keys;
  std::vector<HeldKubeconfig> kubeconfigs;
  std::vector<FileGap> certificate_gaps, key_gaps, kubeconfig_gaps;

  /// What a component's setting holds; nullptr when it is not there or could not be read.
  const HeldCertificates* Of(const cluster::Component& component, std::string_view setting) const;
  const HeldKey* KeyOf(const cluster::Component& component, std::string_view setting) const;
  /// The kubeconfig that a component's setting names; nullptr when it could not be read or is
  /// refused.
  const HeldKubeconfig* KubeconfigOf(const cluster::Component& component,
                                     std::string_view setting) const;

 private:
  void ReadFiles(const cluster::Node& node);
  void ReadKubeconfigs(const cluster::Node& node);
  void AddCertificates(const cluster::Node& node, const UsedFile& file);
  void AddKey(const cluster::Node& node, const UsedFile& file);
  void AddKubeconfig(const cluster::Node& node, const UsedFile& file);
  void AddFilesOf(const cluster::Node& node, const HeldKubeconfig& held);

  std::deque<cluster::kinds::Kubeconfig> views_;
};

/// The inventory of this evaluation.
std::shared_ptr<const Inventory> InventoryOf(const Context& context);

/// Evidence about one certificate: `setting` is what was looked at ("not after"), `value` what it
/// is.
Evidence CertificateEvidence(const HeldCertificates& held, const x509::Certificate& certificate,
                             const char* setting, std::string value);

/// "/etc/kubernetes/pki/apiserver.crt (CN=kube-apiserver)", for sentences.
std::string Describe(const HeldCertificates& held, const x509::Certificate& certificate);

/// Whether one of `anchors` signed the first of `chain`, if need be through the others of `chain`.
bool ChainsTo(const std::vector<x509::Certificate>& chain,
              const std::vector<x509::Certificate>& anchors);

/// Adds the gaps of certificates that these settings name to what is unknown.
void AddGapsOf(const Inventory& inventory, std::span<const std::string_view> settings,
               Tally& tally);

/// "2027-11-23T19:02:45Z".
std::string TimeText(int64_t seconds);

/// "--tls-cert-file of kube-apiserver", "client-certificate-data"; for sentences.
std::string NameOf(const cluster::Component* component, std::string_view setting);

}  // namespace seawall::rules
