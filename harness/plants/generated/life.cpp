#include "harness/plants/generated/life.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include "harness/judge/cause.hpp"
#include "harness/report/facts_json.hpp"

namespace poolbugs::generated {
namespace {

using namespace std::chrono_literals;

/// Nothing in a program rests or is timed for longer than half of this.
constexpr auto kQuiet = 800ms;
/// What is proved is watched for so long at least.
constexpr auto kWatched = 5s;
constexpr auto kLongest = 40s;
constexpr int kMostRounds = 3;
const char* const kGuard = POOLBUGS_BINARY_DIR "/plants/generated";

Table* make_table(UniqueFd& fd) {
  fd = UniqueFd(::memfd_create("table", MFD_CLOEXEC));
  if (!fd || ::ftruncate(fd.get(), sizeof(Table)) != 0)
    throw std::system_error(errno, std::generic_category(), "memfd_create");
  void* at = ::mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED,
                    fd.get(), 0);
  if (at == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "mmap");
  return static_cast<Table*>(at);
}

/// Its standard files are not ours: whoever starts the driver in a
/// pipeline would be an outsider, too.
pid_t spawn_guard(const std::string& text, int table, int commands) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  ::posix_spawn_file_actions_adddup2(&actions, 0, 1);
  // glibc has something to say when the owner of a PI mutex dies.
  ::posix_spawn_file_actions_adddup2(&actions, 0, 2);
  // Not in each other's way, whichever numbers they have.
  constexpr int kAside = 1000;
  ::posix_spawn_file_actions_adddup2(&actions, table, kAside);
  ::posix_spawn_file_actions_adddup2(&actions, commands, kAside + 1);
  ::posix_spawn_file_actions_adddup2(&actions, kAside, kTableFd);
  ::posix_spawn_file_actions_adddup2(&actions, kAside + 1, kCommandFd);
  ::posix_spawn_file_actions_addclose(&actions, kAside);
  ::posix_spawn_file_actions_addclose(&actions, kAside + 1);
  std::string program = kGuard, argument = text;
  char* arguments[] = {program.data(), argument.data(), nullptr};
  char* environment[] = {nullptr};
  pid_t child = 0;
  const int error =
      ::posix_spawn(&child, kGuard, &actions, nullptr, arguments, environment);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw std::system_error(error, std::generic_category(), kGuard);
  return child;
}

struct View {
  const char* name;
  wait::Tree tree;
};

/// In turn: as our own, as one that somebody else started (whom it left behind
/// is outside then), and with the assumption that nobody sends signals.
View view(int look, pid_t guard, pid_t root) {
  View one{"as our own", {}};
  one.tree.with_parts = true;
  one.tree.ours = look % 3 != 1;
  one.tree.above = one.tree.ours ? guard : root;
  one.tree.with_above = !one.tree.ours;
  one.tree.no_signals = look % 3 == 2;
  if (!one.tree.ours) one.name = "as somebody's";
  if (one.tree.no_signals) one.name = "as our own, without signals";
  return one;
}

std::string name_of_slot(int slot) {
  return "process " + std::to_string(slot / kMostThreads) + " thread " +
         std::to_string(slot % kMostThreads);
}

}  // namespace

Life::Life(Program program)
    : program_(std::move(program)),
      table_([this] {
        UniqueFd fd;
        Table* table = make_table(fd);
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
          throw std::system_error(errno, std::generic_category(), "pipe2");
        const UniqueFd read(ends[0]);
        commands_ = UniqueFd(ends[1]);
        guard_ = spawn_guard(to_text(program_), fd.get(), read.get());
        return table;
      }()),
      judge_(program_, *table_),
      last_(*table_),
      began_(Clock::now()),
      last_move_(began_),
      ordered_(began_) {}

Life::~Life() {
  finish();
  ::munmap(table_, sizeof(Table));
}

/// The guard ends everybody once we are gone for it.
void Life::finish() {
  if (guard_ == 0) return;
  commands_ = UniqueFd();
  while (::waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) continue;
  guard_ = 0;
}

void Life::look() {
  const int root = table_->root;
  if (root == 0) return;
  const View one = view(looks_++, guard_, root);
  const auto start = Clock::now();
  const Progress before(*table_);
  const auto seen =
      std::make_shared<const wait::Examined>(wait::examine(one.tree));
  const Progress after(*table_);
  look_took_ = Clock::now() - start;
  judge_.hear(seen, one.name, before, after);
  if (one.tree.ours && !one.tree.no_signals) {
    proved_ = seen->verdict.proof != wait::Proof::none &&
              seen->verdict.proof != wait::Proof::but_pollers;
    why_not_ = seen->verdict.why_not;
  }
  if (before.of != last_.of || after.of != last_.of) {
    last_move_ = Clock::now();
    moved_by_outside_ = moved_by_outside_ || phase_ != Phase::script;
  }
  last_ = after;
  judge_.check();
}

void Life::order(Command command, Phase next) {
  const char byte = static_cast<char>(command);
  if (::write(commands_.get(), &byte, 1) != 1) return;
  ordered_ = Clock::now();
  phase_ = next;
}

/// How long nothing must have moved before the outside party does more.
Life::Clock::duration Life::patience() const {
  if (phase_ == Phase::script) return kQuiet;
  return judge_.claimed() > 0 ? 1200ms : 300ms;
}

void Life::go_on() {
  const auto now = Clock::now();
  if (now - last_move_ < patience() || now - ordered_ < patience()) return;
  switch (phase_) {
    case Phase::script:
      if (table_->script_done) order(Command::act, Phase::acted);
      return;
    case Phase::acted:
      return order(Command::let_go, Phase::let_go);
    case Phase::let_go:
      return order(Command::signal, Phase::signalled);
    case Phase::signalled:
      // Of those who were proved only now.
      if (now - judge_.newest() < kWatched && ++rounds_ < kMostRounds)
        order(Command::act, Phase::let_go);
      return;
  }
}

bool Life::is_over() const {
  const auto now = Clock::now();
  if (now - began_ > kLongest) return true;
  return phase_ == Phase::signalled && now - ordered_ > patience() &&
         now - last_move_ > patience() && now - judge_.newest() > kWatched;
}

/// A look at what is proved takes the most time, as all processes of the
/// machine are looked at, and says the same again.
Life::Clock::duration Life::pause() const {
  if (!proved_)
    return std::max<Clock::duration>(phase_ == Phase::script ? 20ms : 60ms,
                                     3 * look_took_);
  const auto still = Clock::now() - std::max(last_move_, ordered_);
  return std::clamp<Clock::duration>(still, 100ms, 1s);
}

Life::Clock::time_point Life::step() {
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(guard_), &info,
           WEXITED | WNOHANG | WNOWAIT);
  if (info.si_pid == 0) look();
  if (info.si_pid != 0) {
    judge_.check();
    end_ = table_->ended && table_->failed == 0 ? End::ended : End::broken;
  } else if (!judge_.found().empty() || is_over()) {
    end_ = proved_                ? End::proved
           : judge_.claimed() > 0 ? End::partly
           : moved_by_outside_    ? End::moved
                                  : End::never_moved;
  } else {
    go_on();
    return Clock::now() + pause();
  }
  finish();
  return Clock::now();
}

std::string Life::story() const {
  if (judge_.found().empty()) return "";
  const FalseProof& first = judge_.found().front();
  std::string text = to_text(program_) + "\n";
  for (const FalseProof& one : judge_.found())
    text += name_of_slot(one.slot) + ", proved stuck" +
            (one.claim == Claim::never ? " for ever" : " but for signals") +
            " in op " + std::to_string(one.from / 2) + ", went on to op " +
            std::to_string(one.to / 2) + "\n";
  text += "The picture (" + first.how + "):\n";
  for (const std::string& phrase : first.seen->graph.unless)
    text += "unless " + phrase + "\n";
  for (const wait::Thread& thread : first.seen->graph.threads) {
    const auto process = static_cast<std::size_t>(thread.process);
    text += first.seen->graph.processes[process].role + " thread " +
            std::to_string(thread.number) + ": " + thread.call +
            (thread.motion == wait::Motion::free ? ", free: " : " ") +
            thread.why + "\n";
  }
  text +=
      judge::mermaid(first.seen->graph, first.seen->verdict,
                     judge::cause_of(first.seen->graph, first.seen->verdict)) +
      "\nFACTS " +
      report::to_json(first.seen->facts)
          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
      "\n";
  return text;
}

}  // namespace poolbugs::generated
