// Every healthy look-alike, looked at without a pause as long as it lives: it
// is never proved stuck, and ends by itself.
//
// A conditional proof is false as well, unless its condition is what rescues
// the plant: those that an alarm rescues may be "stuck unless an alarm is
// pending", the others not.
//
// The plants run at once and before the first test; those with alarms one by
// one and at the end, for one pending alarm anywhere would hide what is wrong
// with the proof of the others.
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "harness/plants/look_alikes/observe.hpp"
#include "platform/process_tree.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::look_alikes {
namespace {

constexpr int kAtOnce = 12;
constexpr int kSkipped = 77;
constexpr int kLongestMilliseconds = 60'000;
const char* const kPlants = POOLBUGS_BINARY_DIR "/plants/look_alikes";

struct Plant {
  std::string name, needs;
  [[nodiscard]] bool has(const char* word) const {
    return (" " + needs + " ").find(" " + std::string(word) + " ") !=
           std::string::npos;
  }
};
void PrintTo(const Plant& plant, std::ostream* out) { *out << plant.name; }

struct Seen {
  int status = -1;  ///< -1: it had to be killed
  Tally tally;
};

/// As the program itself lists them.
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

const char* seconds() {
  const char* given = std::getenv("POOLBUGS_LOOK_ALIKE_SECONDS");
  return given ? given : "0.6";
}

std::vector<std::string> command(const Plant& plant, const std::string& file) {
  const std::vector<std::string> observed{
      "/proc/self/exe", "--observe", file, kPlants, plant.name, seconds()};
  if (!plant.has("outside")) return observed;
  std::vector<std::string> all{kPlants, "--outside", plant.name, seconds(),
                               "--"};
  all.insert(all.end(), observed.begin(), observed.end());
  all[5] = std::filesystem::read_symlink("/proc/self/exe");
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

Seen run(const Plant& plant, const std::string& folder) {
  const std::string file = folder + "/" + plant.name;
  std::vector<std::string> words = command(plant, file);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  Seen seen;
  if (::posix_spawn(&child, arguments[0], nullptr, nullptr, arguments.data(),
                    environ) != 0)
    return seen;
  seen.status = status_of(child);
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  seen.tally = from_json(text.str());
  return seen;
}

void run_all(const std::vector<Plant>& plants, int at_once,
             const std::string& folder, std::map<std::string, Seen>& all) {
  for (const Plant& plant : plants) all[plant.name];
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < at_once; ++i)
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < plants.size(); at = next++)
        all.at(plants[at].name) = run(plants[at], folder);
    });
  for (std::thread& thread : threads) thread.join();
}

class LookAlikes : public testing::TestWithParam<Plant> {
 public:
  /// All that the filter leaves.
  static void SetUpTestSuite() {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    std::string folder = testing::TempDir() + "look_alikes-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    ::setenv("TMPDIR", folder.c_str(), 1);
    std::vector<Plant> quiet, with_alarm;
    const auto* suite = testing::UnitTest::GetInstance()->current_test_suite();
    const std::vector<Plant> plants = list();
    for (int i = 0; i < suite->total_test_count(); ++i) {
      const auto* test = suite->GetTestInfo(i);
      const std::string name = test->value_param();
      for (const Plant& plant : plants)
        if (test->should_run() && plant.name == name)
          (plant.has("alarm") ? with_alarm : quiet).push_back(plant);
    }
    run_all(quiet, kAtOnce, folder, seen_);
    run_all(with_alarm, 1, folder, seen_);
    kill_the_rest();
    std::filesystem::remove_all(folder);
  }

 protected:
  /// Whether the proofs' condition is the truth about this plant.
  static bool is_true(const std::string& unless) {
    const Plant& plant = GetParam();
    if (plant.has("alarm"))
      return unless.find("an alarm is pending") != std::string::npos;
    if (plant.has("epoll"))
      return unless.find("shares an epoll set") != std::string::npos;
    if (plant.has("namespace"))
      return unless.find("may not be looked into") != std::string::npos;
    if (plant.has("queue"))
      return unless.find("under way in a socket outside") != std::string::npos;
    return false;
  }

  static void kill_the_rest() {
    while (true) {
      const TreeSample left = sample_tree(::getpid());
      if (left.processes.empty()) return;
      for (const auto& process : left.processes)
        ::kill(static_cast<pid_t>(process.id), SIGKILL);
      while (::waitpid(-1, nullptr, 0) > 0) continue;
    }
  }

  static std::map<std::string, Seen> seen_;
};

std::map<std::string, Seen> LookAlikes::seen_;

TEST_P(LookAlikes, IsNeverProvedStuck) {
  const Seen& seen = seen_.at(GetParam().name);
  if (seen.status == kSkipped) GTEST_SKIP() << "needs " << GetParam().needs;
  const Tally& tally = seen.tally;
  RecordProperty("pairs", tally.pairs);
  RecordProperty("disturbed", tally.disturbed);
  RecordProperty("but_pollers", tally.but_pollers);
  int conditional = 0;
  for (const auto& [unless, times] : tally.proofs) {
    conditional += times;
    EXPECT_TRUE(is_true(unless))
        << "proved stuck " << times << " times in " << tally.pairs
        << (unless.empty() ? "" : ", unless " + unless) << "; the last time "
        << tally.last_proof;
  }
  RecordProperty("conditional", conditional);
  RecordProperty("partly_stuck", tally.partly_stuck);
  // Whose call only a signal of another thread ends counts as stuck.
  if (!GetParam().has("signal")) {
    EXPECT_EQ(tally.partly_stuck, 0) << tally.last_stuck;
  }
  EXPECT_EQ(seen.status, 0) << "it did not end by itself";
  EXPECT_GE(tally.pairs, 1);
}

INSTANTIATE_TEST_SUITE_P(, LookAlikes, testing::ValuesIn(list()),
                         [](const auto& one) { return one.param.name; });

int observe_into(const char* file, char** command) {
  Tally tally;
  const int status = observe(command, tally);
  std::ofstream(file) << to_json(tally);
  return status;
}

}  // namespace
}  // namespace poolbugs::look_alikes

int main(int argc, char** argv) {
  if (argc > 3 && std::string(argv[1]) == "--observe")
    return poolbugs::look_alikes::observe_into(argv[2], argv + 3);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
