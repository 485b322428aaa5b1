// Sandbox `group`, by what macOS has: each run in its own session, and a guard
// (sandbox_guard_macos.hpp) that ends the runs when the harness is killed.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "platform/posix_compat.hpp"
#include "platform/process_tree_macos.hpp"
#include "platform/sandbox.hpp"
#include "platform/sandbox_guard_macos.hpp"
#include "platform/sandbox_output_posix.hpp"
#include "platform/sandbox_run_macos.hpp"
#include "platform/sandbox_trial_posix.hpp"
#include "platform/spawn.hpp"

namespace poolbugs::sandbox {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Between two looks at who is left of a run whose first process has ended.
constexpr milliseconds kLook{5};

struct Run {
  RunId id = 0;
  pid_t first = -1;
  fs::path folder;
  UniqueFd out, err, exit;
  RunProcesses processes;
  Clock::time_point started = Clock::now(), ended = {}, leak_at = {};
  bool first_ended = false;
  bool told_to_end = false;
  bool exited = false;  ///< before it was told to
  Clock::time_point kill_at = Clock::time_point::max();
  int wait_status = 0;
  double cpu_seconds = 0;
  bool kept = false;
  std::string kept_out, kept_err;
};

Result<UniqueFd> make_output() {
  std::error_code error;
  std::string name = fs::temp_directory_path(error) / "poolbugs-XXXXXX";
  UniqueFd file(::mkstemp(name.data()));
  if (!file) return errno_error("mkstemp " + name, errno);
  ::unlink(name.c_str());
  if (!posix::close_on_exec(file.get()) ||
      ::fcntl(file.get(), F_SETFL, O_APPEND) != 0)
    return errno_error("fcntl", errno);
  return file;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) * 1e-6;
}

/// Returns the error of posix_spawn.
int spawn_run(const Command& command, Run& run) {
  std::vector<std::string> words{command.executable.string()};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> variables = command.environment;
  for (const char* name : {"HOME=", "TMPDIR=", "PWD="})
    variables.push_back(name + run.folder.string());
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  };
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, run.out.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, run.err.get(), 2);
  posix_spawn_file_actions_addchdir_np(&actions, run.folder.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(
      &attributes,
      static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_CLOEXEC_DEFAULT |
                         POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  const int error =
      ::posix_spawn(&run.first, words[0].c_str(), &actions, &attributes,
                    pointers(words).data(), pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

class MacSandbox final : public Sandbox {
 public:
  explicit MacSandbox(const Settings& settings) : settings_(settings) {
    ability_.mode = Mode::group;
    ability_.why_not_full =
        "macOS has no namespaces; nor a subreaper: an orphan that left its "
        "session and has an environment of its own can escape";
    ability_.process_limit = ability_.memory_limit = "the watchdog alone";
  }
  ~MacSandbox() override {
    for (const auto& run : runs_) finish(*run);
  }

  Result<void> try_it();
  [[nodiscard]] const Ability& ability() const override { return ability_; }
  Result<RunId> launch(const Command& command) override;
  std::vector<Event> wait(Clock::time_point deadline, Descriptor wake) override;
  TreeSample sample(RunId run) override;
  wait::Tree tree(RunId run) override;
  [[nodiscard]] std::uint64_t output_size(RunId run) const override;
  [[nodiscard]] std::uint64_t disk_used(RunId run) const override;
  void keep_output(RunId run) override;
  void end(RunId run, milliseconds grace) override;

 private:
  [[nodiscard]] Run* find(RunId id) const;
  void take_end(Run& run) const;
  bool is_over(Run& run, Clock::time_point& next) const;
  Finished finish(Run& run);

  Settings settings_;
  Ability ability_;
  Guard guard_;
  std::vector<std::unique_ptr<Run>> runs_;
  RunId next_run_ = 1;
};

Result<void> MacSandbox::try_it() {
  if (const auto started = guard_.start(); !started) return started.error();
  return try_run(*this, {"/usr/bin/true", {}, {}}, settings_.patience);
}

Run* MacSandbox::find(RunId id) const {
  for (const auto& run : runs_)
    if (run->id == id) return run.get();
  return nullptr;
}

Result<RunId> MacSandbox::launch(const Command& command) {
  auto out = make_output();
  if (!out) return out.error();
  auto err = make_output();
  if (!err) return err.error();
  std::error_code error;
  std::string folder = fs::canonical(fs::temp_directory_path(error), error) /
                       ("poolbugs-" + std::to_string(::getpid()) + "-XXXXXX");
  if (::mkdtemp(folder.data()) == nullptr)
    return errno_error("mkdtemp " + folder, errno);
  if (const auto added = guard_.add(folder); !added) {
    remove_folder(folder);
    return added.error();
  }
  auto run = std::make_unique<Run>(Run{.id = next_run_++,
                                       .folder = folder,
                                       .out = std::move(*out),
                                       .err = std::move(*err),
                                       .exit = {},
                                       .processes = {0, folder},
                                       .kept_out = {},
                                       .kept_err = {}});
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int failed = spawn_run(command, *run);
  run->processes = {
      run->first, folder,
      static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now).count())};
  auto exit = failed == 0 ? exit_descriptor(run->first) : UniqueFd();
  if (failed != 0 || !exit) {
    if (failed == 0) finish(*run);
    guard_.remove(folder);
    remove_folder(folder);
    return failed == 0
               ? exit.error()
               : errno_error("cannot execute " + command.executable.string(),
                             failed);
  }
  guard_.started(folder, run->first);
  run->exit = std::move(*exit);
  runs_.push_back(std::move(run));
  return runs_.back()->id;
}

std::vector<Event> MacSandbox::wait(Clock::time_point deadline,
                                    Descriptor wake) {
  std::vector<Event> events;
  while (true) {
    auto next = deadline;
    for (const auto& run : runs_)
      if (is_over(*run, next)) events.push_back({run->id, finish(*run)});
    std::erase_if(runs_, [](const auto& run) { return run->first < 0; });
    if (!events.empty() || Clock::now() >= deadline) return events;
    std::vector<pollfd> polls{{wake, POLLIN, 0}};  // poll(2) ignores -1
    for (const auto& run : runs_)
      if (!run->first_ended) polls.push_back({run->exit.get(), POLLIN, 0});
    const auto left = std::chrono::ceil<milliseconds>(
        std::max(next - Clock::now(), Clock::duration::zero()));
    const int ready =
        ::poll(polls.data(), static_cast<nfds_t>(polls.size()),
               static_cast<int>(std::min(left, milliseconds(60'000)).count()));
    if (ready < 0 || polls[0].revents != 0) return events;
    std::size_t at = 1;
    for (const auto& run : runs_)
      if (!run->first_ended && polls[at++].revents != 0) take_end(*run);
  }
}

/// The first process has ended, or is about to: the queue tells a moment early.
void MacSandbox::take_end(Run& run) const {
  rusage used{};
  while (::wait4(run.first, &run.wait_status, 0, &used) < 0 && errno == EINTR)
    continue;
  run.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  run.first_ended = true;
  run.exited = !run.told_to_end;
  run.ended = Clock::now();
  run.leak_at = run.ended + settings_.limits.leak_grace;
}

/// Whether nobody is left, or those who are have had their time. Who just
/// leaves may need long for that on a busy machine.
bool MacSandbox::is_over(Run& run, Clock::time_point& next) const {
  constexpr int kMostGraces = 10;
  const auto now = Clock::now();
  if (run.told_to_end && now >= run.kill_at) return true;
  if (!run.first_ended) {
    if (run.told_to_end) next = std::min(next, run.kill_at);
    return false;
  }
  const auto left = run.processes.living();
  if (left.empty()) return true;
  if (!run.told_to_end && now >= run.leak_at) {
    const auto last = run.ended + kMostGraces * settings_.limits.leak_grace;
    const TreeSample sample = sample_processes(left, 64);
    const bool runs =
        std::ranges::any_of(sample.processes, [](const ProcessSample& process) {
          return std::ranges::any_of(
              process.threads, [](const ThreadSample& thread) {
                return thread.state == 'R' || thread.state == 'D';
              });
        });
    if (!runs || now >= last) return true;
    run.leak_at = std::min(now + milliseconds(50), last);
  }
  next = std::min(next, now + kLook);
  return false;
}

Finished MacSandbox::finish(Run& run) {
  Finished finished;
  // Of one that was told to end nobody asks, and a fork bomb gives no time.
  if (run.exited) {
    for (const libproc::Process& process : run.processes.living())
      finished.left.push_back({"process", libproc::command_line(process)});
    for (Left& file : files_left(run.folder))
      finished.left.push_back(std::move(file));
  }
  const bool all_gone = run.processes.kill_all(settings_.patience);
  if (!run.first_ended) take_end(run);
  if (!run.kept) {
    run.kept_out = read_output(run.out.get(), settings_.limits.output);
    run.kept_err = read_output(run.err.get(), settings_.limits.output);
  }
  const std::uint64_t limit = settings_.limits.output;
  finished.output_limit =
      size_of(run.out.get()) > limit || size_of(run.err.get()) > limit;
  finished.out = std::move(run.kept_out);
  finished.err = std::move(run.kept_err);
  finished.exited = run.exited;
  if (WIFSIGNALED(run.wait_status))
    finished.signal = WTERMSIG(run.wait_status);
  else
    finished.exit_code = WEXITSTATUS(run.wait_status);
  finished.seconds =
      std::chrono::duration<double>(run.ended - run.started).count();
  finished.cpu_seconds = run.cpu_seconds;
  if (!all_gone) finished.failure = "a process of the run cannot be ended";
  guard_.remove(run.folder);
  remove_folder(run.folder);
  run.first = -1;
  return finished;
}

TreeSample MacSandbox::sample(RunId id) {
  Run* run = find(id);
  if (run == nullptr) return {};
  return sample_processes(run->processes.living(),
                          static_cast<std::size_t>(settings_.limits.tasks) + 1);
}

wait::Tree MacSandbox::tree(RunId id) {
  wait::Tree tree;  // nobody reads it: wait::can_read_trees()
  if (const Run* run = find(id)) tree.above = run->first;
  return tree;
}

std::uint64_t MacSandbox::output_size(RunId id) const {
  const Run* run = find(id);
  if (run == nullptr) return 0;
  return std::max(size_of(run->out.get()), size_of(run->err.get()));
}

std::uint64_t MacSandbox::disk_used(RunId id) const {
  const Run* run = find(id);
  return run == nullptr ? 0 : disk_use(run->folder);
}

void MacSandbox::keep_output(RunId id) {
  Run* run = find(id);
  if (run == nullptr || run->kept) return;
  run->kept = true;
  run->kept_out = read_output(run->out.get(), settings_.limits.output);
  run->kept_err = read_output(run->err.get(), settings_.limits.output);
}

void MacSandbox::end(RunId id, milliseconds grace) {
  Run* run = find(id);
  if (run == nullptr || run->told_to_end) return;
  run->told_to_end = true;
  run->kill_at = Clock::now() + grace;
  if (grace.count() <= 0) return;
  run->processes.signal(SIGTERM);
  // A stopped process acts on SIGTERM only when it is continued.
  run->processes.signal(SIGCONT);
}

}  // namespace

Result<std::unique_ptr<Sandbox>> Sandbox::open(const Settings& settings) {
  auto group = std::make_unique<MacSandbox>(settings);
  if (settings.mode == Mode::full)
    return Error{"the sandbox `full` does not work here: " +
                 group->ability().why_not_full};
  if (const auto tried = group->try_it(); !tried)
    return Error{"the sandbox `group` does not work here: " +
                 tried.error().text};
  return std::unique_ptr<Sandbox>(std::move(group));
}

}  // namespace poolbugs::sandbox
