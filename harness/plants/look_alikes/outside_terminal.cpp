// Who is woken by somebody outside of the tree: what is typed at a terminal.
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>

#include <string>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

Rescue types(const char* text) {
  int master = -1, slave = -1;
  must(::openpty(&master, &slave, nullptr, nullptr, nullptr), "openpty");
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  hand_down({slave});
  return [=] {
    expect(::write(master, text, std::char_traits<char>::length(text)) > 0,
           "write");
  };
}
Rescue outside_types() { return types("x\n"); }
/// A terminal that is nobody's yet interrupts nobody.
Rescue outside_interrupts() {
  return [type = types("\3")] {
    told();
    type();
  };
}

void terminal_reader() { hear(handed()); }

void shell_at_terminal() {
  must(::dup2(handed(), 0), "dup2");
  ::execl("/bin/sh", "sh", "-c", "read line && test \"$line\" = x", nullptr);
  fail("sh");
}

void poll_at_terminal() {
  pollfd polled[] = {{make_pipe().read, POLLIN, 0}, {handed(), POLLIN, 0}};
  must(::poll(polled, 2, -1), "poll");
}

/// Waits for a signal of its terminal, no descriptor of which it has left.
void pause_at_terminal(int signal) {
  const pid_t child = in_child([=] {
    must(::setsid(), "setsid");
    must(::ioctl(handed(), TIOCSCTTY, 0), "TIOCSCTTY");
    handle(signal);
    ::close(handed());
    tell(::getpid());
    ::pause();
  });
  ::close(handed());
  join(child);
}
void interrupt_key() { pause_at_terminal(SIGINT); }
void terminal_hangs_up() { pause_at_terminal(SIGHUP); }
Rescue outside_hangs_up() {
  int master = -1, slave = -1;
  must(::openpty(&master, &slave, nullptr, nullptr, nullptr), "openpty");
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  hand_down({slave});
  return [=] {
    told();
    ::close(master);
  };
}

const Table outside_terminal{
    {"terminal_reader", "", terminal_reader, outside_types},
    {"shell_at_terminal", "", shell_at_terminal, outside_types},
    {"poll_at_terminal", "", poll_at_terminal, outside_types},
    {"interrupt_key", "by_signal", interrupt_key, outside_interrupts},
    {"terminal_hangs_up", "by_signal", terminal_hangs_up, outside_hangs_up},
};

}  // namespace
}  // namespace poolbugs::look_alikes
