// Acts on processes, threads and signals.
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <csignal>
#include <cstddef>
#include <ctime>
#include <string>

#include "harness/plants/generated/machine.hpp"

namespace poolbugs::generated {
namespace {

alignas(16) char stacks[kMostProcesses][128 * 1024];

template <typename T>
void write_table(std::size_t offset, T value) {
  call(SYS_pwrite64, kTableFd, &value, sizeof value, offset);
}

std::size_t offset_of_slot(int slot) {
  return offsetof(Table, slots) + static_cast<std::size_t>(slot) * sizeof(Slot);
}

std::size_t offset_of_process(int process) {
  return offsetof(Table, processes) +
         static_cast<std::size_t>(process) * sizeof(int);
}

int process_here() {
  const int id = static_cast<int>(call(SYS_getpid));
  for (int p = 0; p < kMostProcesses; ++p)
    if (process_id(p) == id) return p;
  return 0;
}

void on_signal(int signal) {
  const int saved = errno;
  const int process = process_here();
  const Op& action = machine.processes[process].actions[signal];
  Op act;
  act.act = action.then;
  act.target = action.target;
  if (act.act == Act::exit) call(SYS_exit_group, 0);
  if (act.act != Act::rest && !do_with_file(process, act))
    do_with_memory(process, act);
  errno = saved;
}

void handle(int process, const Op& op) {
  machine.processes[process].actions[op.value] = op;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = op.restart ? SA_RESTART : 0;
  ::sigaction(op.value, &action, nullptr);
}

sigset_t only(int signal) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  return set;
}

void rest(int ms) {
  timespec left{ms / 1000, ms % 1000 * 1'000'000L};
  call(SYS_nanosleep, &left, nullptr);
}

void posix_timer(int ms) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = kTimerSignal;
  timer_t timer{};
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return;
  itimerspec time{};
  time.it_value = {ms / 1000, ms % 1000 * 1'000'000L};
  ::timer_settime(timer, 0, &time, nullptr);
}

void send(const Op& op, int signal) {
  const int id = process_id(op.target.index);
  if (id != 0) call(SYS_kill, id, signal);
}

/// An open file description of this process alone, for `flavour` 1.
void reopen_files(Own& own) {
  const auto& objects = machine.program.objects;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (objects[i].kind != ObjectKind::file || objects[i].flavour != 1)
      continue;
    int& known = own.descriptors[i][0];
    const std::string path = "/proc/self/fd/" + std::to_string(known);
    const int again = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    ::close(known);
    known = again;
  }
}

void prepare(int child, int parent) {
  Own& own = machine.processes[child];
  const Own& from = machine.processes[parent];
  for (int i = 0; i < kMostObjects; ++i)
    for (int end = 0; end < 2; ++end)
      own.descriptors[i][end] = from.descriptors[i][end];
  for (int signal = 1; signal < 65; ++signal)
    own.actions[signal] = from.actions[signal];
}

void fork_child(int process, int child) {
  prepare(child, process);
  const pid_t id = ::fork();
  if (id < 0) fail();
  tell_process_id(child, id != 0 ? id : ::getpid());
  if (id != 0) return;
  reopen_files(machine.processes[child]);
  run_script(child, 0);
}

int run_sharing(void* child) {
  const int process = static_cast<int>(reinterpret_cast<std::intptr_t>(child));
  tell_process_id(process, static_cast<int>(call(SYS_getpid)));
  run_script(process, 0);
  return 0;
}

/// What it may do is limited: it has its parent's thread-local memory.
void clone_child(int process, int child, int flags) {
  prepare(child, process);
  const int id =
      ::clone(run_sharing, stacks[child] + sizeof stacks[child],
              CLONE_VM | SIGCHLD | flags,
              reinterpret_cast<void*>(static_cast<std::intptr_t>(child)));
  if (id < 0) fail();
  tell_process_id(child, id);
}

void* run_thread(void* slot) {
  const int number = static_cast<int>(reinterpret_cast<std::intptr_t>(slot));
  run_script(number / kMostThreads, number % kMostThreads);
  return nullptr;
}

void start_thread(int process, int thread) {
  pthread_attr_t how;
  ::pthread_attr_init(&how);
  ::pthread_attr_setstacksize(&how, 128 * 1024);
  Own& own = machine.processes[process];
  void* slot = reinterpret_cast<void*>(
      static_cast<std::intptr_t>(slot_of(process, thread)));
  own.started[thread] =
      ::pthread_create(&own.threads[thread], &how, run_thread, slot) == 0;
  if (!own.started[thread]) fail();
}

void wait_for(const Op& op) {
  const int id =
      op.target.kind == Target::process ? process_id(op.target.index) : 0;
  if (op.act == Act::wait) {
    call(SYS_wait4, id == 0 ? -1 : id, nullptr, op.value, nullptr);
    return;
  }
  siginfo_t info;
  call(SYS_waitid, id == 0 ? P_ALL : P_PID, id, &info, WEXITED | op.value,
       nullptr);
}

}  // namespace

int process_id(int process) {
  int id = 0;
  call(SYS_pread64, kTableFd, &id, sizeof id, offset_of_process(process));
  return id;
}

void tell_process_id(int process, int id) {
  write_table(offset_of_process(process), id);
}

void tell_thread(int slot, int id) {
  write_table(offset_of_slot(slot) + offsetof(Slot, thread), id);
}

void tell_progress(int slot, std::uint32_t progress) {
  write_table(offset_of_slot(slot) + offsetof(Slot, progress), progress);
}

timespec in_ms(int clock, int ms) {
  timespec time{};
  ::clock_gettime(clock, &time);
  const long ns = time.tv_nsec + ms % 1000 * 1'000'000L;
  return {time.tv_sec + ms / 1000 + ns / 1'000'000'000, ns % 1'000'000'000};
}

void fail() {
  write_table(offsetof(Table, failed), errno == 0 ? EINVAL : errno);
  ::_exit(70);
}

bool do_with_signal(int process, const Op& op) {
  switch (op.act) {
    case Act::handle:
      handle(process, op);
      return true;
    case Act::block:
    case Act::unblock: {
      const sigset_t set = only(op.value);
      call(SYS_rt_sigprocmask, op.act == Act::block ? SIG_BLOCK : SIG_UNBLOCK,
           &set, nullptr, 8);
      return true;
    }
    case Act::sigwait: {
      const sigset_t set = only(op.value);
      call(SYS_rt_sigtimedwait, &set, nullptr, nullptr, 8);
      return true;
    }
    case Act::pause:
      call(SYS_ppoll, nullptr, 0, nullptr, nullptr, 8);
      return true;
    case Act::kill:
      send(op, op.value);
      return true;
    case Act::stop:
      send(op, SIGSTOP);
      return true;
    case Act::resume:
      send(op, SIGCONT);
      return true;
    case Act::alarm: {
      const itimerval time{{0, 0}, {op.value / 1000, op.value % 1000 * 1000L}};
      call(SYS_setitimer, ITIMER_REAL, &time, nullptr);
      return true;
    }
    case Act::posix_timer:
      posix_timer(op.value);
      return true;
    default:
      return false;
  }
}

bool do_with_process(int process, int thread, const Op& op) {
  switch (op.act) {
    case Act::rest:
      rest(op.value);
      return true;
    case Act::fork:
      fork_child(process, op.target.index);
      return true;
    case Act::clone_vm:
      clone_child(process, op.target.index, 0);
      return true;
    case Act::vfork:
      clone_child(process, op.target.index, CLONE_VFORK);
      return true;
    case Act::start:
      start_thread(process, op.target.index);
      return true;
    case Act::join:
      if (machine.processes[process].started[op.target.index])
        ::pthread_join(machine.processes[process].threads[op.target.index],
                       nullptr);
      return true;
    case Act::wait:
    case Act::waitid:
      wait_for(op);
      return true;
    case Act::exit:
      call(SYS_exit_group, 0);
      return true;
    case Act::leave:
      if (thread == 0) call(SYS_exit, 0);
      return true;
    case Act::parent_death:
      call(SYS_prctl, PR_SET_PDEATHSIG, op.value, 0, 0, 0);
      return true;
    default:
      return false;
  }
}

void run_script(int process, int thread) {
  const int slot = slot_of(process, thread);
  tell_thread(slot, static_cast<int>(call(SYS_gettid)));
  const Script& script =
      machine.program.processes[static_cast<std::size_t>(process)]
          .threads[static_cast<std::size_t>(thread)];
  std::uint32_t at = 0;
  for (const Op& op : script) {
    tell_progress(slot, ++at);
    if (!do_with_file(process, op) && !do_with_memory(process, op) &&
        !do_with_signal(process, op))
      do_with_process(process, thread, op);
    tell_progress(slot, ++at);
    if (op.act == Act::leave) return;
  }
  if (thread == 0) call(SYS_exit_group, 0);
}

}  // namespace poolbugs::generated
