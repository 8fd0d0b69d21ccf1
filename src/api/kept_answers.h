// KeptAnswers: what an API server answered, kept so that the same questions can be answered again
// without it. docs/formats/bundle.md describes the files that they become.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace seawall::api {

/// One answer, without what no rule reads.
struct KeptAnswer {
  enum class Shape { kObject, kList, kText };
  Shape shape = Shape::kObject;
  int status = 0;                  ///< of HTTP; 0: there was no answer, or it is not kept
  std::string why, how;            ///< of a status other than 200
  std::string kind;                ///< of a list, "NodeList"
  std::string body;                ///< an object's JSON, or a text
  std::vector<std::string> items;  ///< of a list, as JSON
  bool whole = true;               ///< a list's last page was seen
};

struct KeptAnswers {
  std::string server;   ///< "https://HOST:PORT"
  std::string context;  ///< of the kubeconfig
  /// By what was asked: the path, with its query but for what turns pages.
  std::map<std::string, KeptAnswer, std::less<>> answers;
};

/// "/api/v1/pods?limit=100&continue=x" as KeptAnswers has it: "/api/v1/pods".
std::string QuestionOf(std::string_view path);

/// A file of a bundle.
struct KeptFile {
  std::string name;  ///< "api/nodes.json"
  std::string json;
};

/// Bytes of one of the files at the most; what would be more is kept as unknown.
inline constexpr size_t kLargestKeptFile = 8u << 20;

/// In the order of their names.
std::vector<KeptFile> WriteKept(const KeptAnswers& kept);

/// Adds what one of the files holds. kMalformed, kTooLarge; `where` is "entry NAME".
Result<void> ReadKept(const KeptFile& file, KeptAnswers& kept);

}  // namespace seawall::api
