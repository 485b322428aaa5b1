// Who is whose child is not all decided inside: brothers, and orphans that come
// from outside.
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include <string>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

/// fork(2), with more flags.
pid_t fork_with(unsigned long flags) {
  return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr,
                                      nullptr, nullptr, nullptr));
}

/// Waits as after vfork(2), and not for its child but for a brother
/// (CLONE_PARENT), who ends. The child waits for its parent.
void vfork_of_a_brother() {
  const Pipe pipe = make_pipe();
  const pid_t child = in_child([&] {
    ::close(pipe.write);
    hear(pipe.read);
  });
  const pid_t brother = must(fork_with(CLONE_VFORK | CLONE_PARENT), "clone");
  if (brother == 0) {
    ::close(pipe.read), ::close(pipe.write);
    sleep_for(span());
    ::_exit(0);
  }
  say(pipe.write);
  join(child);
}

/// The first process of a pid namespace waits for any child, and has one that
/// waits for it; outside starts a process in the namespace and leaves it.
void joined_namespace() {
  const Pipe pipe = make_pipe();
  const pid_t first = fork_with(CLONE_NEWPID);
  if (first < 0) skip("clone");
  if (first == 0) {
    const pid_t child = in_child([&] {
      ::close(pipe.write);
      hear(pipe.read);
    });
    const pid_t ended = must(::waitpid(-1, nullptr, 0), "waitpid");
    expect(ended != child, "a child of ours ended first");
    say(pipe.write);
    join(child);
    ::_exit(0);
  }
  ::close(pipe.read), ::close(pipe.write);
  tell(first);
  join(first);
}
Rescue outside_joins() {
  return [] {
    const std::string space = "/proc/" + std::to_string(told()) + "/ns/pid";
    const int fd = must(::open(space.c_str(), O_RDONLY | O_CLOEXEC), "open");
    const pid_t visitor = in_child([=] {
      must(::setns(fd, CLONE_NEWPID), "setns");
      // It is the child's child that is in the namespace, and loses its parent.
      join(in_child([] {
        if (must(::fork(), "fork") == 0) sleep_for(0.1), ::_exit(0);
      }));
    });
    join(visitor);
    ::close(fd);
  };
}

const Table outside_family{
    {"vfork_of_a_brother", "", vfork_of_a_brother},
    {"joined_namespace", "root", joined_namespace, outside_joins},
};

}  // namespace
}  // namespace poolbugs::look_alikes
