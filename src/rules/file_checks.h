// Checks of modes and owners, as rows of the table ask for them. `wanted` of a mode rule is the
// most that may be allowed, in octal ("600": no bit beyond it, nor set-user-id or set-group-id of a
// file); of an owner rule it is "user:group". `setting` says which files: names of settings for the
// checks of a component, paths for those of a node, separated by spaces.
#pragma once

#include "rules/rule.h"
#include "rules/tally.h"
#include "rules/used_files.h"

namespace seawall::rules {

// Of a component: the manifest or unit that starts it, and the files that its settings name.
Outcome ManifestMode(const Rule& rule, const Context& context);
Outcome ManifestOwner(const Rule& rule, const Context& context);
Outcome NamedMode(const Rule& rule, const Context& context);
Outcome NamedOwner(const Rule& rule, const Context& context);

// Of a node: those of the given paths that exist; a path that ends with "/" stands for the files in
// that folder.
Outcome FoundMode(const Rule& rule, const Context& context);
Outcome FoundOwner(const Rule& rule, const Context& context);

/// What a path should lead to. A folder or a FIFO in a file's place is not what the component
/// reads: its mode and owner say nothing.
enum class Thing : uint8_t { kFile, kFolder };

/// Judges one path and adds it to `tally`. A path that is not there, or leads to another thing, is
/// unknown: whoever asks knows that it is in use.
void JudgeMode(const cluster::Node& node, const std::string& path, uint32_t most, Tally& tally,
               Thing thing = Thing::kFile);
void JudgeOwner(const cluster::Node& node, const std::string& path, std::string_view owner,
                Tally& tally, Thing thing = Thing::kFile);

/// Good when nobody but root (or `account`, if not empty) may change it.
void JudgeNotWritable(const cluster::Node& node, const std::string& path, std::string_view account,
                      Tally& tally, Thing thing = Thing::kFile);
Outcome DoneNotWritable(Tally tally, std::string nothing);

/// The unit file of a component that systemd runs (the first in systemd's order) and the drop-ins
/// that apply to it.
std::vector<std::string> UnitFiles(const cluster::Node& node, const cluster::Component& component,
                                   Tally& tally);

/// The outcome with the exact commands for what was found: "chmod 600 /a /b".
Outcome DoneModes(Tally tally, std::string_view most, std::string nothing);
Outcome DoneOwners(Tally tally, std::string_view owner, std::string nothing);

/// "0644".
std::string ModeText(uint32_t mode);
uint32_t ParseMode(std::string_view octal);
Evidence StatEvidence(const char* setting, std::string value, const std::string& path);
/// Splits at spaces.
std::vector<std::string> Words(std::string_view text);

/// The reason of every rule about files when the node was made from configuration (`-f`).
inline constexpr const char* kNoFiles =
    "this is configuration and not a machine: it has no files to look at";

}  // namespace seawall::rules
