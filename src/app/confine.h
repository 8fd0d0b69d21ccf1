// How commands enter the sandbox: what each still needs follows from its own command line.
#pragma once

#include <vector>

#include "app/command.h"
#include "app/report_writer.h"
#include "sandbox/sandbox.h"

namespace seawall::app {

/// Whom a command speaks to.
enum class Speaks { kNobody, kNetwork };

/// What the command line names may be read (the whole machine when `live`), the folders of
/// `wishes` written to. A command that is given --kubeconfig starts other people's programs,
/// which need files of their own: those are not bounded then. (--ssh does so before.)
sandbox::Profile ProfileOf(const Arguments& arguments, const std::vector<Wish>& wishes, bool live,
                           Speaks speaks);

/// Enters the sandbox; standard error says what the kernel lacks of it, unless --quiet is given.
/// To be called before anything is parsed and before threads are started.
Result<void> Confine(const Arguments& arguments, const sandbox::Profile& profile);

}  // namespace seawall::app
