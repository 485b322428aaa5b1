// Peers of AF_UNIX sockets (sock_diag(7)), and socket time-outs, which show
// nowhere in /proc.
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>

#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {
namespace {

constexpr std::uint8_t kConnected = 1;  // TCP_ESTABLISHED

struct UnixSocket {
  bool stream = false;  ///< or seqpacket
  bool connected = false;
  bool named = false;
  std::uint64_t peer = 0;  ///< 0: none
};
using UnixSockets = std::map<std::uint64_t, UnixSocket>;

UnixSocket read_message(const unix_diag_msg& message, const rtattr* attribute,
                        std::size_t size) {
  UnixSocket socket;
  socket.stream =
      message.udiag_type == SOCK_STREAM || message.udiag_type == SOCK_SEQPACKET;
  socket.connected = message.udiag_state == kConnected;
  auto left = static_cast<int>(size);
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == UNIX_DIAG_NAME) socket.named = true;
    std::uint32_t peer = 0;
    if (attribute->rta_type == UNIX_DIAG_PEER &&
        RTA_PAYLOAD(attribute) >= sizeof peer) {
      std::memcpy(&peer, RTA_DATA(attribute), sizeof peer);
      socket.peer = peer;
    }
  }
  return socket;
}

class Diagnosis {
 public:
  Diagnosis()
      : netlink_(
            ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {
    // The kernel answers within sendto(2); this is for kernels that do not.
    const timeval limit{0, 100'000};
    if (netlink_)
      ::setsockopt(netlink_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit,
                   sizeof limit);
  }

  /// One socket, or, with 0, all of our network namespace.
  void ask(std::uint32_t inode, UnixSockets& found) {
    if (!netlink_) return;
    struct {
      nlmsghdr header;
      unix_diag_req request;
    } question{};
    question.header.nlmsg_len = sizeof question;
    question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.header.nlmsg_seq = ++sequence_;
    question.header.nlmsg_flags = static_cast<std::uint16_t>(
        inode == 0 ? NLM_F_REQUEST | NLM_F_DUMP : NLM_F_REQUEST);
    question.request.sdiag_family = AF_UNIX;
    question.request.udiag_states = ~0U;
    question.request.udiag_ino = inode;
    question.request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER;
    question.request.udiag_cookie[0] = ~0U;  // any
    question.request.udiag_cookie[1] = ~0U;
    if (::send(netlink_.get(), &question, sizeof question, MSG_NOSIGNAL) < 0)
      return;
    while (receive(inode != 0, found)) {
    }
  }

 private:
  /// One datagram of answers; true if more will come.
  bool receive(bool single, UnixSockets& found) {
    alignas(nlmsghdr) std::array<char, 32768> buffer;
    const ssize_t got = ::recv(netlink_.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    auto left = static_cast<unsigned>(got);
    for (const auto* message = reinterpret_cast<nlmsghdr*>(buffer.data());
         NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_seq != sequence_) continue;
      if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
          message->nlmsg_len < NLMSG_LENGTH(sizeof(unix_diag_msg)))
        return false;  // the end, or an error
      const auto* socket =
          static_cast<const unix_diag_msg*>(NLMSG_DATA(message));
      found[socket->udiag_ino] = read_message(
          *socket, reinterpret_cast<const rtattr*>(socket + 1),
          message->nlmsg_len - NLMSG_LENGTH(sizeof(unix_diag_msg)));
      if (single) return false;
    }
    return true;
  }

  UniqueFd netlink_;
  std::uint32_t sequence_ = 0;
};

/// A question by inode makes the kernel go through all sockets; a dump also
/// copies them.
constexpr std::size_t kFew = 8;

UnixSockets look_up(const std::set<std::uint64_t>& wanted) {
  UnixSockets found;
  Diagnosis diagnosis;
  if (wanted.size() > kFew) {
    diagnosis.ask(0, found);
    return found;
  }
  for (const std::uint64_t inode : wanted)
    diagnosis.ask(static_cast<std::uint32_t>(inode), found);
  for (const std::uint64_t inode : wanted) {
    const auto one = found.find(inode);
    if (one == found.end()) continue;
    const std::uint64_t peer = one->second.peer;
    if (peer != 0 && !found.contains(peer))
      diagnosis.ask(static_cast<std::uint32_t>(peer), found);
  }
  return found;
}

void name_peer(const UnixSockets& sockets, Descriptor& one) {
  const auto self = sockets.find(one.file.inode);
  if (self == sockets.end() || self->second.peer == 0) return;
  const auto peer = sockets.find(self->second.peer);
  if (peer == sockets.end()) return;
  const auto good = [](const UnixSocket& socket, std::uint64_t other) {
    return socket.stream && socket.connected && !socket.named &&
           socket.peer == other;
  };
  if (!good(self->second, peer->first) || !good(peer->second, self->first))
    return;
  one.anonymous_pair = true;
  one.peer = peer->first;
}

std::uint64_t network_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

/// Waits with the time-outs of the socket that is its first argument.
bool waits_on_socket(long call) {
  switch (call) {
    case SYS_read:
    case SYS_readv:
    case SYS_preadv2:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_write:
    case SYS_writev:
    case SYS_pwritev2:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendmmsg:
    case SYS_accept:
    case SYS_accept4:
    case SYS_connect:
      return true;
    default:
      return false;
  }
}

bool is_timed(int socket, int option) {
  timeval limit{};
  socklen_t size = sizeof limit;
  if (::getsockopt(socket, SOL_SOCKET, option, &limit, &size) != 0) return true;
  return limit.tv_sec != 0 || limit.tv_usec != 0;
}

void read_limits(ProcessReading& process) {
  std::set<int> waited_on;
  for (const ThreadReading& thread : process.threads)
    if (waits_on_socket(thread.facts.call))
      waited_on.insert(static_cast<int>(thread.facts.arguments[0]));
  UniqueFd handle;
  for (Descriptor& one : process.facts.descriptors) {
    if (one.kind != FileKind::socket || !waited_on.contains(one.number))
      continue;
    if (!handle) handle = open_process(process);
    const UniqueFd ours = take_descriptor(handle, one.number);
    if (!ours) continue;
    one.receive_timed = is_timed(ours.get(), SO_RCVTIMEO);
    one.send_timed = is_timed(ours.get(), SO_SNDTIMEO);
  }
}

}  // namespace

void read_sockets(std::vector<ProcessReading*>& tree) {
  std::set<std::uint64_t> wanted;
  for (const ProcessReading* process : tree)
    for (const Descriptor& one : process->facts.descriptors)
      if (one.kind == FileKind::socket) wanted.insert(one.file.inode);
  if (wanted.empty()) return;
  const UnixSockets sockets = look_up(wanted);
  const std::uint64_t ours = network_of("/proc/thread-self/ns/net");
  for (ProcessReading* process : tree) {
    const bool any = std::ranges::any_of(
        process->facts.descriptors,
        [](const Descriptor& one) { return one.kind == FileKind::socket; });
    if (!any) continue;
    read_limits(*process);
    if (ours == 0 || network_of(process->path("ns/net")) != ours) continue;
    for (Descriptor& one : process->facts.descriptors)
      if (one.kind == FileKind::socket) name_peer(sockets, one);
  }
}

}  // namespace poolbugs::wait
