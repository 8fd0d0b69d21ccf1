// Runs the built program as a user would and keeps what it printed.
#pragma once

#include <rapidjson/document.h>

#include <map>
#include <string>
#include <vector>

namespace seawall::test {

struct Ran {
  int status = -1;  ///< exit status; 128 + signal when one killed it
  std::string out, err;
  double seconds = 0;  ///< wall clock
  long peak_kib = 0;   ///< largest resident set
};

struct RunOptions {
  std::string input{};                               ///< standard input
  std::map<std::string, std::string> environment{};  ///< added to a small fixed one
  int timeout_seconds = 60;                          ///< then it is killed and the run fails
  unsigned uid = 0;         ///< other than 0: run as this user (needs root)
  std::string directory{};  ///< working folder
};

/// The program under test, built with the sanitizers of the preset.
std::string Program();
/// The program as it ships (build/seawall): for sizes, times and what it is linked to.
std::string ReleaseProgram();
/// The source tree.
std::string Source();
/// The test bed's program (build/testbed).
std::string TestbedProgram();

Ran RunCommand(const std::vector<std::string>& command, const RunOptions& options = {});
Ran Seawall(const std::vector<std::string>& arguments, const RunOptions& options = {});

/// Parses JSON; fails the test when it is none.
rapidjson::Document Json(const std::string& text);

/// What Python says to a script with this input.
std::string Python(const std::string& script, const std::string& input);
/// What is wrong with a page that is to stand alone: elements that are not closed, ids that come
/// twice, links inside that lead nowhere, attributes that load or run something, a policy that does
/// not name just the style and the script that are there.
std::string FaultsOfPage(const std::string& page);

/// The verdict of the findings of one rule in an audit's JSON; "" when there is none, "mixed" when
/// they differ.
std::string VerdictOf(const rapidjson::Document& report, const std::string& rule);

std::string ReadFile(const std::string& path);

}  // namespace seawall::test
