// What is in the files that settings name: the least that lets a component start.
#include <fmt/format.h>

#include "cluster/config_source.h"
#include "cluster/refusal.h"

namespace seawall::cluster {
namespace {

/// The node's path of a file that the component certainly reads there, else empty.
std::string Reached(const Refusal& r, const Item& item) {
  if (item.text.empty()) return {};
  SourcePath source = FindSource(r.node(), r.component(), item.text);
  return source.reach == SourcePath::Reach::kNode ? source.host_path : std::string();
}

std::string Encrypted(const Item& item, std::string_view name) {
  return fmt::format("{} of {} is encrypted with a passphrase, which nobody gives", item.text,
                     name);
}

}  // namespace

void Refusal::CertificateFiles(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names) {
    const Setting* setting = Given(name);
    if (setting == nullptr) continue;
    for (const Item& item : setting->items) {
      const std::string path = Reached(*this, item);
      if (path.empty()) continue;
      const auto& read = node_.Certificates(path);
      if (!read) Unread(read.error());
      if (read || read.error().code != ErrorCode::kMalformed || !node_.files) continue;
      Result<std::string> bytes = node_.files->Read(path);
      const bool holds = !bytes || x509::BeginsWithCertificate(*bytes);
      if (bytes) x509::Wipe(*bytes);
      if (holds) continue;
      Add(Problem::Kind::kMalformedFile, name,
          fmt::format("{} of {} has no certificate in it", item.text, name), item.place);
    }
  }
}

void Refusal::KeyFiles(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names) {
    const Setting* setting = Given(name);
    if (setting == nullptr) continue;
    for (const Item& item : setting->items) {
      const std::string path = Reached(*this, item);
      if (path.empty()) continue;
      // Key() and not Bytes(): it wipes what it read.
      const auto& key = node_.Key(path);
      if (!key) Unread(key.error());
      if (key && key->encrypted)
        Add(Problem::Kind::kMalformedFile, name, Encrypted(item, name), item.place);
      const bool other =
          key ? !key->private_key && !key->encrypted : key.error().code == ErrorCode::kMalformed;
      if (!other) continue;
      Add(Problem::Kind::kMalformedFile, name,
          fmt::format("{} of {} has no private key in it", item.text, name), item.place);
    }
  }
}

void Refusal::CertificatePairs(std::string_view name) const {
  const Setting* setting = Given(name);
  if (setting == nullptr || setting->text.find(',') != std::string::npos) return;
  Bad(*setting, setting->items.front(), fmt::format("{} takes CERTIFICATE,KEY", name));
}

void Refusal::KeyFits(std::string_view certificate, std::string_view key) const {
  const Setting* one = Given(certificate);
  const Setting* other = Given(key);
  if (one == nullptr || other == nullptr) return;
  const std::string certificate_path = Reached(*this, one->items.front());
  const std::string key_path = Reached(*this, other->items.front());
  if (certificate_path.empty() || key_path.empty()) return;
  const auto& certificates = node_.Certificates(certificate_path);
  const auto& info = node_.Key(key_path);
  if (!info) Unread(info.error());
  if (info && info->encrypted) {
    const Item& item = other->items.front();
    Add(Problem::Kind::kMalformedFile, key, Encrypted(item, key), item.place);
  }
  if (!certificates || certificates->empty() || !info || info->public_key_sha256.empty()) return;
  if (certificates->front().public_key_sha256 == info->public_key_sha256) return;
  Conflict(*other,
           fmt::format("the key of {} is not the one of the certificate of {}", key, certificate));
}

}  // namespace seawall::cluster
