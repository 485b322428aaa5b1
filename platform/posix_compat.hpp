// What Linux has and macOS lacks of POSIX and its neighbours, for the *_posix
// files; on Linux the very calls that stand for them everywhere else.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <initializer_list>
#include <vector>
#ifndef __APPLE__
#include <stdio_ext.h>
#endif

namespace poolbugs::posix {

#ifdef __APPLE__
/// Of macOS, socket_pair() sets SO_NOSIGPIPE instead: MSG_NOSIGNAL came to
/// xnu's sys/socket.h only after macOS 13.
inline constexpr int kNoSignal = 0;
/// Neither has macOS this one: close_on_exec() what came by recvmsg(2).
inline constexpr int kReceiveCloseOnExec = 0;
/// AF_UNIX knows streams and datagrams alone (xnu's bsd/kern/uipc_proto.c), and
/// a datagram socket tells of no end. Messages of one size need no boundaries:
/// the few bytes of one go into a stream together.
inline constexpr int kPackets = SOCK_STREAM;
/// Takes in a whole message of such a stream.
inline constexpr int kWholePacket = MSG_WAITALL;
#else
inline constexpr int kNoSignal = MSG_NOSIGNAL;
inline constexpr int kReceiveCloseOnExec = MSG_CMSG_CLOEXEC;
inline constexpr int kPackets = SOCK_SEQPACKET;
inline constexpr int kWholePacket = 0;
#endif

inline bool close_on_exec([[maybe_unused]] int fd) {
#ifdef __APPLE__
  return ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
#else
  return true;  // it was made so
#endif
}

/// pipe2(O_CLOEXEC). On macOS in two steps (it has no pipe2): what another
/// thread starts between them, and not by our spawn_process(), holds both ends.
inline int pipe_close_on_exec(int* ends) {
#ifdef __APPLE__
  if (::pipe(ends) != 0) return -1;
  return close_on_exec(ends[0]) && close_on_exec(ends[1]) ? 0 : -1;
#else
  return ::pipe2(ends, O_CLOEXEC);
#endif
}

/// Two connected AF_UNIX sockets, close-on-exec (on macOS as above), that raise
/// no SIGPIPE with kNoSignal. `type`: SOCK_STREAM or kPackets.
inline int socket_pair(int type, int* ends) {
#ifdef __APPLE__
  if (::socketpair(AF_UNIX, type, 0, ends) != 0) return -1;
  const int on = 1;
  for (const int end : {ends[0], ends[1]})
    if (!close_on_exec(end) ||
        ::setsockopt(end, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) != 0)
      return -1;
  return 0;
#else
  return ::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends);
#endif
}

/// Takes those of the blocked signals that are pending. On macOS in two steps
/// (it has no sigtimedwait): one that goes away between them is waited for.
inline std::vector<int> take_pending(const sigset_t& signals) {
  std::vector<int> taken;
#ifdef __APPLE__
  sigset_t pending;
  ::sigpending(&pending);
  for (int number = 1; number < NSIG; ++number) {
    if (sigismember(&signals, number) != 1 ||
        sigismember(&pending, number) != 1)
      continue;
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    int got = 0;
    if (::sigwait(&only, &got) == 0) taken.push_back(got);
  }
#else
  const timespec now{};
  for (int number; (number = ::sigtimedwait(&signals, nullptr, &now)) > 0;)
    taken.push_back(number);
#endif
  return taken;
}

/// Forgets what a stream has buffered for writing.
inline void purge(std::FILE* stream) {
#ifdef __APPLE__
  ::fpurge(stream);
#else
  ::__fpurge(stream);
#endif
}

}  // namespace poolbugs::posix
