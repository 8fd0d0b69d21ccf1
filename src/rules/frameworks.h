// Public frameworks as data: which of their items which rules speak of. docs/frameworks.md names
// the sources.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule.h"

namespace seawall::rules {

struct FrameworkItem {
  const char* item;   ///< "V-242376", "10.2.1", a section's name
  const char* title;  ///< in a few words
  const char*
      rules;  ///< ids, separated by spaces; a * at an id's end stands for any rest; "": none
  const char* why_none = "";  ///< of an item without rules: whose matter it is
};

struct Framework {
  const char* id;  ///< what --framework takes
  const char* name;
  const char* edition;
  const char* source;  ///< where it is published
  /// Every item that a control plane is asked about.
  std::span<const FrameworkItem> items;
};

/// CIS first. The items of the CIS benchmark are those of the rules' own rows.
std::span<const Framework> AllFrameworks();
const Framework* FindFramework(std::string_view id);

/// Whether an item names the rule.
bool Names(const FrameworkItem& item, std::string_view rule);
/// The items that speak of a rule, in the framework's order.
std::vector<const FrameworkItem*> ItemsOf(const Framework& framework, std::string_view rule);

struct FrameworkRef {
  const Framework* framework;
  const FrameworkItem* item;
};
/// Of a built-in rule, in every framework but CIS (which its row names), by the framework's name.
std::span<const FrameworkRef> RefsOf(std::string_view rule);

// One file each.
std::span<const FrameworkItem> CisItemTable();
std::span<const FrameworkItem> NsaItemTable();
std::span<const FrameworkItem> StigItemTable();
std::span<const FrameworkItem> PciItemTable();
std::span<const FrameworkItem> SocItemTable();

}  // namespace seawall::rules
