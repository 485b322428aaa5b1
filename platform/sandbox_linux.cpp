#include <errno.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "platform/jail_protocol_linux.hpp"
#include "platform/proc_linux.hpp"
#include "platform/sandbox.hpp"
#include "platform/sandbox_jail_linux.hpp"
#include "platform/sandbox_output_posix.hpp"
#include "platform/sandbox_trial_posix.hpp"

namespace poolbugs::sandbox {
namespace {

std::vector<Left> parse_left(const std::string& text) {
  std::vector<Left> left;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::size_t space = line.find(' ');
    if (space != std::string::npos)
      left.push_back({line.substr(0, space), line.substr(space + 1)});
    at = end + 1;
  }
  return left;
}

class LinuxSandbox final : public Sandbox {
 public:
  LinuxSandbox(const Settings& settings, Mode mode) : settings_(settings) {
    ability_.mode = mode;
    // A jail that is killed leaves its children to us, not to init.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  ~LinuxSandbox() override;

  Result<void> try_it();
  [[nodiscard]] const Ability& ability() const override { return ability_; }
  void set_why_not_full(const std::string& why) { ability_.why_not_full = why; }

  Result<RunId> launch(const Command& command) override;
  std::vector<Event> wait(Clock::time_point deadline, Descriptor wake) override;
  TreeSample sample(RunId run) override;
  wait::Tree tree(RunId run) override;
  [[nodiscard]] std::uint64_t output_size(RunId run) const override;
  [[nodiscard]] std::uint64_t disk_used(RunId run) const override;
  void keep_output(RunId run) override;
  void end(RunId run, std::chrono::milliseconds grace) override;

 private:
  Result<Jail*> free_jail();
  [[nodiscard]] Jail* jail_of(RunId run) const;
  Finished finish(Jail& jail, const std::string& message);
  Finished bury(Jail& jail);

  Settings settings_;
  Ability ability_;
  std::vector<std::unique_ptr<Jail>> jails_;
  int next_jail_ = 1;
  RunId next_run_ = 1;
  std::string buffer_ = std::string(jail::kMaxMessage, '\0');
};

LinuxSandbox::~LinuxSandbox() {
  for (const auto& jail : jails_) jail->socket.reset();
  wait_for_jails(jails_, settings_.patience);
}

Result<void> LinuxSandbox::try_it() {
  return try_run(*this, {settings_.helper, {"probe"}, {}}, settings_.patience);
}

Result<Jail*> LinuxSandbox::free_jail() {
  for (const auto& jail : jails_)
    if (jail->run == 0) return jail.get();
  auto opened = open_jail(settings_, ability_.mode,
                          "poolbugs-" + std::to_string(::getpid()) + "-" +
                              std::to_string(next_jail_++));
  if (!opened) return opened.error();
  ability_.process_limit = (*opened)->process_limit;
  ability_.memory_limit = (*opened)->memory_limit;
  jails_.push_back(std::move(*opened));
  return jails_.back().get();
}

Jail* LinuxSandbox::jail_of(RunId run) const {
  for (const auto& jail : jails_)
    if (jail->run == run) return jail.get();
  return nullptr;
}

Result<RunId> LinuxSandbox::launch(const Command& command) {
  jail::LaunchHeader header;
  header.argument_count =
      static_cast<std::uint32_t>(command.arguments.size()) + 1;
  header.environment_count =
      static_cast<std::uint32_t>(command.environment.size());
  std::string message(reinterpret_cast<const char*>(&header), sizeof header);
  const auto add = [&](const std::string& text) {
    message.append(text.c_str(), text.size() + 1);
  };
  add(command.executable.string());
  for (const std::string& argument : command.arguments) add(argument);
  for (const std::string& entry : command.environment) add(entry);
  if (message.size() > jail::kMaxMessage)
    return Error{"the arguments and environment of " +
                 command.executable.string() + " are too long"};
  // A free jail may have died meanwhile; a new one has not.
  while (true) {
    const auto free = free_jail();
    if (!free) return free.error();
    Jail& jail = **free;
    if (::send(jail.socket.get(), message.data(), message.size(),
               MSG_NOSIGNAL) >= 0) {
      jail.run = next_run_++;
      jail.kept = jail.ended_by_us = false;
      jail.give_up_at = Clock::time_point::max();
      return jail.run;
    }
    const int error = errno;
    if (error != EPIPE && error != ECONNRESET)
      return errno_error("send to poolbugs-jail", error);
    bury(jail);
    std::erase_if(jails_, [](const auto& one) { return one->pid < 0; });
  }
}

std::vector<Event> LinuxSandbox::wait(Clock::time_point deadline,
                                      Descriptor wake) {
  std::vector<pollfd> polls;
  std::vector<Jail*> polled;
  for (const auto& jail : jails_) {
    if (jail->run == 0) continue;
    polls.push_back({jail->socket.get(), POLLIN, 0});
    polled.push_back(jail.get());
  }
  polls.push_back({wake, POLLIN, 0});  // poll(2) ignores -1
  for (const Jail* jail : polled)
    deadline = std::min(deadline, jail->give_up_at);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      std::max(deadline - Clock::now(), Clock::duration::zero()));
  const auto most = std::chrono::milliseconds(60'000);
  if (::poll(polls.data(), polls.size(),
             static_cast<int>(std::min(left, most).count())) < 0)
    return {};
  std::vector<Event> events;
  for (std::size_t i = 0; i < polled.size(); ++i) {
    Jail& jail = *polled[i];
    if (polls[i].revents == 0) {
      if (Clock::now() < jail.give_up_at) continue;
      const RunId run = jail.run;
      events.push_back({run, bury(jail)});
      continue;
    }
    const ssize_t got =
        ::recv(jail.socket.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    const RunId run = jail.run;
    const auto size = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    events.push_back(
        {run, size > 0 ? finish(jail, buffer_.substr(0, size)) : bury(jail)});
  }
  std::erase_if(jails_, [](const auto& jail) { return jail->pid < 0; });
  return events;
}

Finished LinuxSandbox::finish(Jail& jail, const std::string& message) {
  Finished finished;
  jail::DoneHeader done;
  const bool is_done = message[0] == static_cast<char>(jail::Kind::done) &&
                       message.size() >= sizeof done;
  if (is_done) std::memcpy(&done, message.data(), sizeof done);
  if (!jail.kept) keep_output(jail.run);
  const std::uint64_t limit = settings_.limits.output;
  finished.output_limit =
      size_of(jail.out.get()) > limit || size_of(jail.err.get()) > limit;
  finished.out = std::move(jail.kept_out);
  finished.err = std::move(jail.kept_err);
  jail.run = 0;
  if (::ftruncate(jail.out.get(), 0) != 0 ||
      ::ftruncate(jail.err.get(), 0) != 0)
    finished.failure = errno_error("ftruncate", errno).text;
  if (!is_done) {
    finished.failure = message.substr(1);
    return finished;
  }
  finished.exited = done.exited;
  if (WIFSIGNALED(done.wait_status))
    finished.signal = WTERMSIG(done.wait_status);
  else
    finished.exit_code = WEXITSTATUS(done.wait_status);
  finished.process_limit = done.process_limit;
  finished.memory_limit = done.memory_limit;
  finished.disk_limit = done.disk_limit;
  finished.seconds = done.seconds;
  finished.cpu_seconds = done.cpu_seconds;
  finished.left = parse_left(message.substr(sizeof done));
  return finished;
}

/// A jail that died or does not answer: its run is our responsibility now.
Finished LinuxSandbox::bury(Jail& jail) {
  std::set<pid_t> others;
  for (const auto& one : jails_)
    if (one.get() != &jail && one->pid > 0) others.insert(one->pid);
  const bool late = Clock::now() >= jail.give_up_at;
  const std::string how = bury_jail(jail, others);
  Finished finished;
  finished.failure = late ? "the sandbox' helper does not answer any more"
                          : "the sandbox' helper is gone: " + how;
  return finished;
}

TreeSample LinuxSandbox::sample(RunId run) {
  const Jail* jail = jail_of(run);
  if (jail == nullptr) return {};
  TreeSample sample = sample_tree(
      jail->pid, static_cast<std::size_t>(settings_.limits.tasks) + 1);
  // In the full sandbox the first below the jail is the namespace's init.
  if (ability_.mode == Mode::full && !sample.processes.empty())
    sample.processes.erase(sample.processes.begin());
  return sample;
}

wait::Tree LinuxSandbox::tree(RunId run) {
  wait::Tree tree;
  const Jail* jail = jail_of(run);
  if (jail == nullptr) return tree;
  tree.above = jail->pid;
  tree.ours = true;
  tree.ask = wait::Ask::for_a_proof;
  tree.own_namespaces = ability_.mode == Mode::full;
  // We alone know its processes, and send signals only to end them. `full`:
  // nobody in the namespace is somebody else's. `group`: who signals all
  // processes of a user (kill -1, pkill) ends the run as well. No terminal
  // sends any: the run has a session of its own (jail_main_linux.cpp).
  tree.no_signals = true;
  if (tree.own_namespaces)
    // The namespace's init waits for the run, and adopts its orphans.
    for (const pid_t init : proc::children(jail->pid))
      tree.without.push_back(init);
  const long supervisor =
      tree.without.empty() ? jail->pid : tree.without.front();
  const std::string comm = proc::read_file(
      ("/proc/" + std::to_string(supervisor) + "/comm").c_str());
  // "run PID", from when the program was started (jail_supervise_linux.cpp).
  tree.first = comm.starts_with("run ") ? std::atol(comm.c_str() + 4) : -1;
  for (const UniqueFd* output : {&jail->out, &jail->err}) {
    struct stat info {};
    if (::fstat(output->get(), &info) == 0)
      tree.handed_down.push_back({info.st_dev, info.st_ino});
  }
  return tree;
}

std::uint64_t LinuxSandbox::output_size(RunId run) const {
  const Jail* jail = jail_of(run);
  if (jail == nullptr) return 0;
  return std::max(size_of(jail->out.get()), size_of(jail->err.get()));
}

std::uint64_t LinuxSandbox::disk_used(RunId run) const {
  const Jail* jail = jail_of(run);
  return jail == nullptr || jail->folder.empty() ? 0 : disk_use(jail->folder);
}

void LinuxSandbox::keep_output(RunId run) {
  Jail* jail = jail_of(run);
  if (jail == nullptr || jail->kept) return;
  jail->kept = true;
  jail->kept_out = read_output(jail->out.get(), settings_.limits.output);
  jail->kept_err = read_output(jail->err.get(), settings_.limits.output);
}

void LinuxSandbox::end(RunId run, std::chrono::milliseconds grace) {
  Jail* jail = jail_of(run);
  if (jail == nullptr || jail->ended_by_us) return;
  jail->ended_by_us = true;
  jail::EndRequest request;
  request.grace_ms = static_cast<std::uint32_t>(grace.count());
  jail->give_up_at = Clock::now() + grace + settings_.patience;
  // A failure means that the jail is gone, which wait() will see.
  if (::send(jail->socket.get(), &request, sizeof request, MSG_NOSIGNAL) < 0)
    errno = 0;
}

}  // namespace

Result<std::unique_ptr<Sandbox>> Sandbox::open(const Settings& settings) {
  std::string why_not_full;
  if (settings.mode.value_or(Mode::full) == Mode::full) {
    auto full = std::make_unique<LinuxSandbox>(settings, Mode::full);
    const auto tried = full->try_it();
    if (tried) return std::unique_ptr<Sandbox>(std::move(full));
    why_not_full = tried.error().text;
    if (settings.mode.has_value())
      return Error{"the sandbox `full` does not work here: " + why_not_full};
  } else {
    why_not_full = "`--sandbox group` was asked for";
  }
  auto group = std::make_unique<LinuxSandbox>(settings, Mode::group);
  if (const auto tried = group->try_it(); !tried)
    return Error{"the sandbox `group` does not work here: " +
                 tried.error().text};
  group->set_why_not_full(why_not_full);
  return std::unique_ptr<Sandbox>(std::move(group));
}

}  // namespace poolbugs::sandbox
