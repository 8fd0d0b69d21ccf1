// The words of the commands about seawall itself: options, examples, description.
#include "app/run.h"
#include "app/shared_options.h"
#include "app/words.h"

namespace seawall::app {
namespace {

constexpr Option kRulesOptions[] = {
    {"--row", 0, "ROW", true, nullptr, "Only the rules of these rows of the recipe."},
    {"--cis", 0, "ITEM", true, nullptr,
     "Only the rules for these items of the CIS Kubernetes Benchmark 1.12."},
    {"--severity", 0, "LEVEL", false, "low medium high critical",
     "Only rules of at least this severity."},
    {"--proofs", 0, nullptr, false, nullptr,
     "The rules of `seawall prove` instead of the audit's."},
    {"--risks", 0, nullptr, false, nullptr,
     "The rules of `seawall rbac risks` instead of the audit's."},
    options::kPolicy,
    {"--framework", 0, "NAME", false, "cis nsa stig pci soc2",
     "The items of this framework instead, each with its rules, and which none covers."},
    {"--output", 'o', "FORMAT", false, "text json", "Format of the list."},
};

constexpr Example kRulesExamples[] = {
    {"seawall rules", "every rule, a line each"},
    {"seawall rules --row 5a -o json", "the rules about etcd's client TLS for a program to read"},
};

constexpr Option kExplainOptions[] = {
    options::kPolicy,
    options::kTextOrJson,
};

constexpr Example kExplainExamples[] = {
    {"seawall explain etcd-client-cert-auth", "what it checks, why, and how to mend it"},
};

constexpr Option kVersionOptions[] = {
    {"--verbose", 'v', nullptr, false, nullptr,
     "Also which of its bounds for foreign input this kernel has."},
    options::kTextOrJson,
};

constexpr Example kVersionExamples[] = {{"seawall version -o json", "for a program to read"}};

constexpr Option kConfigOptions[] = {
    {"--origin", 0, nullptr, false, nullptr, "Also where each comes from."},
    options::kTextOrJson,
};

constexpr Example kConfigExamples[] = {
    {"seawall config view --origin", "what holds, and who said so"},
};

constexpr Example kCompletionExamples[] = {
    {"source <(seawall completion bash)", "for this shell"},
    {"seawall completion zsh > ~/.zfunc/_seawall", "for every zsh to come"},
};

constexpr Option kManOptions[] = {
    {"--dir", 0, "DIR", false, nullptr,
     "Write every page into this folder instead of one page to standard output."},
};

constexpr Example kManExamples[] = {
    {"seawall man audit | man -l -", "read a page"},
    {"seawall man --dir /usr/local/share/man/man1", "install all pages"},
};

constexpr Example kHelpExamples[] = {{"seawall help exit-codes", "what each exit status means"}};

}  // namespace

constinit const Command kRulesCommand = {
    "rules",
    "",
    0,
    0,
    "List the rules",
    "Lists every rule with its severity, its row of the recipe and the items of public benchmarks "
    "that it stands for.",
    kRulesOptions,
    kRulesExamples,
    RunRules,
    ""};

constinit const Command kExplainCommand = {
    "explain",
    "RULE",
    1,
    1,
    "Explain a rule",
    "Says what a rule checks, why it matters and how to mend it. Works offline.",
    kExplainOptions,
    kExplainExamples,
    RunExplain,
    "rules"};

constinit const Command kConfigCommand = {
    "config",
    "view",
    1,
    1,
    "Show seawall's own settings",
    "An option that does not name a cluster, a moment or another report can be set beforehand. "
    "What the command line says is stronger than the environment (SEAWALL_FAIL_ON for --fail-on), "
    "which is stronger than $XDG_CONFIG_HOME/seawall/config.yaml, which is stronger than "
    "/etc/seawall/config.yaml. A setting that does not exist, or a value that no command takes, "
    "is an error with its place.",
    kConfigOptions,
    kConfigExamples,
    RunConfig,
    ""};

constinit const Command kCompletionCommand = {"completion",
                                              "SHELL",
                                              1,
                                              1,
                                              "Print the completion script of a shell",
                                              "Prints the completion script for bash, zsh or fish.",
                                              {},
                                              kCompletionExamples,
                                              RunCompletion,
                                              "shells"};

constinit const Command kManCommand = {"man",
                                       "[COMMAND]",
                                       0,
                                       2,
                                       "Print the manual page of a command",
                                       "Prints manual pages in mdoc.",
                                       kManOptions,
                                       kManExamples,
                                       RunMan,
                                       "commands"};

constinit const Command kVersionCommand = {
    "version",
    "",
    0,
    0,
    "Print the version",
    "Prints the version of seawall and of the tables it holds.",
    kVersionOptions,
    kVersionExamples,
    RunVersion,
    ""};

constinit const Command kHelpCommand = {
    "help",
    "[COMMAND|TOPIC]",
    0,
    2,
    "Help about a command or a topic",
    "Prints the help of a command or a topic. Topics: exit-codes, rows.",
    {},
    kHelpExamples,
    RunHelp,
    "commands"};

}  // namespace seawall::app
