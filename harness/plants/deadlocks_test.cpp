// Every deadlock of plants/deadlocks is proved, and explained by its cause.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "harness/judge/cause.hpp"
#include "platform/examine.hpp"
#include "platform/process_tree.hpp"
#include "platform/sandbox.hpp"
#include "platform/spawn.hpp"

namespace poolbugs::plants {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using testing::Not;
using testing::SizeIs;
using wait::Examined;
using wait::Proof;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{5};

struct Deadlock {
  std::string name, cause, edge;
  std::size_t core = 0;
  bool sandbox = false;
};

void PrintTo(const Deadlock& one, std::ostream* out) { *out << one.name; }

std::filesystem::path program() {
  return std::filesystem::path(POOLBUGS_BINARY_DIR) / "plants" / "deadlocks";
}

/// What the program lists.
std::vector<Deadlock> registry() {
  std::vector<Deadlock> all;
  std::FILE* listing = ::popen(("'" + program().string() + "'").c_str(), "r");
  if (listing == nullptr) return all;
  char line[256];
  while (std::fgets(line, sizeof line, listing) != nullptr) {
    std::istringstream words(line);
    Deadlock one;
    std::string flag;
    words >> one.name >> one.cause >> one.edge >> one.core >> flag;
    one.sandbox = flag == "sandbox";
    all.push_back(one);
  }
  ::pclose(listing);
  return all;
}

std::vector<Deadlock> registered(bool sandbox) {
  std::vector<Deadlock> some;
  for (const Deadlock& one : registry())
    if (one.sandbox == sandbox) some.push_back(one);
  return some;
}

std::string slurp(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Why a proof must not be whole here, whatever the tree.
std::set<std::string> open_questions() {
  std::set<std::string> open;
  const std::string timers = slurp("/proc/timer_list");
  if (timers.empty() || timers.find("it_real_fn") != std::string::npos)
    open.insert("an alarm is pending");
  if (slurp("/proc/self/mounts").find(" cgroup ") != std::string::npos)
    open.insert("the kernel writes to an eventfd (a control group's event)");
  return open;
}

/// As far as the proof can go on this machine.
bool proved(const Examined& seen) {
  if (seen.verdict.proof == Proof::whole) return true;
  const std::set<std::string> open = open_questions();
  return seen.verdict.proof == Proof::conditional &&
         std::all_of(
             seen.graph.unless.begin(), seen.graph.unless.end(),
             [&](const std::string& phrase) { return open.contains(phrase); });
}

/// Looks again and again, with a short breath in between.
template <class Tree>
Examined examine_until_proved(Tree tree) {
  const auto deadline = Clock::now() + kPatience;
  for (;;) {
    Examined seen = wait::examine(tree());
    if (proved(seen) || Clock::now() > deadline) return seen;
    ::poll(nullptr, 0, 2);
  }
}

/// The numbers in a text that name a process or thread of the tree. Small ones
/// may well count something else.
std::vector<std::string> ids_in(const std::string& text,
                                const wait::Graph& graph) {
  std::set<std::string> ids;
  for (const wait::Thread& thread : graph.threads)
    if (thread.id > 200) ids.insert(std::to_string(thread.id));
  for (const wait::Process& process : graph.processes)
    if (process.id > 200) ids.insert(std::to_string(process.id));
  std::vector<std::string> found;
  static const std::regex number("[0-9]+");
  for (std::sregex_iterator it(text.begin(), text.end(), number), end;
       it != end; ++it)
    if (ids.contains(it->str())) found.push_back(it->str());
  return found;
}

void expect_proof_and_cause(const Examined& seen, const Deadlock& expected) {
  const judge::StuckCause cause = judge::cause_of(seen.graph, seen.verdict);
  const std::string picture = judge::mermaid(seen.graph, seen.verdict, cause);
  const auto sentences = judge::explain(seen.graph, seen.verdict, cause);
  std::string told;
  for (const std::string& sentence : sentences) told += sentence + "\n";
  EXPECT_TRUE(proved(seen))
      << "proof " << static_cast<int>(seen.verdict.proof)
      << ", why not: " << seen.verdict.why_not
      << ", disturbed: " << seen.graph.disturbed
      << ", unless: " << testing::PrintToString(seen.graph.unless);
  EXPECT_THAT(seen.verdict.stuck, SizeIs(seen.graph.threads.size()));
  EXPECT_EQ(cause.slug, expected.cause) << told << picture;
  EXPECT_THAT(cause.core, SizeIs(expected.core)) << told;
  EXPECT_THAT(sentences, SizeIs(AllOf(Ge(1U), Le(6U)))) << told;
  EXPECT_THAT(ids_in(told, seen.graph), IsEmpty()) << told;
  EXPECT_THAT(picture, Not(IsEmpty()));
  EXPECT_THAT(ids_in(picture, seen.graph), IsEmpty()) << picture;
}

std::string name_of(const testing::TestParamInfo<Deadlock>& info) {
  return info.param.name;
}

// --- below this process

class Deadlocks : public testing::TestWithParam<Deadlock> {
 protected:
  Deadlocks() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }
  ~Deadlocks() override {
    do {
      // Stopped first, so that nobody learns of another's death.
      for (const int signal : {SIGSTOP, SIGKILL})
        for (const ProcessSample& one : sample_tree(::getpid()).processes)
          ::kill(static_cast<pid_t>(one.id), signal);
      while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
    } while (::waitpid(-1, nullptr, 0) > 0);
  }

  /// Starts it and returns when it says that it is about to be stuck.
  void start(const std::string& name) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    said_.reset(ends[0]);
    const UniqueFd says(ends[1]);
    const auto pid =
        spawn_process(program(), {name}, {{says.get(), STDOUT_FILENO}});
    ASSERT_TRUE(pid) << pid.error().text;
    pollfd one{said_.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&one, 1, 5000), 1);
    char text[7] = {};
    ASSERT_EQ(::read(said_.get(), text, 6), 6);
    ASSERT_STREQ(text, "stuck\n");
  }

  UniqueFd said_;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Deadlocks);
INSTANTIATE_TEST_SUITE_P(Plants, Deadlocks,
                         testing::ValuesIn(registered(false)), name_of);

TEST_P(Deadlocks, AreProved) {
  ASSERT_NO_FATAL_FAILURE(start(GetParam().name));
  wait::Tree tree;
  tree.above = ::getpid();
  tree.ours = true;
  tree.handed_down = wait::own_files();
  tree.no_signals = true;  // what they change look_alikes show
  tree.ask = wait::Ask::for_a_proof;
  const auto start = Clock::now();
  const Examined seen = examine_until_proved([&] { return tree; });
  const std::chrono::duration<double, std::milli> took = Clock::now() - start;
  RecordProperty("milliseconds", std::to_string(took.count()));
  expect_proof_and_cause(seen, GetParam());
}

// --- in the sandbox

class SandboxedDeadlocks : public testing::TestWithParam<Deadlock> {};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SandboxedDeadlocks);
INSTANTIATE_TEST_SUITE_P(Plants, SandboxedDeadlocks,
                         testing::ValuesIn(registered(true)), name_of);

TEST_P(SandboxedDeadlocks, AreProved) {
  sandbox::Settings settings;
  settings.helper =
      std::filesystem::path(POOLBUGS_BINARY_DIR) / "poolbugs-jail";
  ASSERT_TRUE(std::filesystem::exists(settings.helper));
  settings.mode = sandbox::Mode::full;
  settings.visible = {program().parent_path(), POOLBUGS_BINARY_DIR};
  auto opened = sandbox::Sandbox::open(settings);
  if (!opened) GTEST_SKIP() << "no full sandbox here: " << opened.error().text;
  sandbox::Sandbox& jail = **opened;
  const auto run = jail.launch({program(), {GetParam().name}, {}});
  ASSERT_TRUE(run) << run.error().text;
  const Examined seen = examine_until_proved([&] { return jail.tree(*run); });
  jail.keep_output(*run);
  jail.end(*run, std::chrono::milliseconds(0));
  const auto events = jail.wait(Clock::now() + kPatience, -1);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].finished.failure, "");
  EXPECT_EQ(events[0].finished.out, "stuck\n");
  EXPECT_FALSE(events[0].finished.exited);
  expect_proof_and_cause(seen, GetParam());
}

// --- all of them

TEST(DeadlockRegistry, HoldsEveryCauseAndManyKindsOfWaits) {
  std::set<std::string> causes, edges, names;
  for (const Deadlock& one : registry()) {
    causes.insert(one.cause);
    edges.insert(one.edge);
    names.insert(one.name);
  }
  EXPECT_THAT(causes, ElementsAre("dead-owner", "eof-never-comes", "join-cycle",
                                  "lock-cycle", "lost-wakeup", "orphaned-lock",
                                  "pipe-cycle", "read-cycle", "self-deadlock",
                                  "wait-cycle"));
  EXPECT_THAT(edges, SizeIs(Ge(25U)));
  EXPECT_THAT(names, SizeIs(registry().size()));
  EXPECT_THAT(names, SizeIs(Ge(80U)));
}

}  // namespace
}  // namespace poolbugs::plants
