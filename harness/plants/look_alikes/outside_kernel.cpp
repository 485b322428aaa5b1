// What the kernel does for somebody outside: clocks that are set, terminals
// that count time, calls and pages that another process answers. And calls that
// a stop ends half done.
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <termios.h>

#include <cerrno>
#include <cstdint>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

// --- a stop in the middle of a transfer: what was done so far is the answer

Rescue outside_stops() { return stops_and_continues(); }

/// More than a pipe holds: when nobody reads the rest, a stop makes it a short
/// write (pipe_write() in fs/pipe.c).
void stopped_in_long_write() {
  const Pipe pipe = make_pipe();
  const std::string much(1 << 18, 'x');
  tell(::getpid());
  const ssize_t written = ::write(pipe.write, much.data(), much.size());
  expect(written > 0 && written < 1 << 18, "write");
}

void stopped_in_long_send() {
  const Pipe pair = make_sockets();
  const std::string much(1 << 22, 'x');
  tell(::getpid());
  const ssize_t sent = ::send(pair.write, much.data(), much.size(), 0);
  expect(sent > 0 && sent < 1 << 22, "send");
}

void stopped_in_half_received() {
  const Pipe pair = make_sockets();
  say(pair.write);
  tell(::getpid());
  char both[2];
  expect(::recv(pair.read, both, 2, MSG_WAITALL) == 1, "recv");
}

// --- clocks

/// A timer that is not armed, and told of changes to the clock
/// (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
void timer_hears_of_clock() {
  const int timer = must(::timerfd_create(CLOCK_REALTIME, 0), "timerfd_create");
  const itimerspec never{};
  must(::timerfd_settime(timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
                         &never, nullptr),
       "timerfd_settime");
  tell(::getpid());
  std::uint64_t times;
  expect(::read(timer, &times, sizeof times) == -1 && errno == ECANCELED,
         "read");
}
/// By one nanosecond, which nobody else can tell.
Rescue outside_moves_clock() {
  timex probe{};
  probe.modes = ADJ_SETOFFSET | ADJ_NANO;
  probe.time.tv_usec = 1;
  if (::adjtimex(&probe) < 0) skip("adjtimex");
  return [] {
    told();
    timex change{};
    change.modes = ADJ_SETOFFSET | ADJ_NANO;
    change.time.tv_usec = 1;
    must(::adjtimex(&change), "adjtimex");
  };
}

/// VTIME of a terminal ends a read without a byte; nobody is outside.
void terminal_counts_time() {
  int master = -1, slave = -1;
  must(::openpty(&master, &slave, nullptr, nullptr, nullptr), "openpty");
  termios mode{};
  must(::tcgetattr(slave, &mode), "tcgetattr");
  ::cfmakeraw(&mode);
  mode.c_cc[VMIN] = 0;
  mode.c_cc[VTIME] = static_cast<cc_t>(1 + span() * 10);
  must(::tcsetattr(slave, TCSANOW, &mode), "tcsetattr");
  char byte;
  expect(::read(slave, &byte, 1) == 0, "read");
}

// --- answers from outside

/// A fault in the middle of read(2): the page is the outside's to give.
void page_from_outside() {
  const auto fd =
      static_cast<int>(::syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY));
  const auto all =
      fd < 0 ? static_cast<int>(::syscall(SYS_userfaultfd, 0)) : fd;
  if (all < 0) skip("userfaultfd");
  uffdio_api api{UFFD_API, 0, 0};
  must(::ioctl(all, UFFDIO_API, &api), "UFFDIO_API");
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  expect(page != MAP_FAILED, "mmap");
  uffdio_register range{{reinterpret_cast<std::uint64_t>(page), 4096},
                        UFFDIO_REGISTER_MODE_MISSING,
                        0};
  must(::ioctl(all, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
  const int outside = connect_outside();
  send_fd(outside, all);
  hear(outside);
  ::close(outside);
  ::close(all);
  expect(*static_cast<volatile char*>(page) == 'x', "page");
}
Rescue outside_gives_page() {
  const int server = listen_outside();
  const Rescue rescue = helped_by([=](int until) {
    const int plant = must(::accept(server, nullptr, nullptr), "accept");
    const int fd = receive_fd(plant);
    say(plant);
    uffd_msg message{};
    expect(::read(fd, &message, sizeof message) == sizeof message, "read");
    hear_end(until);
    static char content[4096] = {'x'};
    uffdio_copy copy{message.arg.pagefault.address & ~std::uint64_t{4095},
                     reinterpret_cast<std::uint64_t>(content), 4096, 0, 0};
    must(::ioctl(fd, UFFDIO_COPY, &copy), "UFFDIO_COPY");
  });
  ::close(server);
  return rescue;
}

/// An open(2) that somebody outside has to allow.
void open_waits_for_permission() {
  ::close(must(::open(place("asked").c_str(), O_RDONLY), "open"));
}
Rescue outside_permits() {
  const int fd = ::fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
  if (fd < 0) skip("fanotify_init");
  ::close(must(::creat(place("asked").c_str(), 0600), "creat"));
  if (::fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD,
                      place("asked").c_str()) != 0)
    skip("fanotify_mark");
  return [=] {
    fanotify_event_metadata event{};
    must(::read(fd, &event, sizeof event), "read");
    const fanotify_response yes{event.fd, FAN_ALLOW};
    must(::write(fd, &yes, sizeof yes), "write");
    ::close(event.fd);
    ::close(fd);
  };
}

const Table outside_kernel{
    {"stopped_in_long_write", "granted", stopped_in_long_write, outside_stops},
    {"stopped_in_long_send", "granted", stopped_in_long_send, outside_stops},
    {"stopped_in_half_received", "by_signal", stopped_in_half_received,
     outside_stops},
    {"timer_hears_of_clock", "root", timer_hears_of_clock, outside_moves_clock},
    {"terminal_counts_time", "", terminal_counts_time},
    {"page_from_outside", "userfaultfd", page_from_outside, outside_gives_page},
    {"open_waits_for_permission", "root", open_waits_for_permission,
     outside_permits},
};

}  // namespace
}  // namespace poolbugs::look_alikes
