#include "api/as_user.h"

namespace seawall::api {

std::vector<UserAnswer> AskAsUser(Access access, const std::string& host, uint16_t port,
                                  const std::vector<std::pair<std::string, std::string>>& paths,
                                  int timeout_ms) {
  access.server.https = true;
  access.server.path.clear();
  // Another server than the kubeconfig's: its name is its address, and it has to show a
  // certificate.
  if (host != access.server.host || port != access.server.port) access.tls_server_name.clear();
  access.server.host = host;
  access.server.port = port;
  access.insecure = false;
  access.exec.reset();
  ClientOptions options;
  options.timeout_ms = timeout_ms;
  options.attempts = 1;
  options.most = 64u << 20;
  std::vector<UserAnswer> answers;
  std::string broken;
  auto client = ApiClient::Open(std::move(access), options);
  if (!client) broken = client.error().why;
  for (const auto& [path, target] : paths) {
    UserAnswer answer{path, std::nullopt, broken};
    if (broken.empty()) {
      auto response = (*client)->Get(target);
      if (response) {
        answer.status = response->status;
      } else {
        answer.why = response.error().why;
        if (response.error().code == ErrorCode::kIo) broken = answer.why;
      }
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace seawall::api
