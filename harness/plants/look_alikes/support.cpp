#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {

void fail(const char* what) {
  std::fprintf(stderr, "look_alikes: %d: %s: %s\n", ::getpid(), what,
               std::strerror(errno));
  ::_exit(1);
}

void skip(const char* what) {
  std::fprintf(stderr, "skipped: %s: %s\n", what, std::strerror(errno));
  ::_exit(77);
}

timespec in_timespec(double seconds) {
  const auto whole = static_cast<time_t>(seconds);
  return {whole,
          static_cast<long>((seconds - static_cast<double>(whole)) * 1e9)};
}

timeval in_timeval(double seconds) {
  const timespec time = in_timespec(seconds);
  return {time.tv_sec, time.tv_nsec / 1000};
}

timespec deadline(int clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  const timespec more = in_timespec(span());
  time.tv_sec += more.tv_sec + (time.tv_nsec + more.tv_nsec) / 1'000'000'000;
  time.tv_nsec = (time.tv_nsec + more.tv_nsec) % 1'000'000'000;
  return time;
}

void sleep_for(double seconds) {
  timespec left = in_timespec(seconds);
  while (::nanosleep(&left, &left) != 0) expect(errno == EINTR, "nanosleep");
}

void rest() { sleep_for(span() / 6); }

pid_t in_child(const std::function<void()>& work) {
  const pid_t child = must(::fork(), "fork");
  if (child != 0) return child;
  work();
  ::_exit(0);
}

void join(pid_t child, int status) {
  int seen = 0;
  while (::waitpid(child, &seen, 0) != child) expect(errno == EINTR, "waitpid");
  if (WIFEXITED(seen) && WEXITSTATUS(seen) == 77) ::_exit(77);
  errno = 0;
  expect(seen == status, "a child ended in another way");
}

Pipe make_pipe() {
  int ends[2];
  must(::pipe(ends), "pipe");
  return {ends[0], ends[1]};
}

Pipe make_sockets() {
  int ends[2];
  must(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
  return {ends[0], ends[1]};
}

void say(int fd) { expect(::write(fd, "x", 1) == 1, "write"); }

void hear(int fd) {
  char byte;
  expect(::read(fd, &byte, 1) == 1, "read");
}

void hear_end(int fd) {
  char byte;
  expect(::read(fd, &byte, 1) == 0, "read of the end");
}

void fill(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  must(::fcntl(fd, F_SETFL, flags | O_NONBLOCK), "fcntl");
  const std::string block(4096, 'x');
  while (::write(fd, block.data(), block.size()) > 0) continue;
  must(::fcntl(fd, F_SETFL, flags), "fcntl");
}

void* shared_memory(std::size_t size) {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  expect(memory != MAP_FAILED, "mmap");
  return memory;
}

void futex_wait(int* word, int seen, bool is_private, const timespec* most) {
  const int how = FUTEX_WAIT | (is_private ? FUTEX_PRIVATE_FLAG : 0);
  while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == seen)
    if (::syscall(SYS_futex, word, how, seen, most, nullptr, 0) != 0) {
      if (errno == ETIMEDOUT) return;
      expect(errno == EAGAIN || errno == EINTR, "futex");
    }
}

void futex_wake(int* word, bool is_private) {
  const int how = FUTEX_WAKE | (is_private ? FUTEX_PRIVATE_FLAG : 0);
  __atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
  must(::syscall(SYS_futex, word, how, 100, nullptr, nullptr, 0), "futex");
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  must(::sigaction(signal, &action, nullptr), "sigaction");
}

void block(int signal) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  must(::sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
}

namespace {
const char* from_outside(const char* name) {
  const char* value = std::getenv(name);
  errno = 0;
  expect(value != nullptr, "it needs an outside party: --outside");
  return value;
}
}  // namespace

int handed(int index) {
  const char* at = from_outside("LOOK_ALIKE_FD");
  for (; index > 0; --index) at = std::strchr(at, ',') + 1;
  return std::atoi(at);
}

int handed_id() { return std::atoi(from_outside("LOOK_ALIKE_ID")); }

std::string place(const char* name) {
  return std::string(from_outside("LOOK_ALIKE_PATH")) + "/" + name;
}

void hand_down(std::initializer_list<int> fds) {
  std::string text;
  for (const int fd : fds) {
    must(::fcntl(fd, F_SETFD, 0), "fcntl");
    text += (text.empty() ? "" : ",") + std::to_string(fd);
  }
  ::setenv("LOOK_ALIKE_FD", text.c_str(), 1);
}

void hand_down_id(int id) {
  ::setenv("LOOK_ALIKE_ID", std::to_string(id).c_str(), 1);
}

void tell(int number) {
  const std::string path = place("number");
  std::ofstream(path + ".new") << number << '\n';
  must(::rename((path + ".new").c_str(), path.c_str()), "rename");
}

namespace {
int rescued = -1;  // a pidfd
}  // namespace

void rescues(pid_t command) {
  rescued = static_cast<int>(::syscall(SYS_pidfd_open, command, 0));
}

int pidfd_of(pid_t process) {
  const long fd = ::syscall(SYS_pidfd_open, process, 0);
  return static_cast<int>(must(fd, "pidfd_open"));
}

void until_ended(int pidfd) {
  pollfd ended{pidfd, POLLIN, 0};
  while (::poll(&ended, 1, -1) != 1) continue;
}

void until_rescued() {
  expect(rescued >= 0, "pidfd_open");
  until_ended(rescued);
}

int told() {
  int number = 0;
  const auto is_told = [&] {
    return static_cast<bool>(std::ifstream(place("number")) >> number);
  };
  for (int i = 0; i < 6000; ++i) {
    pollfd ended{rescued, POLLIN, 0};
    const bool last = ::poll(&ended, 1, 0) == 1;
    if (is_told()) break;
    if (last) throw NobodyToRescue();
    sleep_for(0.01);
  }
  expect(number != 0, "the plant told no number");
  return number;
}

void send_fd(int socket, int fd) {
  char byte = 'x';
  iovec data{&byte, 1};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  expect(::sendmsg(socket, &message, 0) == 1, "sendmsg");
}

int receive_fd(int socket) {
  char byte;
  iovec data{&byte, 1};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  expect(::recvmsg(socket, &message, 0) == 1, "recvmsg");
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  expect(header != nullptr, "no descriptor came");
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

namespace {
sockaddr_un outside_address() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = place("outside");
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}
}  // namespace

int listen_outside() {
  const int fd =
      must(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const sockaddr_un address = outside_address();
  must(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address),
       "bind");
  must(::listen(fd, 8), "listen");
  return fd;
}

int connect_outside() {
  const int fd = must(::socket(AF_UNIX, SOCK_STREAM, 0), "socket");
  const sockaddr_un address = outside_address();
  must(::connect(fd, reinterpret_cast<const sockaddr*>(&address),
                 sizeof address),
       "connect");
  return fd;
}

}  // namespace poolbugs::look_alikes
