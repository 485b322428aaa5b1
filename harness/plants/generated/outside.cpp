// generated PROGRAM
//     is the outside party of a program (program.hpp): makes what it has in
//     common with it, starts it, adopts what the program leaves behind, does
//     what the program's text and the driver (descriptor 4, table.hpp) say,
//     and ends everything below when the driver is gone.
#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "harness/plants/generated/machine.hpp"

namespace poolbugs::generated {

Machine machine;

namespace {

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e3 +
         static_cast<double>(time.tv_nsec) * 1e-6;
}

std::string file_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<int> tasks_of(int process) {
  std::vector<int> tasks;
  // Of at most kMostThreads, and listed in every status file.
  const std::string folder = "/proc/" + std::to_string(process) + "/task";
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return tasks;
  alignas(dirent64) char buffer[2048];
  for (long got; (got = call(SYS_getdents64, fd, buffer, sizeof buffer)) > 0;)
    for (long at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
      at += entry->d_reclen;
      if (entry->d_name[0] != '.') tasks.push_back(std::atoi(entry->d_name));
    }
  ::close(fd);
  return tasks;
}

void add_below(int process, std::vector<int>& found) {
  for (const int task : tasks_of(process)) {
    std::istringstream children(file_of("/proc/" + std::to_string(process) +
                                        "/task/" + std::to_string(task) +
                                        "/children"));
    for (int child; children >> child;)
      if (std::find(found.begin(), found.end(), child) == found.end()) {
        found.push_back(child);
        add_below(child, found);
      }
  }
}

std::vector<int> members() {
  std::vector<int> found;
  add_below(::getpid(), found);
  return found;
}

/// A mask of /proc/PID/status: bit s - 1 is signal s.
std::uint64_t mask_of(const std::string& status, const char* name) {
  const std::size_t at = status.find(name);
  return at == std::string::npos
             ? 0
             : std::strtoull(status.c_str() + at + std::strlen(name), nullptr,
                             16);
}

/// Caught, or blocked by every thread and so to be taken: it kills nobody.
std::vector<int> signals_for(int process) {
  const std::string folder = "/proc/" + std::to_string(process);
  const std::string status = file_of(folder + "/status");
  std::uint64_t blocked = ~0ULL;
  for (const int task : tasks_of(process))
    blocked &=
        mask_of(file_of(folder + "/task/" + std::to_string(task) + "/status"),
                "SigBlk:");
  const std::uint64_t harmless =
      mask_of(status, "SigCgt:") | (status.empty() ? 0 : blocked);
  std::vector<int> signals;
  for (const int signal : kSignals)
    if ((harmless >> (signal - 1) & 1) != 0) signals.push_back(signal);
  return signals;
}

/// What the program did until here it did without the signals that come.
void begin_signals() {
  Table& table = *machine.table;
  const int epoch = table.epoch;
  if (epoch + 1 < kMostEpochs)
    for (int i = 0; i < kSlots; ++i)
      table.before[epoch][i] = table.slots[i].progress;
  table.epoch = epoch + 1;
}

void send(int process, int signal) {
  const std::vector<int> all = members();
  if (std::find(all.begin(), all.end(), process) == all.end()) return;
  if (signal != SIGSTOP && signal != SIGCONT) {
    const std::vector<int> harmless = signals_for(process);
    if (std::find(harmless.begin(), harmless.end(), signal) == harmless.end())
      return;
  }
  begin_signals();
  ::kill(process, signal);
}

void send_everything() {
  const std::vector<int> all = members();
  begin_signals();
  for (const int process : all)
    for (const int signal : signals_for(process)) ::kill(process, signal);
  for (const int process : all) ::kill(process, SIGSTOP);
  ::poll(nullptr, 0, 60);
  for (const int process : all) ::kill(process, SIGCONT);
}

bool is_ready(int fd, short events) {
  pollfd polled{fd, events, 0};
  return ::poll(&polled, 1, 0) == 1 && (polled.revents & events) != 0;
}

void write_end(int fd) {
  const char bytes[8] = {1};
  if (is_ready(fd, POLLOUT) && ::write(fd, bytes, 8) < 0) return;
}

void read_end(int fd) {
  static char bytes[kFlood];
  if (is_ready(fd, POLLIN) && ::read(fd, bytes, sizeof bytes) < 0) return;
}

/// A name that both know, as anybody would post it.
void post(int object) {
  const bool named =
      machine.program.objects[static_cast<std::size_t>(object)].place ==
      Place::named;
  if (named || machine.mapped[object] != nullptr)
    ::sem_post(&semaphore(object));
}

/// Wakes whoever waits for any word of it.
void nudge(int object) {
  auto* words = reinterpret_cast<int*>(&cell(object));
  for (std::size_t i = 0; i < sizeof(Cell) / sizeof(int); ++i)
    call(SYS_futex, words + i, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void act_on_all() {
  const auto& objects = machine.program.objects;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    Op op;
    op.target = {Target::object, static_cast<int>(i), 0};
    const auto act = [&](Act what, int value = 0) {
      op.act = what;
      op.value = value;
      act_outside(op);
    };
    if (objects[i].kind == ObjectKind::sysv) act(Act::up_sysv);
    if (objects[i].place == Place::named) act(Act::up);
    if (objects[i].outside == 0) continue;
    if (objects[i].kind >= ObjectKind::word) {
      act(Act::wake_word);
      act(Act::up);
      if (machine.mapped[i] != nullptr) nudge(static_cast<int>(i));
      continue;
    }
    if (objects[i].kind == ObjectKind::timerfd) act(Act::settime, 10);
    if (objects[i].kind == ObjectKind::file) act(Act::unlock_file);
    for (op.target.end = 0; op.target.end < 2; ++op.target.end) {
      act(Act::write);
      act(Act::gulp);
    }
  }
}

void let_go() {
  for (auto& ends : machine.processes[0].descriptors)
    for (int& end : ends) {
      if (end >= 0) ::close(end);
      end = -1;
    }
}

void kill_everybody() {
  while (true) {
    for (const int process : members()) ::kill(process, SIGKILL);
    int status = 0;
    while (::waitpid(-1, &status, WNOHANG) > 0) continue;
    if (::waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD) return;
    ::poll(nullptr, 0, 1);
  }
}

void obey(Command command) {
  if (command == Command::act) act_on_all();
  if (command == Command::let_go) let_go();
  if (command == Command::signal) send_everything();
  ++machine.table->commands_done;
}

/// The driver's table and commands are ours, not the program's.
[[noreturn]] void be_program(const sigset_t& mask) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::close(kCommandFd);
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &action, nullptr);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  tell_process_id(0, ::getpid());
  machine.table->root = ::getpid();
  ::munmap(machine.table, sizeof(Table));
  machine.table = nullptr;
  make_objects(false);
  run_script(0, 0);
  ::_exit(0);  // it has not come here
}

/// The ends that the outside party does not have it made for the program.
void close_what_is_theirs() {
  const auto& objects = machine.program.objects;
  for (std::size_t i = 0; i < objects.size(); ++i)
    for (int end = 0; end < 2; ++end) {
      int& known = machine.processes[0].descriptors[i][end];
      if (known < 0 || (objects[i].outside >> end & 1) != 0) continue;
      ::close(known);
      known = -1;
    }
}

void clean_up() {
  const auto& objects = machine.program.objects;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (objects[i].kind == ObjectKind::sysv)
      ::semctl(machine.sysv[i], 0, IPC_RMID);
    if (objects[i].place == Place::named)
      ::sem_unlink(
          ("/generated-" + std::to_string(::getpid()) + "-" + std::to_string(i))
              .c_str());
  }
}

/// Until nobody is left, or the driver is gone.
void attend() {
  auto script = machine.program.outside;
  std::stable_sort(
      script.begin(), script.end(),
      [](const OutsideOp& a, const OutsideOp& b) { return a.at < b.at; });
  const double start = now();
  std::size_t next = 0;
  sigset_t none;
  ::sigemptyset(&none);
  while (true) {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
    if (::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) break;
    while (next < script.size() && now() - start >= script[next].at)
      act_outside(script[next++].op);
    machine.table->script_done = next == script.size();
    timespec time{3600, 0};
    if (next < script.size()) {
      const double left = std::max(0.0, script[next].at - (now() - start));
      time = {static_cast<time_t>(left / 1000),
              static_cast<long>(left * 1e6) % 1'000'000'000};
    }
    pollfd polled{kCommandFd, POLLIN, 0};
    if (::ppoll(&polled, 1, &time, &none) != 1) continue;
    Command command{};
    if (::read(kCommandFd, &command, 1) != 1) return kill_everybody();
    obey(command);
  }
  machine.table->ended = true;
}

}  // namespace

void act_outside(const Op& op) {
  if (op.target.kind == Target::process) {
    const int process = machine.table->processes[op.target.index];
    send(process, op.act == Act::stop     ? SIGSTOP
                  : op.act == Act::resume ? SIGCONT
                                          : op.value);
    return;
  }
  const int object = op.target.index;
  const int fd = descriptor(0, op.target);
  switch (op.act) {
    case Act::write:
      return write_end(fd);
    case Act::gulp:
      return read_end(fd);
    case Act::close:
      ::close(std::exchange(
          machine.processes[0].descriptors[object][op.target.end], -1));
      return;
    case Act::up:
      return post(object);
    case Act::wake_word:
      if (machine.mapped[object] != nullptr) do_with_memory(0, op);
      return;
    case Act::lock_file:
      call(SYS_flock, fd, LOCK_EX | LOCK_NB);
      return;
    case Act::settime:
    case Act::unlock_file:
      do_with_file(0, op);
      return;
    case Act::up_sysv:
      do_with_memory(0, op);
      return;
    default:
      return;
  }
}

int be_outside() {
  ::setpgid(0, 0);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::signal(SIGPIPE, SIG_IGN);
  for (Own& own : machine.processes)
    for (auto& ends : own.descriptors) ends[0] = ends[1] = -1;
  sigset_t children, mask;
  ::sigemptyset(&children);
  ::sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &children, &mask);
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGCHLD, &action, nullptr);
  make_objects(true);
  const pid_t child = ::fork();
  if (child < 0) fail();
  if (child == 0) be_program(mask);
  close_what_is_theirs();
  attend();
  clean_up();
  return 0;
}

}  // namespace poolbugs::generated

int main(int argc, char** argv) {
  using namespace poolbugs::generated;
  const auto program = argc == 2 ? parse(argv[1]) : std::nullopt;
  if (!program) return 2;
  machine.program = *program;
  void* at = ::mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED,
                    kTableFd, 0);
  if (at == MAP_FAILED) return 2;
  machine.table = static_cast<Table*>(at);
  return be_outside();
}
