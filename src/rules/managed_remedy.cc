#include "rules/managed_remedy.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace seawall::rules {
namespace {

using cluster::cloud::Dialect;
using cluster::cloud::ManagedCluster;
using cluster::cloud::Provider;

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./:@%+,").find(c) != std::string_view::npos;
}

/// "--name VALUE"; a value that would be taken for another option is tied to its own.
std::string Option(std::string_view option, const std::string& value, const char* unknown) {
  if (value.empty()) return fmt::format("{} {}", option, unknown);
  return fmt::format("{}{}{}", option, value.starts_with('-') ? "=" : " ", ShellWord(value));
}

std::string OptionIfKnown(std::string_view option, const std::string& value) {
  return value.empty() ? "" : " " + Option(option, value, "");
}

using Words = std::vector<std::pair<std::string, std::string>>;

const char* KeyField(Provider provider) {
  switch (provider) {
    case Provider::kGke:
      return "databaseEncryption.keyName";
    case Provider::kEks:
      return "encryptionConfig.provider.keyArn";
    case Provider::kAks:
      return "securityProfile.azureKeyVaultKms.keyId";
  }
  return "";
}

/// What the marks stand for; empty members of `cluster` become words in capitals.
Words WordsOf(const ManagedCluster& cluster) {
  const std::string name = cluster.name.empty() ? "NAME" : ShellWord(cluster.name);
  const std::string there = Option("--location", cluster.location, "LOCATION") +
                            OptionIfKnown("--project", cluster.scope);
  const std::string region = Option("--region", cluster.location, "REGION");
  const std::string group = Option("--resource-group", cluster.group, "RESOURCE_GROUP");
  const std::string subscription = OptionIfKnown("--subscription", cluster.scope);
  const cluster::Setting key = cluster.cluster.Get(KeyField(cluster.provider));
  const bool terraform = cluster.dialect == Dialect::kTerraform;
  return {
      {"{gke}", name + " " + there},
      {"{of}", "--cluster " + name + " " + there},
      {"{there}", there},
      {"{eks}", "--name " + name + " " + region},
      {"{eks-cluster}", "--cluster-name " + name + " " + region},
      {"{region}", region},
      {"{aks}", group + " --name " + name + subscription},
      {"{aks-cluster}", group + " --cluster-name " + name + subscription},
      {"{id}", cluster.id.empty() || terraform ? "ID" : ShellWord(cluster.id)},
      {"{key}", key.known() && !key.text.empty() ? ShellWord(key.text) : "KEY"},
  };
}

/// Marks are replaced in the row's own text only, never in what was put in their place.
std::string Fill(std::string_view text, const Words& words) {
  std::string filled;
  while (!text.empty()) {
    const auto word =
        std::ranges::find_if(words, [&](const auto& mark) { return text.starts_with(mark.first); });
    if (word == words.end()) {
      filled += text.front();
      text.remove_prefix(1);
    } else {
      filled += word->second;
      text.remove_prefix(word->first.size());
    }
  }
  return filled;
}

}  // namespace

std::string ShellWord(std::string_view text) {
  if (!text.empty() && std::ranges::all_of(text, IsPlain)) return std::string(text);
  const bool controls = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  std::string word = controls ? "$'" : "'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (controls && (byte < 0x20 || byte == 0x7F)) {
      word += fmt::format("\\x{:02x}", byte);
    } else if (controls && (c == '\'' || c == '\\')) {
      word += '\\';
      word += c;
    } else if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string ManagedRemedy(const Rule& rule, const ManagedCluster& cluster,
                          const std::vector<std::string>& pools) {
  Words words = WordsOf(cluster);
  words.emplace_back("{pool}", "POOL");
  const bool each = std::string_view(rule.remedy).find("{pool}") != std::string_view::npos;
  std::string command;
  for (size_t i = 0; i < std::max<size_t>(each ? pools.size() : 1, 1); ++i) {
    if (i < pools.size() && !pools[i].empty()) words.back().second = ShellWord(pools[i]);
    command += (i == 0 ? "" : "; ") + Fill(rule.remedy, words);
  }
  if (cluster.dialect != Dialect::kTerraform || *rule.terraform == '\0') return command;
  const std::string edit =
      fmt::format("in {} write {} and run terraform apply", cluster.id, rule.terraform);
  return cluster.planned ? edit : fmt::format("{}; at once, until then: {}", edit, command);
}

std::string GeneralManagedRemedy(const Rule& rule) {
  Words words = WordsOf(ManagedCluster{});
  words.emplace_back("{pool}", "POOL");
  std::string text = Fill(rule.remedy, words);
  if (*rule.terraform != '\0') text += fmt::format(" (Terraform: {})", rule.terraform);
  return text;
}

}  // namespace seawall::rules
