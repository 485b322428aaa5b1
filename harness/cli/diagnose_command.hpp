// `poolbugs diagnose PID`: what a running tree waits for, without touching it.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "harness/cli/paths.hpp"
#include "harness/cli/related.hpp"

namespace poolbugs::cli {

struct DiagnoseOptions {
  long process = 0;  ///< the tree is this one and its descendants
  bool stacks = false;
  std::filesystem::path json, markdown;  ///< empty: not wanted; "-": stdout
  std::filesystem::path facts;  ///< of what is behind the verdict; as `json`
  Corpus corpus = default_corpus();
};

/// Exit status: 0 somebody in it may move, 120 a hang is proved, 122 nothing
/// moves but that is no proof, 2 there is no such process, 125 it may not be
/// looked into, or our own failure. Takes about a second, less for a proof.
int diagnose_command(const DiagnoseOptions& options, std::ostream& out,
                     std::ostream& err);

}  // namespace poolbugs::cli
