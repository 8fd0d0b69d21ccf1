// The checks of managed clusters. A row's `setting` is the name of a field (cluster/cloud),
// `wanted` the values that are good, with | between. Whatever is not known is unknown.
#pragma once

#include "cluster/cloud/managed.h"
#include "rules/rule.h"
#include "rules/tally.h"

namespace seawall::rules {

const cluster::cloud::ManagedCluster& ManagedOf(const Context& context);

/// "legacyAbac.enabled is true", "releaseChannel.channel is UNSPECIFIED (its default)".
std::string ManagedSays(const cluster::Setting& setting);
Evidence ManagedEvidence(const cluster::Setting& setting);
Outcome ManagedUnknown(const cluster::Setting& setting);
/// Whether the setting is one of the values in `wanted`, letter case aside.
bool IsOneOf(const cluster::Setting& setting, std::string_view wanted);

/// The value, or every element of the list, is one of `wanted`.
Outcome ManagedIs(const Rule& rule, const Context& context);
/// Neither the value nor any element of the list is one of `wanted`.
Outcome ManagedIsNot(const Rule& rule, const Context& context);
/// Something is there.
Outcome ManagedGiven(const Rule& rule, const Context& context);
/// Nothing is there.
Outcome ManagedEmpty(const Rule& rule, const Context& context);
/// The list has every one of `wanted` (words with spaces between).
Outcome ManagedHas(const Rule& rule, const Context& context);
/// No element of the list of addresses is the whole of IPv4 or IPv6, or half of it.
Outcome NotTheWorld(const Rule& rule, const Context& context);
/// ManagedIs of every node pool.
Outcome PoolsAre(const Rule& rule, const Context& context);
/// ManagedIsNot of every node pool.
Outcome PoolsAreNot(const Rule& rule, const Context& context);
/// The rule's check, with its remedy for this very cluster.
Outcome JudgeManaged(const Rule& rule, const Context& context);

/// What a description does not show: the rule's remedy says how to find out.
Outcome NotDescribed(const Rule& rule, const Context& context);

}  // namespace seawall::rules
