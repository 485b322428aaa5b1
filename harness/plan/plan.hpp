// What will be run: case × program × runtime × start method, in a fixed order.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/catalogue/catalogue.hpp"
#include "platform/features.hpp"
#include "platform/interpreters.hpp"
#include "platform/result.hpp"

namespace poolbugs::plan {

/// What the command line selects. Empty vectors select everything.
struct Selection {
  std::vector<std::string> patterns;
  std::vector<std::string> programs;
  std::vector<StartMethod> start_methods;
  /// `native`, `cpython` (the newest CPython), `cpython-3.13`,
  /// `cpython-3.13.0`, `all` (native, and of each 3.N the newest). None: native
  /// and cpython.
  std::vector<std::string> runtimes;
  int repeat = 1;
  int shard = 1;   ///< 1-based
  int shards = 1;  ///< runs are dealt round-robin to this many shards
};

/// The runtime of programs that are executables themselves.
inline constexpr std::string_view kNative = "native";
/// The runtime where an interpreter is wanted, but there is none.
inline constexpr std::string_view kNoPython = "cpython";

/// One execution to come.
struct PlannedRun {
  catalogue::Case item;
  catalogue::Program program;
  std::string runtime = std::string(kNative);  ///< or "cpython-3.13.0"
  std::optional<StartMethod> start;
  int repetition = 1;  ///< 1-based
  std::filesystem::path executable;
  /// The start method, or nothing; before it the program of an interpreter or
  /// emulator.
  std::vector<std::string> arguments;
  /// NAME=VALUE for this run alone: how it starts itself again, and its peer.
  std::vector<std::string> environment;
  std::filesystem::path built;  ///< of the corpus: what a build must have made
  std::string platform;         ///< that it runs on: "linux", "s390x"
  std::vector<catalogue::Promise> promised;
  std::string unsupported;  ///< why it cannot run here; empty if it can
  /// Hangs are proved here, so the promised cause of a hang binds.
  bool proof = false;

  /// "fork/held-mutex.broken.fork", "fork/stdio-buffer.broken",
  /// "fork/held-mutex.broken.cpython-3.13.0.fork".
  [[nodiscard]] std::string name() const;
};

/// Programs that were built, and where they are made to run.
struct Programs {
  std::filesystem::path root;  ///< AREA/SLUG/NAME below it
  /// For a build for another platform: what runs it here, absolute path first.
  std::vector<std::string> emulator;
  std::string suffix;           ///< of every program: "", ".exe"
  std::string platform;         ///< as platform_name() of that build
  bool foreign = false;         ///< built for another platform than poolbugs
  std::filesystem::path peers;  ///< workers: PEER/cases/AREA/SLUG/NAME below it
};

/// Whether this platform can start workers by this method.
bool is_available(StartMethod method, const Features& features);

/// Asks the machine for its interpreters; called at most once, and only if the
/// selection needs any.
using AskInterpreters = std::function<Interpreters()>;

/// Order: the catalogue's, C++ before Python, broken before fixed, the newest
/// interpreter first, fork before spawn before forkserver, repetitions
/// innermost. The interpreter that `cpython` (or no selected runtime) names
/// runs each program by one start method only, if none is selected: its usual
/// one, or the first that the program has. A selected start method leaves out
/// the programs that start their own children. Where no interpreter is found
/// and none was named, Python programs are planned as unsupported; of programs
/// built for another platform there are none in Python. An Error if
/// a pattern, program, runtime or start method matches nothing (it names the
/// nearest), or if a number is out of range. A shard may be empty.
Result<std::vector<PlannedRun>> make_plan(const catalogue::Catalogue& catalogue,
                                          const Selection& selection,
                                          const Features& features,
                                          const Programs& programs,
                                          const AskInterpreters& ask);

}  // namespace poolbugs::plan
