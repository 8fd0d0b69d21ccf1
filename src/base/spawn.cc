#include "base/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

extern char** environ;

namespace seawall {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  // posix_spawn changes none of them.
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void Give(posix_spawn_file_actions_t& actions, int from, int to) {
  if (from == SpawnOptions::kNothing) {
    posix_spawn_file_actions_addopen(&actions, to, "/dev/null", to == 0 ? O_RDONLY : O_WRONLY, 0);
  } else if (from != SpawnOptions::kOurs) {
    posix_spawn_file_actions_adddup2(&actions, from, to);
  }
}

}  // namespace

int Spawn(const std::vector<std::string>& words, const SpawnOptions& options, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  Give(actions, options.input, 0);
  Give(actions, options.output, 1);
  Give(actions, options.errors, 2);
  if (!options.folder.empty())
    posix_spawn_file_actions_addchdir_np(&actions, options.folder.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigdefault(&attributes, &all);
  const int own = options.session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
  posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGDEF | own));
  const std::vector<char*> arguments = Pointers(words);
  std::vector<char*> variables;
  if (options.environment != nullptr) variables = Pointers(*options.environment);
  char* const* environment = options.environment != nullptr ? variables.data() : environ;
  const int error =
      options.program.empty()
          ? posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(), environment)
          : posix_spawn(&pid, options.program.c_str(), &actions, &attributes, arguments.data(),
                        environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) pid = -1;
  return error;
}

}  // namespace seawall
