// `poolbugs watch -- COMMAND…`: any command, as without us, until it is proved
// that it can never end.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/paths.hpp"
#include "harness/cli/related.hpp"

namespace poolbugs::cli {

struct WatchOptions {
  std::vector<std::string> command;
  std::optional<double> timeout;         ///< seconds; not while it is stopped
  std::filesystem::path json, markdown;  ///< empty: not wanted; "-": stdout
  bool keep = false;                     ///< never end the tree
  bool stacks = false;                   ///< take them with `keep` too
  /// Nobody sends the command signals, or stops it: what only rests until then
  /// is proved to be stuck.
  bool no_signals = false;
  std::filesystem::path facts;  ///< of what is behind the verdict; as `json`
  Corpus corpus = default_corpus();
};

/// Exit status: the command's own; of one that died by a signal, the same
/// signal. 120 if a hang was proved; at the end of the time-out 121 if it
/// spins, 122 if nothing moves, 124 otherwise; 125 our own failure, 126 the
/// command cannot be executed, 127 not found.
///
/// A part that is stuck while others move is told once, and left as it is.
///
/// A hang that is proved, or the end of the time-out, ends the tree: SIGTERM,
/// half a second later SIGKILL. With `keep` it is told once and the tree stays
/// as it is; we attend to the command until somebody else ends it, and then
/// return the status of the hang.
int watch_command(const WatchOptions& options, std::ostream& err);

}  // namespace poolbugs::cli
