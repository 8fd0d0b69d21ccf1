// Options that several commands have with the same meaning, each written once.
#pragma once

#include "app/words.h"

namespace seawall::app::options {

inline constexpr Option kContext = {
    "--context",
    0,
    "NAME",
    false,
    nullptr,
    "The kubeconfig's context. Without --kubeconfig: that of $KUBECONFIG or ~/.kube/config."};
inline constexpr Option kSeverity = {
    "--severity",
    0,
    "LEVEL",
    false,
    "low medium high critical",
    "Only rules of at least this severity. What is filtered out does not touch the exit status."};
inline constexpr Option kBaseline = {
    "--baseline",
    0,
    "FILE",
    false,
    nullptr,
    "An earlier report (-o json): only what is new since then decides the exit status."};
inline constexpr Option kWaivers = {
    "--waivers",
    0,
    "FILE",
    false,
    nullptr,
    "Findings that are accepted, with a reason and until a day. Default: ./seawall-waivers.yaml, "
    "if it is there and yours."};
inline constexpr Option kNoWaivers = {
    "--no-waivers", 0, nullptr, false, nullptr, "Do not look for ./seawall-waivers.yaml."};
inline constexpr Option kPolicy = {
    "--policy", 0,
    "DIR",      false,
    nullptr,    "The organisation's own rules and thresholds: the YAML files of this folder."};
inline constexpr Option kFramework = {
    "--framework",
    0,
    "NAME",
    false,
    "cis nsa stig pci soc2",
    "Group the text report by the items of this framework, and print which no rule covers."};
inline constexpr Option kSign = {
    "--sign",
    0,
    "KEY",
    false,
    nullptr,
    "Sign each file of -o with this Ed25519 key (PEM, mode 0600); the signature becomes "
    "FILE.sig."};
inline constexpr Option kReportFormats = {
    "--output",
    'o',
    "FORMAT[=FILE]",
    true,
    kFormats,
    "Format of the report, on standard output or in a file; repeat it for several. A file is "
    "replaced only when the report is whole."};
inline constexpr Option kOnlyFailing = {
    "--quiet", 'q', nullptr, false, nullptr, "Only the findings that fail and the summary."};
inline constexpr Option kVerbose = {
    "--verbose", 'v',     nullptr,
    false,       nullptr, "Also what passes or does not apply, and every file that was read."};
inline constexpr Option kComponentVersion = {
    "--component-version",
    0,
    "NAME=V",
    true,
    nullptr,
    "Version of a component whose image tag and binary do not tell it, as in etcd=3.7.0."};
inline constexpr Option kTextOrJson = {"--output", 'o', "FORMAT", false, "text json", "Format."};
inline constexpr Option kManifests = {
    "--filename",
    'f',
    "FILE",
    true,
    nullptr,
    "Manifests: a file, a folder, or - for standard input. Objects of other kinds are left out."};
inline constexpr Option kClusterOfPolicy = {
    "--kubeconfig",
    0,
    "FILE",
    false,
    nullptr,
    "Instead of manifests: the objects of the cluster that this kubeconfig names. What it does not "
    "let be listed makes answers unknown."};
inline constexpr Option kBundleOfPolicy = {
    "--bundle",
    0,
    "FILE",
    false,
    nullptr,
    "Instead of manifests: what the API said when this bundle was collected (seawall collect "
    "--kubeconfig)."};
inline constexpr Option kNamespace = {"--namespace", 'n',     "NAMESPACE",
                                      false,         nullptr, "Where. Default: default."};
inline constexpr Option kSubresource = {"--subresource", 0,       "NAME",
                                        false,           nullptr, "As in log or exec."};
inline constexpr Option kStrict = {
    "--strict", 0, nullptr, false, nullptr, "An unknown field of a manifest is an error."};
inline constexpr Option kAnswerFormat = {"--output", 'o',         "FORMAT",
                                         false,      "text json", "Format of the answer."};
inline constexpr Option kNoRemarks = {"--quiet", 'q',     nullptr,
                                      false,     nullptr, "No remarks about manifests."};
inline constexpr Option kYamlOrJson = {"--output", 'o',         "FORMAT",
                                       false,      "yaml json", "Format. Default: yaml."};

}  // namespace seawall::app::options
