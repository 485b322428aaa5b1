// Builds for another platform than this poolbugs' own: how their programs run
// here, and what is true of them. CMake leaves a file target.toml beside the
// programs of such a build, and a program `features` that tells the rest.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/plan/plan.hpp"
#include "platform/features.hpp"
#include "platform/result.hpp"

namespace poolbugs::plan {

/// What target.toml says.
struct Target {
  /// What runs the programs, its path first; empty: they run by themselves.
  std::vector<std::string> emulator;
  /// The same where another program's run starts one as its worker, if
  /// different: a Wine prefix would not end with that run.
  std::vector<std::string> peer;
  std::string suffix;  ///< of every program: "", ".exe"
};

/// Of the programs in `folder`; its emulator is looked for on PATH, as what
/// that needs. An Error if the file is not there or not right, or if one of
/// them is not there.
Result<Target> read_target(const std::filesystem::path& folder);

/// Runs a command for at most `patience` and returns what it writes to its
/// standard output.
using Run = std::function<Result<std::string>(
    const std::vector<std::string>& command, std::chrono::seconds patience)>;

/// The programs in `folder`, and what is true of a machine that they run on.
struct Surroundings {
  Programs programs;
  Features features;
};

/// `own` and `here` if the folder is own.root, or nothing says that it is for
/// another platform. Otherwise what its `features` says, which is run for that;
/// without the words `proof` (the system calls of another ABI are not
/// modelled), with `qemu` under qemu-user, and with `namespaces` as here. An
/// Error tells a user what to do.
Result<Surroundings> surroundings_of(const std::filesystem::path& folder,
                                     const Programs& own, const Features& here,
                                     const Run& run);

/// The command of a worker: `program` (AREA/SLUG/NAME) of the build for `peer`,
/// in `peers`/PEER/cases. An Error says how to build it.
Result<std::vector<std::string>> find_peer(
    const std::filesystem::path& peers, std::string_view peer,
    const std::filesystem::path& program);

/// The script that builds the programs of a platform.
std::string builder_of(std::string_view platform);

/// "NAME=…" with a command, one word a line (platform/spawn.hpp reads it).
std::string command_variable(std::string_view name,
                             const std::vector<std::string>& words);

}  // namespace poolbugs::plan
