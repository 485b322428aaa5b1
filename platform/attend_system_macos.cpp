#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "platform/attend_system.hpp"
#include "platform/libproc_macos.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs {
namespace {

bool have_terminal() {
  return static_cast<bool>(UniqueFd(::open("/dev/tty", O_RDONLY | O_CLOEXEC)));
}

}  // namespace

AttendSystem::AttendSystem(const sigset_t& signals) : signals_(signals) {}

AttendSystem::~AttendSystem() {
  pass_on(-1);  // those that came too late have nobody to go to any more
}

int AttendSystem::descriptor() const { return signals_.descriptor(); }

const sigset_t& AttendSystem::mask_before() const {
  return signals_.mask_before();
}

/// Who sent a signal is not known: where there is a terminal, what it sends is
/// believed to come from it, and to have reached the command as well.
bool AttendSystem::pass_on(pid_t command) {
  bool continued = false;
  for (const int number : signals_.take()) {
    if (number == SIGCONT)
      continued = true;
    else if (command > 0 && !is_ours_alone(number) &&
             !(is_for_the_group(number) && have_terminal()))
      ::kill(command, number);
  }
  return continued;
}

std::vector<pid_t> AttendSystem::left() {
  for (const libproc::Process& process : libproc::descendants(::getpid()))
    seen_.try_emplace(process.id, process.started_us);
  std::vector<pid_t> alive;
  std::erase_if(seen_, [&](const auto& one) {
    const auto found = libproc::find(one.first);
    if (!found || found->started_us != one.second || found->zombie) return true;
    alive.push_back(one.first);
    return false;
  });
  return alive;
}

bool is_stopped(pid_t process) {
  const auto found = libproc::find(process);
  return found && found->stopped;
}

void forbid_core_file() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace poolbugs
