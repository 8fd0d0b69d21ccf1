// Reports of an audit, written node by node so that memory does not grow with the number of nodes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/node.h"
#include "report/summary.h"
#include "rules/finding.h"

namespace seawall::report {

struct ReportOptions {
  bool color = false;
  bool quiet = false;    ///< only what fails
  bool verbose = false;  ///< what passes or does not apply as well
  size_t width = 100;    ///< columns of a text report
  bool as_root = false;  ///< who reads
  std::string version;   ///< of seawall
};

/// One node's part of a report, made wherever the node was examined (any thread) and put together
/// in order by the owner.
struct NodePart {
  std::string findings;  ///< text, or JSON objects separated by commas
  std::string node;      ///< JSON object of the node itself; empty in text
  Summary summary;
};

NodePart TextPart(const cluster::Node& node, const std::vector<rules::Finding>& findings,
                  const ReportOptions& options);
NodePart JsonPart(const cluster::Node& node, const std::vector<rules::Finding>& findings,
                  const ReportOptions& options);

/// What stands before the first and after the last part.
std::string TextEnd(const Summary& summary, const ReportOptions& options,
                    std::string_view worst_rule, int exit_status);
std::string JsonBegin(const ReportOptions& options);
std::string JsonEnd(const Summary& summary, const std::vector<std::string>& nodes, int exit_status);

/// The rule that `seawall explain` should be asked about next: the most severe that fails, else the
/// most severe that is unknown (but for what only a person can judge); "" when there is neither.
/// `weight`: of two nodes' rules the heavier goes first.
std::string_view WorstRule(const std::vector<rules::Finding>& findings, int& weight);

}  // namespace seawall::report
