// The built poolbugs, run as its users run it, over a corpus of the test's own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "harness/catalogue/fixture.hpp"
#include "platform/process_tree.hpp"
#include "platform/spawn.hpp"

namespace poolbugs::cli {

inline std::string slurp(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// How a process ended, and what it said.
struct Ended {
  int code = -1;   ///< exit code, or -1
  int signal = 0;  ///< or the signal
  std::string out, err;
};

class Cli : public testing::Test {
 protected:
  Cli() {
    std::filesystem::create_directories(file("cases"));
    // Marks all that comes of it: poolbugs hands this variable down.
    ::setenv("LD_LIBRARY_PATH", file("marker").c_str(), 1);
  }
  ~Cli() override { ::unsetenv("LD_LIBRARY_PATH"); }

  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return root_.path() / name;
  }

  /// A case of two shell scripts. It promises `broken` and "ok".
  void add(const std::string& name, const std::string& id,
           const std::string& script, const std::string& promise = "\"ok\"") {
    const std::string folder = "cases/" + name;
    catalogue::write_case(root_, folder,
                          catalogue::manifest("start = []\n", promise, id));
    program(name + "/broken", script);
    program(name + "/fixed", "exit 0");
  }
  void program(const std::string& name, const std::string& script) {
    root_.write("programs/" + name, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(file("programs/" + name),
                                 std::filesystem::perms::owner_all);
  }

  /// "run" and its arguments, on this corpus. The caller waits.
  pid_t start(const std::string& arguments) {
    const std::string call = "exec " POOLBUGS_BINARY_DIR "/poolbugs " +
                             arguments + " > '" + file("out").string() +
                             "' 2> '" + file("err").string() + "'";
    const auto pid = spawn_process("/bin/sh", {"-c", call}, {});
    return pid ? *pid : -1;
  }
  Ended wait(pid_t pid) {
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    Ended ended;
    if (WIFSIGNALED(status))
      ended.signal = WTERMSIG(status);
    else
      ended.code = WEXITSTATUS(status);
    ended.out = slurp(file("out"));
    ended.err = slurp(file("err"));
    return ended;
  }
  [[nodiscard]] std::string corpus() const {
    return " --cases '" + file("cases").string() + "' --programs '" +
           file("programs").string() + "' ";
  }
  Ended call(const std::string& arguments) { return wait(start(arguments)); }
  Ended run(const std::string& arguments = "") {
    return call("run" + corpus() + arguments);
  }

  /// Polls until `holds`, for 20 s at most: that a process, or a name in a
  /// folder of control groups, has gone sends no event.
  template <class Predicate>
  static bool soon(Predicate holds) {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      ::usleep(2'000);
    }
    return true;
  }
  /// Processes whose command line or environment names our folder.
  [[nodiscard]] std::vector<std::string> ours() const {
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc", error)) {
      const std::string pid = entry.path().filename().string();
      if (pid.find_first_not_of("0123456789") != std::string::npos ||
          pid == std::to_string(::getpid()))
        continue;
      const std::string text =
          slurp(entry.path() / "cmdline") + slurp(entry.path() / "environ");
      if (text.find(root_.path().string()) != std::string::npos)
        found.push_back(pid + " " + text.substr(0, 200));
    }
    return found;
  }
  /// Files and cgroups that bear the name of a sandbox of this process.
  static std::vector<std::string> traces_of(pid_t harness) {
    const std::string name = "poolbugs-" + std::to_string(harness) + "-";
    std::vector<std::string> found;
    for (const auto& [top, depth] : {std::pair<const char*, int>{"/tmp", 0},
                                     {"/dev/shm", 0},
                                     {"/sys/fs/cgroup", 4}}) {
      std::error_code error;
      for (std::filesystem::recursive_directory_iterator it(
               top, std::filesystem::directory_options::skip_permission_denied,
               error),
           end;
           !error && it != end; it.increment(error)) {
        if (it->path().filename().string().starts_with(name))
          found.push_back(it->path());
        if (it.depth() >= depth) it.disable_recursion_pending();
      }
    }
    return found;
  }

  catalogue::TemporaryFolder root_;
};

}  // namespace poolbugs::cli
