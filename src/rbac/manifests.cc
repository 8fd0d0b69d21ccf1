#include "rbac/manifests.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <unordered_map>

#include "base/text.h"
#include "rbac/object_builder.h"

namespace seawall::rbac {
namespace {

/// Below this a second thread costs more than it gives.
constexpr size_t kWorthAThread = 1u << 20;

struct Part {
  Policy policy;
  Result<void> ok;
};

void ReadPart(const Manifest& manifest, std::string_view bytes, uint32_t first_line,
              const ManifestOptions& options, Part& part) {
  part.policy.files = {manifest.name};
  ObjectBuilder builder(part.policy, 0, options);
  part.ok = yaml::ReadEvents(manifest.name, bytes, builder, {.first_line = first_line});
  if (builder.error()) part.ok = std::unexpected(*builder.error());
}

/// Adds what `part` holds behind what `policy` holds.
void Append(Policy& policy, const Policy& part) {
  std::vector<NameId> id(part.names.size());
  for (NameId i = 0; i < id.size(); ++i) id[i] = policy.names.Add(part.names.Text(i));
  const auto file = static_cast<uint32_t>(policy.files.size());
  const auto atom = static_cast<uint32_t>(policy.atoms.size());
  const auto rule = static_cast<uint32_t>(policy.rules.size());
  const auto subject = static_cast<uint32_t>(policy.subjects.size());
  const auto label = static_cast<uint32_t>(policy.labels.size());
  const auto aggregation = static_cast<uint32_t>(policy.aggregations.size());
  policy.files.insert(policy.files.end(), part.files.begin(), part.files.end());
  for (NameId a : part.atoms) policy.atoms.push_back(id[a]);
  for (Rule r : part.rules) {
    r.begin += atom;
    policy.rules.push_back(r);
  }
  for (Role r : part.roles) {
    r.name = id[r.name];
    r.space = id[r.space];
    r.created = id[r.created];
    r.first_rule += rule;
    r.spot.file += file;
    if (r.labels != 0) r.labels += label;
    if (r.selectors != 0) r.selectors += aggregation;
    policy.roles.push_back(r);
  }
  for (Subject s : part.subjects) {
    policy.subjects.push_back({s.kind, id[s.name], id[s.space], id[s.kind_name],
                               s.user == kNoName ? kNoName : id[s.user]});
  }
  for (Binding b : part.bindings) {
    b.name = id[b.name];
    b.space = id[b.space];
    b.created = id[b.created];
    b.role_kind = id[b.role_kind];
    b.role_name = id[b.role_name];
    b.first_subject += subject;
    b.spot.file += file;
    policy.bindings.push_back(b);
  }
  for (auto labels : part.labels) {
    for (auto& [key, value] : labels) key = id[key], value = id[value];
    policy.labels.push_back(std::move(labels));
  }
  for (auto selectors : part.aggregations) {
    for (auto& selector : selectors) {
      for (Requirement& r : selector) {
        r.key = id[r.key];
        for (NameId& value : r.values) value = id[value];
      }
    }
    policy.aggregations.push_back(std::move(selectors));
  }
  policy.skipped += part.skipped;
  policy.lists += part.lists;
  policy.has_pods |= part.has_pods;
  policy.has_accounts |= part.has_accounts;
  policy.unread.insert(policy.unread.end(), part.unread.begin(), part.unread.end());
  const uint64_t untold = part.remarks_in_all - part.remarks.size();
  for (Remark remark : part.remarks) {
    remark.spot.file += file;
    policy.AddRemark(std::move(remark));
  }
  policy.remarks_in_all += untold;
}

/// The last of several objects with one name is the one that stays.
template <typename T>
void DropReplaced(Policy& policy, std::vector<T>& all, const char* kind, const char* cluster_kind) {
  std::unordered_map<uint64_t, size_t> last[2];
  const auto key = [](const T& object) { return uint64_t{object.space} << 32 | object.name; };
  bool any = false;
  for (auto& map : last) map.reserve(all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    const auto [at, fresh] = last[all[i].cluster].try_emplace(key(all[i]), i);
    if (fresh) continue;
    any = true;
    policy.AddRemark(
        {Remark::Kind::kReplaced, all[at->second].spot,
         fmt::format("{} {} comes again at {}, which counts", all[i].cluster ? cluster_kind : kind,
                     PrintableShort(policy.Text(all[i].name), 80), policy.Where(all[i].spot))});
    at->second = i;
  }
  if (!any) return;
  std::vector<T> kept;
  for (size_t i = 0; i < all.size(); ++i) {
    if (last[all[i].cluster].at(key(all[i])) == i) kept.push_back(all[i]);
  }
  all = std::move(kept);
}

Result<void> ReadOne(const Manifest& manifest, const ManifestOptions& options, Policy& policy) {
  const std::string_view bytes = manifest.bytes;
  std::vector<size_t> cuts = {0};
  if (bytes.size() >= kWorthAThread && std::thread::hardware_concurrency() > 1)
    cuts = yaml::SplitDocuments(bytes, 2);
  std::vector<Part> parts(cuts.size());
  std::vector<std::thread> threads;
  cuts.push_back(bytes.size());
  uint32_t line = 1;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string_view piece = bytes.substr(cuts[i], cuts[i + 1] - cuts[i]);
    const auto read = [&manifest, piece, line, &options, &part = parts[i]] {
      ReadPart(manifest, piece, line, options, part);
    };
    if (i + 1 < parts.size()) {
      threads.emplace_back(read);
      line += static_cast<uint32_t>(std::ranges::count(piece, '\n'));
    } else {
      read();
    }
  }
  for (std::thread& thread : threads) thread.join();
  for (Part& part : parts) {
    if (!part.ok) return part.ok;
    // Most inputs are one file in one piece.
    if (policy.files.empty()) {
      policy = std::move(part.policy);
    } else {
      Append(policy, part.policy);
    }
  }
  return {};
}

void DropReplaced(Policy& policy) {
  DropReplaced(policy, policy.roles, "Role", "ClusterRole");
  DropReplaced(policy, policy.bindings, "RoleBinding", "ClusterRoleBinding");
}

}  // namespace

Policy JoinPolicies(std::initializer_list<const Policy*> parts) {
  Policy policy;
  for (const Policy* part : parts) Append(policy, *part);
  DropReplaced(policy);
  return policy;
}

Result<Policy> ReadManifests(const std::vector<Manifest>& manifests,
                             const ManifestOptions& options) {
  Policy policy;
  for (const Manifest& manifest : manifests) {
    if (auto ok = ReadOne(manifest, options, policy); !ok) return std::unexpected(ok.error());
  }
  DropReplaced(policy);
  return policy;
}

}  // namespace seawall::rbac
