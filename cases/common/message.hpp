// One message to one plain worker and its reply: the shortest way over a
// process boundary, for cases that are about what is in the message.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "platform/unique_fd.hpp"
#include "platform/worker.hpp"

namespace poolbugs {

namespace message_detail {

constexpr int kSocket = 3;  ///< its number in the worker

[[noreturn]] inline void give_up(const char* call) {
  std::perror(call);
  std::exit(70);
}

/// Up to the end of the message, or to the death of the sender.
inline std::string receive(int socket) {
  std::string text;
  std::array<char, 65536> part;
  for (;;) {
    const ssize_t size = ::recv(socket, part.data(), part.size(), 0);
    if (size > 0) text.append(part.data(), static_cast<size_t>(size));
    if (size == 0 || (size < 0 && errno == ECONNRESET)) return text;
    if (size < 0 && errno != EINTR) give_up("recv");
  }
}

/// A receiver that died is no error here: its exit status tells.
inline void send(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (size >= 0) text.remove_prefix(static_cast<size_t>(size));
    if (size < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
    if (size < 0 && errno != EINTR) give_up("send");
  }
}

}  // namespace message_detail

/// In the worker: the whole message of send_to_worker().
inline std::string received() {
  return message_detail::receive(message_detail::kSocket);
}

/// In the worker: sends (a part of) what send_to_worker() returns.
inline void reply(std::string_view text) {
  message_detail::send(message_detail::kSocket, text);
}

/// Starts a worker that runs `work`, sends it the message, waits for its end
/// and returns its reply. A worker that ends otherwise than with `end` (as
/// wait_for() has it) did not do what the case is about: exit code 70.
inline std::string send_to_worker(StartMethod method, char** argv,
                                  int (*work)(), std::string_view message,
                                  int end = 0) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    message_detail::give_up("socketpair");
  UniqueFd own(ends[0]);
  UniqueFd workers(ends[1]);
  const pid_t worker = start_worker(method, argv, work, {workers.get()});
  workers.reset();
  message_detail::send(own.get(), message);
  // Not close(): a forked worker holds a copy of this end, and only shutdown()
  // ends the message for all copies.
  if (::shutdown(own.get(), SHUT_WR) != 0) message_detail::give_up("shutdown");
  std::string text = message_detail::receive(own.get());
  if (const int ended = wait_for(worker); ended != end) {
    std::fprintf(stderr, "the worker ended with %d\n", ended);
    std::exit(70);
  }
  return text;
}

}  // namespace poolbugs
