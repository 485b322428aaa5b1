#include <windows.h>

#include <algorithm>
#include <list>
#include <map>
#include <set>

#include "platform/sandbox.hpp"
#include "platform/sandbox_job_windows.hpp"
#include "platform/wide_windows.hpp"

namespace poolbugs::sandbox {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// So often the limits are looked at, where the system does not enforce them,
/// and messages that got lost are made up for.
constexpr milliseconds kTick{25};
/// Since when somebody runs who does not want to end.
constexpr int kMostGraces = 10;
constexpr milliseconds kNextLook{50};

/// A look at all processes serves others so long.
constexpr milliseconds kRecent{10};

/// Keys of the completion port; runs have theirs from 1 on.
constexpr std::uintptr_t kWake = 0;

struct PortAndKey {
  HANDLE port = nullptr;
  std::uintptr_t key = 0;
};

void CALLBACK post(void* context, BOOLEAN) {
  const auto* where = static_cast<PortAndKey*>(context);
  ::PostQueuedCompletionStatus(where->port, 0, where->key, nullptr);
}

/// Tells a port when an object is signalled: by the system's own threads, which
/// have no limit of 64 objects as WaitForMultipleObjects does.
class Notice {
 public:
  Notice(Descriptor object, HANDLE port, std::uintptr_t key)
      : where_(std::make_unique<PortAndKey>(PortAndKey{port, key})) {
    if (is_descriptor(object))
      ::RegisterWaitForSingleObject(&wait_, object, post, where_.get(),
                                    INFINITE, WT_EXECUTEONLYONCE);
  }
  Notice(const Notice&) = delete;
  Notice& operator=(const Notice&) = delete;
  /// Waits for a call that is under way.
  ~Notice() {
    if (wait_ != nullptr) ::UnregisterWaitEx(wait_, INVALID_HANDLE_VALUE);
  }

 private:
  std::unique_ptr<PortAndKey> where_;
  HANDLE wait_ = nullptr;
};

struct Run {
  RunId id = 0;
  fs::path top;  ///< holds the outputs and …
  fs::path folder;
  std::optional<Job> job = {};
  Output out = {}, err = {};
  UniqueFd process = {};
  std::unique_ptr<Notice> notice = {};
  Clock::time_point started = Clock::now();
  std::optional<Clock::time_point> ended = {};    ///< the first process
  std::optional<Clock::time_point> kill_at = {};  ///< told to end
  Clock::time_point leak_at = {}, next_look = {};
  DWORD code = 0;
  bool process_limit = false, memory_limit = false;
  bool kept = false;
  std::string kept_out = {}, kept_err = {};
  /// CPU time by process and birth, as far as it was seen.
  std::map<std::pair<std::uint64_t, long>, std::uint64_t> cpu_ns = {};
};

class WindowsSandbox final : public Sandbox {
 public:
  WindowsSandbox(const Settings& settings, Folder folder, UniqueFd port,
                 JobLimits enforced);
  ~WindowsSandbox() override;

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
  [[nodiscard]] Run* run_of(RunId id);
  [[nodiscard]] const Run* run_of(RunId id) const;
  bool is_over(Run& run);
  bool grace_is_over(Run& run);
  void heard(DWORD message, std::uintptr_t key);
  std::vector<SeenProcess> look(Run& run, milliseconds at_most);
  void keep(Run& run) const;
  Finished finish(Run& run);

  Settings settings_;
  Ability ability_;
  Folder folder_;
  UniqueFd port_;
  std::list<Run> runs_;
  RunId next_run_ = 1;
  std::vector<SeenProcess> seen_;
  Clock::time_point seen_at_{};
};

WindowsSandbox::WindowsSandbox(const Settings& settings, Folder folder,
                               UniqueFd port, JobLimits enforced)
    : settings_(settings), folder_(std::move(folder)), port_(std::move(port)) {
  ability_.mode = Mode::group;
  ability_.why_not_full = "Windows has no private file system for a run";
  const std::string most = std::to_string(most_processes(settings.limits));
  ability_.process_limit =
      enforced.processes
          ? "the job object (" + most + " of them processes) and the watchdog"
          : "the watchdog, " + most +
                " of them processes (job objects have no such limit here)";
  ability_.memory_limit =
      enforced.memory ? "the job object and the watchdog"
                      : "the watchdog (job objects have no such limit here)";
}

WindowsSandbox::~WindowsSandbox() {
  for (Run& run : runs_) {
    run.job->terminate();
    finish(run);
  }
}

Run* WindowsSandbox::run_of(RunId id) {
  const auto found = std::ranges::find(runs_, id, &Run::id);
  return found == runs_.end() ? nullptr : &*found;
}

const Run* WindowsSandbox::run_of(RunId id) const {
  const auto found = std::ranges::find(runs_, id, &Run::id);
  return found == runs_.end() ? nullptr : &*found;
}

Result<RunId> WindowsSandbox::launch(const Command& command) {
  Run run;
  run.id = next_run_++;
  run.top = folder_.path() / std::to_string(run.id);
  run.folder = run.top / "work";
  std::error_code error;
  fs::create_directories(run.folder, error);
  if (error) return Error{"CreateDirectory: " + error.message()};
  auto out = Output::create(run.top / "stdout");
  if (!out) return out.error();
  auto err = Output::create(run.top / "stderr");
  if (!err) return err.error();
  run.out = std::move(*out);
  run.err = std::move(*err);
  const auto key = static_cast<std::uintptr_t>(run.id);
  auto job = Job::create(settings_.limits, port_.get(), key);
  if (!job) return job.error();
  run.job = std::move(*job);
  run.started = Clock::now();
  auto process = start_in_job(command, run.folder, *run.job, run.out, run.err);
  if (!process) {
    run.out = {};
    run.err = {};
    remove_tree(run.top);
    return process.error();
  }
  run.process = std::move(*process);
  run.notice = std::make_unique<Notice>(run.process.get(), port_.get(), key);
  runs_.push_back(std::move(run));
  return runs_.back().id;
}

std::vector<Event> WindowsSandbox::wait(Clock::time_point deadline,
                                        Descriptor wake) {
  const Notice wakes(wake, port_.get(), kWake);
  while (true) {
    std::vector<Event> events;
    for (auto it = runs_.begin(); it != runs_.end();)
      if (is_over(*it)) {
        events.push_back({it->id, finish(*it)});
        it = runs_.erase(it);
      } else {
        ++it;
      }
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (!events.empty() || left.count() <= 0) return events;
    DWORD message = 0;
    std::uintptr_t key = 0;
    OVERLAPPED* about = nullptr;
    const auto most = runs_.empty() ? milliseconds(60'000) : kTick;
    if (!::GetQueuedCompletionStatus(
            port_.get(), &message, &key, &about,
            static_cast<DWORD>(std::min(left, most).count())))
      continue;
    if (key == kWake) return {};
    heard(message, key);
  }
}

void WindowsSandbox::heard(DWORD message, std::uintptr_t key) {
  Run* run = run_of(static_cast<RunId>(key));
  if (run == nullptr) return;
  if (message == JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT) run->process_limit = true;
  if (message == JOB_OBJECT_MSG_JOB_MEMORY_LIMIT) run->memory_limit = true;
}

/// Ends what passed the limit on processes at once: whoever must not start one
/// more may try for ever.
bool WindowsSandbox::is_over(Run& run) {
  const auto now = Clock::now();
  if (!run.ended &&
      ::WaitForSingleObject(run.process.get(), 0) == WAIT_OBJECT_0) {
    run.ended = now;
    run.leak_at = now + settings_.limits.leak_grace;
    ::GetExitCodeProcess(run.process.get(), &run.code);
  }
  const int active = run.job->active();
  // And one is the host of the console.
  if (active > most_processes(settings_.limits) + 1) run.process_limit = true;
  if (run.process_limit || (run.kill_at && now >= *run.kill_at)) {
    run.job->terminate();
    return true;
  }
  if (active == 0) return run.ended.has_value();
  return run.ended && !run.kill_at && grace_is_over(run);
}

/// When the others must have ended too, after the first process has. Those who
/// saw its end and are just leaving may need long for that on a busy machine.
bool WindowsSandbox::grace_is_over(Run& run) {
  const auto now = Clock::now();
  if (now < run.next_look) return false;
  run.next_look = now + std::min(kNextLook, settings_.limits.leak_grace);
  const auto before = run.cpu_ns;
  const std::vector<SeenProcess> left = look(run, milliseconds(0));
  if (left.empty()) return true;  // but for the host of a console
  if (now < run.leak_at) return false;
  const bool runs =
      run.cpu_ns != before ||
      std::ranges::any_of(left, [](const SeenProcess& process) {
        return std::ranges::any_of(
            process.sample.threads,
            [](const ThreadSample& thread) { return thread.state == 'R'; });
      });
  return !runs || now >= *run.ended + kMostGraces * settings_.limits.leak_grace;
}

/// `at_most`: how old what is seen may be.
std::vector<SeenProcess> WindowsSandbox::look(Run& run, milliseconds at_most) {
  // To look at all runs costs as much as to look at one.
  if (Clock::now() - seen_at_ >= at_most) {
    seen_ = all_processes();
    seen_at_ = Clock::now();
  }
  std::vector<SeenProcess> processes = run.job->of(seen_);
  for (const SeenProcess& one : processes) {
    std::uint64_t& cpu = run.cpu_ns[{one.sample.start_ticks, one.sample.id}];
    std::uint64_t now = 0;
    for (const ThreadSample& thread : one.sample.threads) now += thread.cpu_ns;
    cpu = std::max(cpu, now);
  }
  return processes;
}

std::vector<Left> left_files(const fs::path& folder) {
  std::vector<Left> left;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end;
       !error && it != end; it.increment(error))
    left.push_back(
        {"file", "$TMPDIR/" + to_utf8(fs::relative(it->path(), folder, error)
                                          .generic_wstring())});
  std::ranges::sort(left, {}, &Left::name);
  return left;
}

void WindowsSandbox::keep(Run& run) const {
  if (std::exchange(run.kept, true)) return;
  run.kept_out = run.out.read(settings_.limits.output);
  run.kept_err = run.err.read(settings_.limits.output);
}

/// Nothing of it is left afterwards.
Finished WindowsSandbox::finish(Run& run) {
  Finished finished;
  const auto now = Clock::now();
  finished.exited = run.ended && !run.kill_at && !run.process_limit;
  if (run.job->active() > 0)
    for (const SeenProcess& one : look(run, milliseconds(0)))
      if (finished.exited) finished.left.push_back({"process", one.image});
  std::uint64_t cpu_ns = 0;
  for (const auto& [key, time] : run.cpu_ns) cpu_ns += time;
  finished.cpu_seconds =
      std::max(run.job->cpu_seconds(), static_cast<double>(cpu_ns) * 1e-9);
  run.job->terminate();
  while (run.job->lives() && Clock::now() < now + settings_.patience)
    ::Sleep(1);
  if (run.job->lives())
    finished.failure = "processes of a run outlive TerminateJobObject";
  keep(run);
  finished.output_limit = run.out.size() > settings_.limits.output ||
                          run.err.size() > settings_.limits.output;
  finished.out = std::move(run.kept_out);
  finished.err = std::move(run.kept_err);
  finished.exit_code = run.code;
  finished.process_limit = run.process_limit;
  finished.memory_limit = run.memory_limit;
  finished.seconds =
      std::chrono::duration<double>(run.ended.value_or(now) - run.started)
          .count();
  if (finished.exited)
    for (Left& one : left_files(run.folder))
      finished.left.push_back(std::move(one));
  run.out = {};
  run.err = {};
  remove_tree(run.top);
  return finished;
}

TreeSample WindowsSandbox::sample(RunId id) {
  Run* run = run_of(id);
  if (run == nullptr) return {};
  return tree_of(look(*run, kRecent));
}

wait::Tree WindowsSandbox::tree(RunId id) {
  wait::Tree tree;
  if (const Run* run = run_of(id); run != nullptr)
    tree.above = static_cast<long>(::GetProcessId(run->process.get()));
  tree.with_above = tree.ours = true;
  return tree;
}

std::uint64_t WindowsSandbox::output_size(RunId id) const {
  const Run* run = run_of(id);
  return run == nullptr ? 0 : std::max(run->out.size(), run->err.size());
}

std::uint64_t WindowsSandbox::disk_used(RunId id) const {
  const Run* run = run_of(id);
  if (run == nullptr) return 0;
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(run->folder, error), end;
       !error && it != end; it.increment(error)) {
    std::error_code none;
    const auto size = it->file_size(none);
    if (!none) bytes += size;
  }
  return bytes;
}

void WindowsSandbox::keep_output(RunId id) {
  if (Run* run = run_of(id); run != nullptr) keep(*run);
}

void WindowsSandbox::end(RunId id, milliseconds grace) {
  Run* run = run_of(id);
  if (run == nullptr || run->kill_at) return;
  run->kill_at = Clock::now() + grace;
  if (grace.count() == 0) run->job->terminate();
}

}  // namespace

Result<std::unique_ptr<Sandbox>> Sandbox::open(const Settings& settings) {
  if (settings.mode == Mode::full)
    return Error{
        "the sandbox `full` does not work here: Windows has no private file "
        "system for a run"};
  // Of us, and so of all that we start: nobody is there to close a window.
  ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX |
                 SEM_NOOPENFILEERRORBOX);
  const auto enforced = try_job_limits();
  if (!enforced)
    return Error{"the sandbox `group` does not work here: " +
                 enforced.error().text};
  auto folder = Folder::create();
  if (!folder) return folder.error();
  UniqueFd port(::CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1));
  if (!port) return windows_error("CreateIoCompletionPort", ::GetLastError());
  return std::unique_ptr<Sandbox>(std::make_unique<WindowsSandbox>(
      settings, std::move(*folder), std::move(port), *enforced));
}

}  // namespace poolbugs::sandbox
