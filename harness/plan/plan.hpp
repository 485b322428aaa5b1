// What will be run: case × program × start method, in a fixed order.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/catalogue/catalogue.hpp"
#include "platform/features.hpp"
#include "platform/result.hpp"

namespace poolbugs::plan {

/// What the command line selects. Empty vectors select everything.
struct Selection {
  std::vector<std::string> patterns;
  std::vector<std::string> programs;
  std::vector<StartMethod> start_methods;
  int repeat = 1;
  int shard = 1;   ///< 1-based
  int shards = 1;  ///< runs are dealt round-robin to this many shards
};

/// One execution to come.
struct PlannedRun {
  catalogue::Case item;
  catalogue::Program program;
  std::optional<StartMethod> start;
  int repetition = 1;  ///< 1-based
  std::filesystem::path executable;
  std::vector<std::string> arguments;  ///< the start method, or nothing
  std::vector<catalogue::Promise> promised;
  std::string unsupported;  ///< why it cannot run here; empty if it can
  /// Hangs are proved here, so the promised cause of a hang binds.
  bool proof = false;

  /// "fork/held-mutex.broken.fork", "fork/stdio-buffer.broken".
  [[nodiscard]] std::string name() const;
};

/// Whether this platform can start workers by this method.
bool is_available(StartMethod method, const Features& features);

/// Order: the catalogue's, broken before fixed, fork before spawn before
/// forkserver, repetitions innermost. A selected start method leaves out the
/// programs that start their own children. An Error if a pattern, program or
/// start method matches nothing (it names the nearest), or if a number is out
/// of range. A shard may be empty.
Result<std::vector<PlannedRun>> make_plan(
    const catalogue::Catalogue& catalogue, const Selection& selection,
    const Features& features, const std::filesystem::path& programs_root);

}  // namespace poolbugs::plan
