// Questions as the API server is asked them: the spec of a SubjectAccessReview.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "rbac/evaluator.h"
#include "rbac/request_details.h"

namespace seawall::rbac {

/// A spec of authorization.k8s.io/v1, validated as the API server does. Its texts lie in the bytes
/// that it was read from.
struct Question {
  std::string_view user;
  std::vector<std::string_view> groups;
  bool resource_request = true;
  std::string_view verb, space, group, resource, subresource, name, path;
  bool field_selector = false;
  RequestDetails details;

  /// They point into this.
  Attributes attributes() const {
    return {user,        groups, verb, resource_request, space,   group, resource,
            subresource, name,   path, field_selector,   &details};
  }
};

/// Reads JSON objects one after the other with the memory of the first. Not thread-safe.
class QuestionReader {
 public:
  /// Parses `line` in place (a byte behind it is written to); `question` holds until the bytes or
  /// this object change. Unknown fields are left out as the API server does. The error is in words
  /// for a line's author.
  bool Read(char* line, size_t length, Question& question);
  const std::string& error() const { return error_; }

 private:
  std::string error_;
};

}  // namespace seawall::rbac
