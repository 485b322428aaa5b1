#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "platform/pool_starter.hpp"
#include "platform/posix_compat.hpp"
#include "platform/spawn.hpp"
#include "platform/worker_exit.hpp"

namespace poolbugs::pool {
namespace {

struct Received {
  Order order;
  UniqueFd channel;
};

/// Nothing when the other side is gone.
std::optional<Received> receive(int control) {
  Received received{};
  iovec bytes{&received.order, sizeof received.order};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  ssize_t count = 0;
  while ((count = ::recvmsg(control, &message,
                            posix::kWholePacket | posix::kReceiveCloseOnExec)) <
             0 &&
         errno == EINTR)
    continue;
  if (cmsghdr* header = CMSG_FIRSTHDR(&message);
      header && header->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    received.channel.reset(fd);
    posix::close_on_exec(fd);
  }
  if (count != sizeof received.order) return std::nullopt;
  return received;
}

class Server {
 public:
  explicit Server(UniqueFd control) : control_(std::move(control)) {}

  /// Returns when the pool is gone or has closed.
  void run() {
    while (true) {
      std::vector<pollfd> entries{{control_.get(), POLLIN, 0}};
      for (int fd : children_.descriptors()) entries.push_back({fd, POLLIN, 0});
      if (::poll(entries.data(), entries.size(), -1) < 0) continue;
      for (const Ended& ended : children_.reap())
        tell({Notice::ended, static_cast<std::int32_t>(ended.status),
              ended.worker});
      if (entries[0].revents == 0) continue;
      std::optional<Received> received = receive(control_.get());
      if (!received) break;
      if (received->order.kind == Order::kill)
        children_.kill(received->order.worker);
      else
        start(received->order.worker, std::move(received->channel));
    }
    children_.kill_and_reap_all();
  }

 private:
  void start(std::uint64_t worker, UniqueFd channel) {
    pid_t server = ::getpid();
    pid_t pid = ::fork();
    if (pid == 0) {
      end_with_parent(server);
      control_.reset();
      children_.forget();
      serve_tasks(std::move(channel));
    }
    if (pid < 0) return tell({Notice::refused, errno, worker});
    if (!children_.add(worker, pid))
      return tell({Notice::refused, EMFILE, worker});
    tell({Notice::started, 0, worker});
  }

  /// If the pool is gone the next receive says so.
  void tell(Notice notice) {
    while (::send(control_.get(), &notice, sizeof notice, posix::kNoSignal) <
               0 &&
           errno == EINTR)
      continue;
  }

  UniqueFd control_;
  Children children_;
};

}  // namespace

void serve_orders(UniqueFd control) {
  Server(std::move(control)).run();
  leave_worker(0);
}

}  // namespace poolbugs::pool
