// Each call in which a thread may be asked: it sleeps on in the same one, what
// comes while it is held is there when it is let go, and nothing is EINTR.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <array>
#include <memory>
#include <string>

#include "platform/asking_test_support.hpp"

namespace poolbugs::wait {
namespace {

/// A call that waits for a byte in a pipe of its own.
Way of_pipe(const char* name, long number,
            const std::function<long(int)>& call) {
  const auto pipe = std::make_shared<TestPipe>();
  return {name, number, [=] { return call(pipe->reads.get()); },
          [pipe](pid_t) { pipe->write_byte(); }, 1};
}

long select_one(long number, int descriptor) {
  fd_set all;
  FD_ZERO(&all);
  FD_SET(descriptor, &all);
  return ::syscall(number, descriptor + 1, &all, nullptr, nullptr, nullptr,
                   nullptr);
}

std::vector<Way> of_pipes() {
  std::vector<Way> ways = {
      of_pipe("read", SYS_read, read_one),
      of_pipe("readv", SYS_readv,
              [](int number) {
                char space[2];
                iovec part{space, sizeof space};
                return ::readv(number, &part, 1);
              }),
      of_pipe("ppoll", SYS_ppoll,
              [](int number) {
                pollfd one{number, POLLIN, 0};
                return ::syscall(SYS_ppoll, &one, 1, nullptr, nullptr, 8);
              }),
      of_pipe("pselect6", SYS_pselect6,
              [](int number) { return select_one(SYS_pselect6, number); })};
#ifdef SYS_poll
  ways.push_back(of_pipe("poll", SYS_poll, [](int number) {
    pollfd one{number, POLLIN, 0};
    return ::syscall(SYS_poll, &one, 1, -1);
  }));
  ways.push_back(of_pipe("select", SYS_select, [](int number) {
    return select_one(SYS_select, number);
  }));
#endif
  const auto full = std::make_shared<TestPipe>();
  ::fcntl(full->writes.get(), F_SETPIPE_SZ, 4096);
  EXPECT_EQ(::write(full->writes.get(), std::string(4096, 'x').data(), 4096),
            4096);
  ways.push_back({"write", SYS_write,
                  [full] { return ::write(full->writes.get(), "yy", 2); },
                  [full](pid_t) {
                    std::array<char, 4096> all{};
                    EXPECT_EQ(::read(full->reads.get(), all.data(), all.size()),
                              4096);
                  },
                  2});
  return ways;
}

struct SocketPair {
  SocketPair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0); }
  ~SocketPair() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;
  int ends[2]{};
};

Way of_socket(const char* name, long number,
              const std::function<long(int)>& call) {
  const auto pair = std::make_shared<SocketPair>();
  return {name, number, [=] { return call(pair->ends[0]); },
          [pair](pid_t) { EXPECT_EQ(::send(pair->ends[1], "a", 1, 0), 1); }, 1};
}

std::vector<Way> of_other_descriptors() {
  const auto event = std::make_shared<UniqueFd>(::eventfd(0, 0));
  const auto timer =
      std::make_shared<UniqueFd>(::timerfd_create(CLOCK_MONOTONIC, 0));
  const auto read_number = [](int descriptor) {
    std::uint64_t number = 0;
    return ::read(descriptor, &number, sizeof number);
  };
  const auto listener =
      std::make_shared<UniqueFd>(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;  // the kernel chooses an abstract one
  EXPECT_EQ(::bind(listener->get(), reinterpret_cast<sockaddr*>(&name),
                   sizeof(sa_family_t)),
            0);
  EXPECT_EQ(::listen(listener->get(), 1), 0);
  socklen_t size = sizeof name;
  ::getsockname(listener->get(), reinterpret_cast<sockaddr*>(&name), &size);
  const auto connect = [name, size](pid_t) {
    const UniqueFd client(::socket(AF_UNIX, SOCK_STREAM, 0));
    EXPECT_EQ(
        ::connect(client.get(), reinterpret_cast<const sockaddr*>(&name), size),
        0);
  };
  return {
      {"eventfd", SYS_read, [=] { return read_number(event->get()); },
       [event](pid_t) { ::eventfd_write(event->get(), 1); }, 8},
      {"timerfd", SYS_read, [=] { return read_number(timer->get()); },
       [timer](pid_t) {
         itimerspec soon{};
         soon.it_value.tv_nsec = 1;
         ::timerfd_settime(timer->get(), 0, &soon, nullptr);
       },
       8},
      of_socket("socket", SYS_read, read_one),
      of_socket("recvfrom", SYS_recvfrom,
                [](int number) {
                  char space[8];
                  return ::recv(number, space, sizeof space, 0);
                }),
      of_socket("recvmsg", SYS_recvmsg,
                [](int number) {
                  char space[8];
                  iovec part{space, sizeof space};
                  msghdr message{};
                  message.msg_iov = &part;
                  message.msg_iovlen = 1;
                  return ::recvmsg(number, &message, 0);
                }),
      {"accept", SYS_accept,
       [=] {
         return long{::syscall(SYS_accept, listener->get(), nullptr, nullptr)} <
                        0
                    ? -1
                    : 0;
       },
       connect, 0},
      {"accept4", SYS_accept4,
       [=] {
         return long{::accept4(listener->get(), nullptr, nullptr,
                               SOCK_CLOEXEC)} < 0
                    ? -1
                    : 0;
       },
       connect, 0},
  };
}

using AskingCalls = WaitReaderTest;

TEST_F(AskingCalls, OfPipes) {
  for (const Way& way : of_pipes()) expect_to_sleep_on(way);
  for (const Way& way : of_pipes()) expect_to_get_what_comes(way);
}

TEST_F(AskingCalls, OfOtherDescriptors) {
  for (const Way& way : of_other_descriptors()) expect_to_sleep_on(way);
  for (const Way& way : of_other_descriptors()) expect_to_get_what_comes(way);
}

}  // namespace
}  // namespace poolbugs::wait
