// Two clients around KeptAnswers: one that notes what a real one is answered, and one that answers
// without any network. Whatever reads the API reads either.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "api/client.h"
#include "api/kept_answers.h"

namespace seawall::api {

struct KeptRow;

/// Asks `client`, and notes the answers without what no rule reads.
class RecordingClient : public ApiClient {
 public:
  explicit RecordingClient(ApiClient& client) : client_(client) {}

  Result<Response> Send(const Request& request) override;
  const Access& access() const override { return client_.access(); }
  const ClientOptions& options() const override { return client_.options(); }

  /// What was answered; a list whose end was not seen is unknown.
  KeptAnswers Take();

 private:
  void Note(const Request& request, const Result<Response>& response);
  void NoteBody(std::string_view question, const KeptRow& row, const Request& request,
                const Response& response, KeptAnswer& answer);

  ApiClient& client_;
  KeptAnswers kept_;
  std::map<std::string, size_t, std::less<>> bytes_;  ///< by file
};

/// Answers what was kept, and "it is not in the bundle" to everything else. Never connects.
class KeptClient : public ApiClient {
 public:
  explicit KeptClient(KeptAnswers kept);

  Result<Response> Send(const Request& request) override;
  const Access& access() const override { return access_; }
  const ClientOptions& options() const override { return options_; }

 private:
  KeptAnswers kept_;
  Access access_;
  ClientOptions options_;
};

}  // namespace seawall::api
