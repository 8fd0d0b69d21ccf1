#include "rbac/workloads.h"

#include <fmt/format.h>

#include <algorithm>

#include "rbac/workload_reader.h"

namespace seawall::rbac {

namespace {

std::pair<std::string, std::string> KeyOf(const AccountFacts& account) {
  return {account.space, account.name};
}

}  // namespace

std::string PodFacts::Name() const { return fmt::format("{} {}/{}", kind, space, name); }

bool Workloads::MountsToken(const PodFacts& pod) const {
  if (pod.token_volume || pod.stored) return pod.token_volume;
  if (pod.automount) return *pod.automount;
  const auto at = std::ranges::lower_bound(accounts, std::pair(pod.space, pod.account), {}, KeyOf);
  const bool found = at != accounts.end() && at->space == pod.space && at->name == pod.account;
  return !found || at->automount.value_or(true);
}

std::optional<bool> Workloads::HasAccount(std::string_view space, std::string_view name) const {
  if (!has_accounts || !accounts_unread.empty()) return std::nullopt;
  bool known = all_accounts;
  const auto key = std::pair(std::string(space), std::string());
  for (auto at = std::ranges::lower_bound(accounts, key, {}, KeyOf);
       at != accounts.end() && at->space == space; ++at) {
    if (at->name == name) return true;
    known = true;
  }
  if (!known) return std::nullopt;
  return name == "default";  // every namespace gets one
}

void Workloads::SortAccounts() { std::ranges::stable_sort(accounts, {}, KeyOf); }

Result<Workloads> ReadWorkloads(const std::vector<Manifest>& manifests) {
  Workloads workloads;
  for (const Manifest& manifest : manifests) {
    WorkloadReader reader(workloads, manifest.name);
    if (auto ok = yaml::ReadEvents(manifest.name, manifest.bytes, reader); !ok)
      return std::unexpected(ok.error());
  }
  workloads.has_pods = !workloads.pods.empty();
  workloads.has_accounts = !workloads.accounts.empty();
  workloads.SortAccounts();
  return workloads;
}

LiveWorkloads::LiveWorkloads() = default;
LiveWorkloads::~LiveWorkloads() = default;

void LiveWorkloads::Add(const char* kind, const yaml::Value& item) {
  WorkloadReader reader(workloads_, "");
  reader.BeLive(kind);
  reader.BeginDocument(0);
  yaml::WalkEvents(item, reader);
}

Workloads LiveWorkloads::Take() {
  workloads_.SortAccounts();
  return std::move(workloads_);
}

void LiveWorkloads::Restart(const char* kind) {
  if (kind == std::string_view("Pod")) {
    workloads_.pods.clear();
  } else {
    workloads_.accounts.clear();
  }
}

}  // namespace seawall::rbac
