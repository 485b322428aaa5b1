// From the moment at which a program is stuck for ever to the verdict.
//   hangs REPEATS BENCH DEADLOCKS WATCH…   WATCH… is "poolbugs watch OPTION…"
// Each deadlock, one after the other: it writes "stuck" just before its last
// call, and WATCH the verdict to its standard error. One line for each:
// NAME SECONDS, or "none" instead of them if there was no proof in time.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "platform/process_tree.hpp"
#include "platform/unique_fd.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{5};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "hangs: %s\n", what.c_str());
  std::exit(125);
}

/// Without those that can only be proved in a sandbox.
std::vector<std::string> list(const std::string& program) {
  std::vector<std::string> names;
  std::FILE* pipe = ::popen(program.c_str(), "r");
  char line[256];
  while (pipe && std::fgets(line, sizeof line, pipe)) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (std::string(line).find(" sandbox") == std::string::npos)
      names.push_back(name);
  }
  if (pipe) ::pclose(pipe);
  if (names.empty()) fail(program + " lists no deadlocks");
  return names;
}

struct Started {
  poolbugs::UniqueFd out, err;
};

Started start(std::vector<std::string> words) {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
    fail("pipe2");
  const poolbugs::UniqueFd out_end(out[1]), err_end(err[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(),
                    environ) != 0)
    fail("posix_spawn");
  ::posix_spawn_file_actions_destroy(&actions);
  return {poolbugs::UniqueFd(out[0]), poolbugs::UniqueFd(err[0])};
}

/// When this text has come; what came is in `all`.
std::optional<Clock::time_point> await(int fd, const std::string& text) {
  std::string all;
  const auto deadline = Clock::now() + kPatience;
  while (all.find(text) == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - Clock::now());
    pollfd one{fd, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&one, 1, int(left.count())) != 1)
      return std::nullopt;
    char some[4096];
    const ssize_t size = ::read(fd, some, sizeof some);
    if (size <= 0) return std::nullopt;
    all.append(some, static_cast<std::size_t>(size));
  }
  return Clock::now();
}

void kill_the_rest() {
  while (true) {
    const poolbugs::TreeSample left = poolbugs::sample_tree(::getpid());
    if (left.processes.empty()) return;
    // Stopped first, so that nobody learns of another's death.
    for (const int signal : {SIGSTOP, SIGKILL})
      for (const auto& process : left.processes)
        ::kill(static_cast<pid_t>(process.id), signal);
    while (::waitpid(-1, nullptr, 0) > 0) continue;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) fail("hangs REPEATS BENCH DEADLOCKS WATCH…");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string bench = argv[2], deadlocks = argv[3];
  std::vector<std::string> watch(argv + 4, argv + argc);
  // It works for a while first, so that the looks do not come in step.
  std::mt19937 random(1);
  std::uniform_int_distribution<int> milliseconds(0, 120);
  for (int i = 0; i < std::atoi(argv[1]); ++i)
    for (const std::string& name : list(deadlocks)) {
      std::vector<std::string> words = watch;
      words.insert(words.end(),
                   {"--", bench, "after", std::to_string(milliseconds(random)),
                    deadlocks, name});
      const Started one = start(words);
      const auto stuck = await(one.out.get(), "stuck\n");
      if (!stuck) fail(name + " did not say that it is stuck");
      const auto said = await(one.err.get(), "can never end");
      const std::chrono::duration<double> took = said.value_or(*stuck) - *stuck;
      if (said)
        std::printf("%s %.6f\n", name.c_str(), took.count());
      else
        std::printf("%s none\n", name.c_str());
      kill_the_rest();
    }
  return 0;
}
