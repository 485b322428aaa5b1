// What a handler does when a signal comes from outside: whatever its process
// could. The waits themselves are started anew (SA_RESTART) unless said
// otherwise. Needs "by_signal": nothing else would let these go on.
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <stdexcept>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

Rescue outside_terminates() { return keeps_sending(SIGTERM); }
Rescue outside_sends_real_time() { return keeps_sending(SIGRTMIN + 3); }

/// A handler after which the interrupted call waits on.
void on(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  must(::sigaction(signal, &action, nullptr), "sigaction");
}

void wait_for(sem_t& semaphore) {
  while (::sem_wait(&semaphore) != 0) expect(errno == EINTR, "sem_wait");
}

Pipe the_pipe;
sem_t the_semaphore;
sigjmp_buf before_the_read;
volatile sig_atomic_t caught = 0;

void posts(int) { ::sem_post(&the_semaphore); }
void writes(int) { say(the_pipe.write); }

void handler_posts() {
  must(::sem_init(&the_semaphore, 0, 0), "sem_init");
  on(SIGTERM, posts);
  tell(::getpid());
  wait_for(the_semaphore);
}

void handler_posts_at_real_time() {
  must(::sem_init(&the_semaphore, 0, 0), "sem_init");
  on(SIGRTMIN + 3, posts);
  tell(::getpid());
  wait_for(the_semaphore);
}

/// The self-pipe of event loops.
void handler_writes_self_pipe() {
  the_pipe = make_pipe();
  on(SIGTERM, writes);
  tell(::getpid());
  hear(the_pipe.read);
}

void handler_jumps() {
  const Pipe never = make_pipe();
  if (::sigsetjmp(before_the_read, 1) != 0) return;
  on(SIGTERM, [](int) { ::siglongjmp(before_the_read, 1); });
  tell(::getpid());
  hear(never.read);
}

/// As CPython does: the handler sets a flag, the interrupted call is tried
/// again unless what the flag stands for throws.
void handler_makes_it_throw() {
  handle(SIGTERM, [](int) { caught = 1; });
  const Pipe never = make_pipe();
  tell(::getpid());
  try {
    for (char byte; ::read(never.read, &byte, 1) < 0 && errno == EINTR;)
      if (caught) throw std::runtime_error("caught");
    fail("read");
  } catch (const std::runtime_error&) {
  }
}

/// Who waits cannot be interrupted, who is interrupted waits for him.
void thread_catches_for_another() {
  must(::sem_init(&the_semaphore, 0, 0), "sem_init");
  on(SIGTERM, posts);
  std::thread waits([] {
    block(SIGTERM);
    wait_for(the_semaphore);
  });
  tell(::getpid());
  waits.join();
}

/// Blocked in all threads but one, which waits for something that never comes.
void all_threads_block_but_one() {
  the_pipe = make_pipe();
  on(SIGTERM, writes);
  std::thread([] { hear(make_pipe().read); }).detach();
  block(SIGTERM);
  std::thread reader([] { hear(the_pipe.read); });
  tell(::getpid());
  reader.join();
}

/// The other way round: the only one who can be interrupted is the waiter, and
/// the lock that he holds is what the others wait for.
void interrupted_holder_unlocks() {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  handle(SIGTERM);
  ::pthread_mutex_lock(&mutex);
  block(SIGTERM);
  std::thread waits([] {
    zero(::pthread_mutex_lock(&mutex), "pthread_mutex_lock");
    ::pthread_mutex_unlock(&mutex);
  });
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  must(::sigprocmask(SIG_UNBLOCK, &set, nullptr), "sigprocmask");
  tell(::getpid());
  interrupted([never = make_pipe()] {
    char byte;
    return ::read(never.read, &byte, 1);
  });
  ::pthread_mutex_unlock(&mutex);
  waits.join();
}

/// An idle parent above a worker that catches the signal.
void worker_catches_for_parent() {
  the_pipe = make_pipe();
  const pid_t worker = in_child([] {
    on(SIGTERM, [](int) { ::_exit(0); });
    tell(::getpid());
    hear(make_pipe().read);
  });
  join(worker);
}

/// The handler closes the last write end of what a worker reads.
void handler_closes_pipe() {
  the_pipe = make_pipe();
  const pid_t worker = in_child([] {
    ::close(the_pipe.write);
    hear_end(the_pipe.read);
  });
  on(SIGTERM, [](int) { ::close(the_pipe.write); });
  tell(::getpid());
  join(worker);
}

/// The handler starts a process, which is the one that writes.
void handler_forks() {
  the_pipe = make_pipe();
  on(SIGTERM, [](int) {
    if (::fork() == 0) say(the_pipe.write), ::_exit(0);
  });
  tell(::getpid());
  hear(the_pipe.read);
  ::signal(SIGTERM, SIG_IGN);
  while (::wait(nullptr) > 0) continue;
}

/// As a shell with a trap: it goes on without its child, which never does. That
/// the child never runs again is the truth, and all that a proof says.
void handler_abandons_worker() {
  static pid_t worker = 0;
  worker = idle_child();
  on(SIGTERM, [](int) { ::kill(worker, SIGKILL); });
  tell(::getpid());
  join(worker, SIGKILL);
}

/// A trap that does work of its own while the shell waits for its child: the
/// child would have gone on.
void trap_feeds_child() {
  const Pipe pipe = make_pipe();
  must(::dup2(pipe.read, 8), "dup2");
  must(::dup2(pipe.write, 9), "dup2");
  ::execl("/bin/sh", "sh", "-c",
          "trap 'echo x >&9; trap \"\" TERM' TERM; read x <&8 & "
          "echo $$ > \"$0.new\"; mv \"$0.new\" \"$0\"; wait; wait; exit 0",
          place("number").c_str(), nullptr);
  fail("sh");
}

const Table handlers_act{
    {"handler_posts", "by_signal", handler_posts, outside_terminates},
    {"handler_posts_at_real_time", "by_signal", handler_posts_at_real_time,
     outside_sends_real_time},
    {"handler_writes_self_pipe", "by_signal", handler_writes_self_pipe,
     outside_terminates},
    {"handler_jumps", "by_signal", handler_jumps, outside_terminates},
    {"handler_makes_it_throw", "by_signal", handler_makes_it_throw,
     outside_terminates},
    {"thread_catches_for_another", "by_signal", thread_catches_for_another,
     outside_terminates},
    {"all_threads_block_but_one", "by_signal", all_threads_block_but_one,
     outside_terminates},
    {"interrupted_holder_unlocks", "by_signal", interrupted_holder_unlocks,
     outside_terminates},
    {"worker_catches_for_parent", "by_signal", worker_catches_for_parent,
     outside_terminates},
    {"handler_closes_pipe", "by_signal", handler_closes_pipe,
     outside_terminates},
    {"handler_forks", "by_signal", handler_forks, outside_terminates},
    {"handler_abandons_worker", "by_signal abandons", handler_abandons_worker,
     outside_terminates},
    {"trap_feeds_child", "by_signal", trap_feeds_child, outside_terminates},
};

}  // namespace
}  // namespace poolbugs::look_alikes
