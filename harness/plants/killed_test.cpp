// SIGKILL of poolbugs at any instant: nothing survives, nothing is left.
#include <chrono>
#include <random>

#include "harness/cli/cli_fixture.hpp"

namespace poolbugs::cli {
namespace {

using testing::IsEmpty;

class KilledTest : public Cli,
                   public testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(, KilledTest, testing::Values("full", "group"),
                         [](const auto& one) {
                           return std::string(one.param);
                         });

TEST_P(KilledTest, At50RandomInstantsNothingIsLeft) {
  const std::string shm = "poolbugs-killed-" + std::to_string(::getpid());
  add("fork/quick", "PB-0001", "exit 0");
  add("fork/escapes", "PB-0002", "setsid sleep 1000 & exit 0");
  add("fork/stubborn", "PB-0003",
      "trap '' TERM; touch f; while :; do sleep 1000; done");
  // A name in shared memory that is held for as long as the program lives.
  add("fork/memory", "PB-0004",
      "exec 9> /dev/shm/" + shm + "; sleep 1000 & wait");
  const char* given = std::getenv("POOLBUGS_TEST_SEED");
  const unsigned seed =
      given ? static_cast<unsigned>(std::atoi(given)) : std::random_device()();
  std::cout << "POOLBUGS_TEST_SEED=" << seed << "\n";
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> microseconds(0, 250'000);
  int under_way = 0;
  for (int i = 0; i < 50; ++i) {
    const pid_t pid =
        start("run" + corpus() + "--jobs 4 --sandbox " + GetParam() +
              " --json '" + file("j").string() + "'");
    const int pause = microseconds(random);
    ::usleep(static_cast<useconds_t>(pause));
    // The harness' own descendants: its jails, their inits, the programs.
    under_way += sample_tree(pid).processes.size() > 4;
    ::kill(pid, SIGKILL);
    ASSERT_EQ(wait(pid).signal, SIGKILL) << pause;
    EXPECT_TRUE(soon([&] { return ours().empty(); }))
        << pause << " us: " << testing::PrintToString(ours());
    EXPECT_TRUE(soon([&] { return traces_of(pid).empty(); }))
        << pause << " us: " << testing::PrintToString(traces_of(pid));
    EXPECT_FALSE(std::filesystem::exists("/dev/shm/" + shm)) << pause;
    std::filesystem::remove("/dev/shm/" + shm);
    // A sandbox of an earlier test made us the one who buries its orphans.
    EXPECT_TRUE(soon([] {
      while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
      return errno == ECHILD;
    })) << pause;
    if (HasFailure()) return;
  }
  EXPECT_GT(under_way, 10) << "it was killed before it had begun";
}

}  // namespace
}  // namespace poolbugs::cli
