// What is known of the terminal: its width, whether to colour, and text wrapped for it.
#pragma once

#include <string>
#include <string_view>

#include "app/command.h"

namespace seawall::app {

/// Columns of standard output: the terminal's, else $COLUMNS, else 100. Between 40 and 200.
size_t TerminalWidth();

/// --color, NO_COLOR, CLICOLOR_FORCE and whether standard output is a terminal.
bool UseColor(const Arguments& arguments);

/// What a person at the terminal answers to a question of yes or no; other words are a no.
/// kUsage when nobody is there who could be asked.
Result<bool> AskYes(const std::string& question);

/// Writes all of `text` to standard output. Errors: kIo (a full disk, a closed pipe).
Result<void> WriteOut(std::string_view text);

}  // namespace seawall::app
