#include "harness/plants/look_alikes/stage.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "platform/process_tree.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::look_alikes {
namespace {

constexpr int kLongestMilliseconds = 60'000;
const char* const kPlants = POOLBUGS_BINARY_DIR "/plants/look_alikes";

std::vector<std::string> command(const Plant& plant, const Settings& settings,
                                 const std::string& file) {
  std::vector<std::string> all = settings.before;
  if (plant.has("outside"))
    all.insert(all.end(),
               {kPlants, "--outside", plant.name, settings.seconds, "--"});
  all.insert(all.end(),
             {std::filesystem::read_symlink("/proc/self/exe"), "--observe",
              file, kPlants, plant.name, settings.seconds});
  return all;
}

int status_of(pid_t process) {
  const UniqueFd end(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  pollfd polled{end.get(), POLLIN, 0};
  const bool ended = ::poll(&polled, 1, kLongestMilliseconds) == 1;
  if (!ended) ::kill(process, SIGKILL);
  int status = 0;
  ::waitpid(process, &status, 0);
  if (!ended) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Seen run(const Plant& plant, const Settings& settings) {
  const std::string file = settings.folder + "/" + plant.name;
  std::vector<std::string> words = command(plant, settings, file);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  Seen seen;
  if (::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(),
                     environ) != 0)
    return seen;
  seen.status = status_of(child);
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  seen.tally = tally_from_json(text.str());
  std::error_code none;
  std::filesystem::remove(file, none);
  return seen;
}

}  // namespace

bool Plant::has(const char* word) const {
  return (" " + needs + " ").find(" " + std::string(word) + " ") !=
         std::string::npos;
}

std::vector<Plant> list() {
  std::vector<Plant> plants;
  std::FILE* pipe = ::popen(kPlants, "r");
  char line[200];
  while (pipe && std::fgets(line, sizeof line, pipe)) {
    Plant plant;
    std::istringstream words(line);
    words >> plant.name;
    std::getline(words >> std::ws, plant.needs);
    plants.push_back(plant);
  }
  if (pipe) ::pclose(pipe);
  return plants;
}

void run_all(const std::vector<Plant>& plants, int at_once,
             const Settings& settings,
             const std::function<void(const Plant&, Seen)>& seen,
             const std::function<bool()>& stop) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  // Each lives longer than what it started: PR_SET_PDEATHSIG goes by threads.
  std::vector<std::thread> threads;
  for (int i = 0; i < at_once; ++i)
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < plants.size() && !stop();
           at = next++) {
        Seen one = run(plants[at], settings);
        const std::lock_guard lock(mutex);
        seen(plants[at], std::move(one));
      }
    });
  for (std::thread& thread : threads) thread.join();
}

void kill_the_rest() {
  while (true) {
    const TreeSample left = sample_tree(::getpid());
    if (left.processes.empty()) return;
    for (const auto& process : left.processes)
      ::kill(static_cast<pid_t>(process.id), SIGKILL);
    while (::waitpid(-1, nullptr, 0) > 0) continue;
  }
}

bool is_true(const Plant& plant, const std::string& unless) {
  if (plant.has("alarm"))
    return unless.find("an alarm is pending") != std::string::npos;
  if (plant.has("epoll"))
    return unless.find("shares an epoll set") != std::string::npos;
  if (plant.has("namespace"))
    return unless.find("may not be looked into") != std::string::npos;
  if (plant.has("queue"))
    return unless.find("under way in a socket outside") != std::string::npos;
  if (plant.has("by_name")) return unless.find("by name") != std::string::npos;
  return false;
}

std::vector<std::string> false_claims(const Plant& plant, const Tally& tally) {
  std::vector<std::string> wrong;
  const auto tell = [&](const std::string& what, const Proofs& proofs) {
    wrong.push_back(what + " " + std::to_string(proofs.times) + " times in " +
                    std::to_string(tally.pairs) + "; the first time " +
                    proofs.first);
  };
  const auto check = [&](const ByCondition& claims, const std::string& what) {
    for (const auto& [unless, proofs] : claims)
      if (!is_true(plant, unless))
        tell(what + (unless.empty() ? "" : ", unless " + unless) + ",", proofs);
  };
  if (plant.has("abandons") || plant.has("killed") || plant.has("granted"))
    return wrong;
  check(tally.proofs, "proved stuck");
  // Whose call only a signal of another thread ends counts as stuck.
  if (tally.partly_stuck.times > 0 && !plant.has("signal"))
    tell("partly stuck", tally.partly_stuck);
  if (plant.has("by_signal")) {
    if (tally.unproved > 0)
      wrong.push_back("not proved if nobody sends signals");
    return wrong;
  }
  check(tally.resting, "proved to rest until a signal");
  check(tally.assuming, "proved stuck if nobody sends signals");
  if (tally.partly_resting.times > 0 && !plant.has("signal"))
    tell("partly resting until a signal", tally.partly_resting);
  return wrong;
}

std::optional<int> be_observer(int argc, char** argv) {
  if (argc < 4 || std::string(argv[1]) != "--observe") return std::nullopt;
  Tally tally;
  const int status = observe(argv + 3, tally);
  std::ofstream(argv[2]) << to_json(tally);
  return status;
}

}  // namespace poolbugs::look_alikes
