#include "platform/unix_sockets_linux.hpp"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cstring>

#include "platform/unique_fd.hpp"

namespace poolbugs::wait {
namespace {

/// TCP_ESTABLISHED, TCP_LISTEN of include/net/tcp_states.h.
constexpr std::uint8_t kConnected = 1, kListens = 10;

/// Of an abstract address the first byte is 0 (unix(7)).
std::string path_in(const rtattr* name) {
  const auto* bytes = static_cast<const char*>(RTA_DATA(name));
  return {bytes, ::strnlen(bytes, RTA_PAYLOAD(name))};
}

UnixSocket read_message(const unix_diag_msg& message, const rtattr* attribute,
                        std::size_t size) {
  UnixSocket socket;
  socket.bytes = message.udiag_type == SOCK_STREAM;
  socket.stream =
      message.udiag_type == SOCK_STREAM || message.udiag_type == SOCK_SEQPACKET;
  socket.connected = message.udiag_state == kConnected;
  socket.listens = message.udiag_state == kListens;
  auto left = static_cast<int>(size);
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == UNIX_DIAG_NAME) {
      socket.named = true;
      socket.path = path_in(attribute);
    }
    unix_diag_rqlen queue{};
    if (attribute->rta_type == UNIX_DIAG_RQLEN &&
        RTA_PAYLOAD(attribute) >= sizeof queue) {
      std::memcpy(&queue, RTA_DATA(attribute), sizeof queue);
      socket.unread = queue.udiag_rqueue > 0;
    }
    if (attribute->rta_type == UNIX_DIAG_ICONS) {
      std::vector<std::uint32_t> inodes(RTA_PAYLOAD(attribute) /
                                        sizeof(std::uint32_t));
      std::memcpy(inodes.data(), RTA_DATA(attribute),
                  inodes.size() * sizeof(std::uint32_t));
      socket.waiting.assign(inodes.begin(), inodes.end());
    }
    std::uint32_t peer = 0;
    if (attribute->rta_type == UNIX_DIAG_PEER &&
        RTA_PAYLOAD(attribute) >= sizeof peer) {
      std::memcpy(&peer, RTA_DATA(attribute), sizeof peer);
      socket.peer = peer;
    }
  }
  // Of a listening one it is the number of those that wait (sock_diag(7)).
  if (!socket.waiting.empty()) socket.unread = false;
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

  /// One socket, or, with 0, all of our network namespace. False if that
  /// cannot be answered.
  bool ask(std::uint32_t inode, UnixSockets& found) {
    if (!netlink_) return false;
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
    question.request.udiag_show =
        UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_ICONS;
    question.request.udiag_cookie[0] = ~0U;  // any
    question.request.udiag_cookie[1] = ~0U;
    if (::send(netlink_.get(), &question, sizeof question, MSG_NOSIGNAL) < 0)
      return false;
    answered_ = false;
    while (receive(inode != 0, found)) {
    }
    return answered_;
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
          message->nlmsg_len < NLMSG_LENGTH(sizeof(unix_diag_msg))) {
        answered_ = is_last(*message);
        return false;
      }
      const auto* socket =
          static_cast<const unix_diag_msg*>(NLMSG_DATA(message));
      found[socket->udiag_ino] = read_message(
          *socket, reinterpret_cast<const rtattr*>(socket + 1),
          message->nlmsg_len - NLMSG_LENGTH(sizeof(unix_diag_msg)));
      if (single) {
        answered_ = true;
        return false;
      }
    }
    return true;
  }

  /// The end of a dump, or that there is no such socket.
  static bool is_last(const nlmsghdr& message) {
    if (message.nlmsg_type == NLMSG_DONE) return true;
    if (message.nlmsg_type != NLMSG_ERROR ||
        message.nlmsg_len < NLMSG_LENGTH(sizeof(nlmsgerr)))
      return false;
    const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(&message));
    return error->error == -ENOENT;
  }

  UniqueFd netlink_;
  std::uint32_t sequence_ = 0;
  bool answered_ = false;
};

/// A question by inode makes the kernel go through all sockets; a dump also
/// copies them.
constexpr std::size_t kFew = 8;

}  // namespace

std::optional<UnixSockets> look_up(const std::set<std::uint64_t>& wanted) {
  UnixSockets found;
  Diagnosis diagnosis;
  if (wanted.size() > kFew) {
    if (!diagnosis.ask(0, found)) return std::nullopt;
    return found;
  }
  for (const std::uint64_t inode : wanted)
    if (!diagnosis.ask(static_cast<std::uint32_t>(inode), found))
      return std::nullopt;
  for (const std::uint64_t inode : wanted) {
    const auto one = found.find(inode);
    if (one == found.end()) continue;
    const std::uint64_t peer = one->second.peer;
    if (peer != 0 && !found.contains(peer) &&
        !diagnosis.ask(static_cast<std::uint32_t>(peer), found))
      return std::nullopt;
  }
  return found;
}

std::optional<UnixSockets> all_unix_sockets() {
  UnixSockets found;
  Diagnosis diagnosis;
  if (!diagnosis.ask(0, found)) return std::nullopt;
  return found;
}

}  // namespace poolbugs::wait
