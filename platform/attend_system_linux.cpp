#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "platform/attend_system.hpp"
#include "platform/proc_linux.hpp"

namespace poolbugs {
namespace {

std::string stat_of(pid_t process) {
  const std::string path = "/proc/" + std::to_string(process) + "/stat";
  return proc::read_file(path.c_str());
}

/// Whether a process, perhaps a zombie, is below us.
bool is_below_us(pid_t process) {
  const pid_t self = ::getpid();
  while (process > 1) {
    const std::string parent = proc::stat_field(stat_of(process), 4);
    if (parent.empty()) return false;
    process = static_cast<pid_t>(std::atoi(parent.c_str()));
    if (process == self) return true;
  }
  return false;
}

/// Whether the command has got it as well.
bool is_known(const signalfd_siginfo& info) {
  const int number = static_cast<int>(info.ssi_signo);
  if (info.ssi_code == SI_KERNEL) {
    // A terminal that goes away tells the leader of its session alone.
    const bool ours_alone = number == SIGHUP && ::getsid(0) == ::getpid();
    return is_for_the_group(number) && !ours_alone;
  }
  return is_below_us(static_cast<pid_t>(info.ssi_pid));  // by kill(0, …)
}

void send(pid_t command, const signalfd_siginfo& info) {
  const int number = static_cast<int>(info.ssi_signo);
  if (info.ssi_code == SI_QUEUE) {
    sigval value{};
    value.sival_ptr = reinterpret_cast<void*>(info.ssi_ptr);
    ::sigqueue(command, number, value);
  } else {
    ::kill(command, number);
  }
}

}  // namespace

AttendSystem::AttendSystem(const sigset_t& signals) {
  ::sigprocmask(SIG_BLOCK, &signals, &mask_);
  ::prctl(PR_GET_CHILD_SUBREAPER, &subreaper_);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  signals_.reset(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
}

AttendSystem::~AttendSystem() {
  pass_on(-1);  // those that came too late have nobody to go to any more
  ::prctl(PR_SET_CHILD_SUBREAPER, subreaper_);
  ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
}

int AttendSystem::descriptor() const { return signals_.get(); }

const sigset_t& AttendSystem::mask_before() const { return mask_; }

bool AttendSystem::pass_on(pid_t command) {
  bool continued = false;
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) ==
         static_cast<ssize_t>(sizeof info)) {
    const auto number = static_cast<int>(info.ssi_signo);
    if (number == SIGCONT)
      continued = true;
    else if (command > 0 && !is_ours_alone(number) && !is_known(info))
      send(command, info);
  }
  return continued;
}

/// Not who has ended and is still held, by a tracer (ptrace(2)) or by a parent
/// that does not wait for it.
std::vector<pid_t> AttendSystem::left() {
  std::vector<pid_t> all = proc::descendants(::getpid());
  std::erase_if(all, [](pid_t process) {
    const std::string stat = stat_of(process);
    // The first thread may have ended before the others.
    constexpr int kState = 3, kThreads = 20;
    return proc::stat_field(stat, kState) == "Z" &&
           proc::stat_field(stat, kThreads) == "1";
  });
  return all;
}

bool is_stopped(pid_t process) {
  return proc::stat_field(stat_of(process), 3) == "T";
}

void forbid_core_file() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  // A core_pattern that is a pipe does not look at the limit (core(5)).
  ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace poolbugs
