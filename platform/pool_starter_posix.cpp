#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

/// Every worker is this program, started again.
class SpawnStarter : public Starter {
 public:
  ~SpawnStarter() override { children_.kill_and_reap_all(); }

  Result<void> start(std::uint64_t worker, UniqueFd channel) override {
    Result<pid_t> pid =
        spawn_self({std::string(kWorkerWord), std::to_string(::getpid())},
                   {{channel.get(), kChannelNumber}});
    if (!pid) return pid.error();
    return children_.add(worker, *pid);
  }
  void kill(std::uint64_t worker) override { children_.kill(worker); }
  [[nodiscard]] std::vector<int> descriptors() const override {
    return children_.descriptors();
  }
  Result<std::vector<Ended>> ended() override { return children_.reap(); }

 private:
  Children children_;
};

/// Every worker is forked by a server process.
class ServerStarter : public Starter {
 public:
  ServerStarter(pid_t server, UniqueFd control)
      : server_(server), control_(std::move(control)), own_(control_.get()) {}

  ~ServerStarter() override {
    ::shutdown(control_.get(), SHUT_RDWR);  // the server kills, reaps, leaves
    while (::waitpid(server_, nullptr, 0) < 0 && errno == EINTR) continue;
  }

  /// Waits for the answer, so at most one order is under way and the sockets'
  /// buffers never fill from both sides.
  Result<void> start(std::uint64_t worker, UniqueFd channel) override {
    if (!send({Order::start, worker}, channel.get())) return gone();
    while (true) {
      Notice notice{};
      if (!receive(notice, posix::kWholePacket)) return gone();
      if (notice.kind == Notice::ended)
        ended_.push_back({notice.worker, notice.value});
      else if (notice.kind == Notice::refused)
        return errno_error("fork", notice.value);
      else
        return {};
    }
  }

  void kill(std::uint64_t worker) override {
    send({Order::kill, worker}, -1);  // a server that is gone has killed it
  }

  [[nodiscard]] std::vector<int> descriptors() const override {
    return {control_.get()};
  }

  Result<std::vector<Ended>> ended() override {
    Notice notice{};
    while (receive(notice, MSG_DONTWAIT))
      ended_.push_back({notice.worker, notice.value});
    if (errno != EAGAIN) return gone();
    return std::exchange(ended_, {});
  }

 private:
  static Error gone() { return {"the pool's server process is gone"}; }

  bool send(Order order, int fd) {
    iovec bytes{&order, sizeof order};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    if (fd >= 0) {
      message.msg_control = space.data();
      message.msg_controllen = space.size();
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    ssize_t count = 0;
    while ((count = ::sendmsg(control_.get(), &message, posix::kNoSignal)) <
               0 &&
           errno == EINTR)
      continue;
    return count == sizeof order;
  }

  /// False at the server's end (errno 0) or if there is nothing (EAGAIN).
  bool receive(Notice& notice, int flags) {
    ssize_t count = 0;
    while ((count = ::recv(control_.get(), &notice, sizeof notice, flags)) <
               0 &&
           errno == EINTR)
      continue;
    if (count >= 0 && count != sizeof notice) errno = 0;
    return count == sizeof notice;
  }

  pid_t server_;
  UniqueFd control_;
  ParentsOwn own_;
  std::vector<Ended> ended_;
};

}  // namespace

std::unique_ptr<Starter> make_spawn_starter() {
  return std::make_unique<SpawnStarter>();
}

Result<std::unique_ptr<Starter>> make_server_starter(StartMethod method) {
  std::array<int, 2> ends{};
  if (posix::socket_pair(posix::kPackets, ends.data()) != 0)
    return errno_error("socketpair", errno);
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  pid_t server = -1;
  if (method == StartMethod::fork) {
    server = ParentsOwn::fork_without_them();
    if (server < 0) return errno_error("fork", errno);
    if (server == 0) {
      ours.reset();
      forget_inherited_output();
      serve_orders(std::move(theirs));
    }
  } else {
    Result<pid_t> started =
        spawn_self({std::string(kServerWord), std::to_string(::getpid())},
                   {{theirs.get(), kChannelNumber}});
    if (!started) return started.error();
    server = *started;
  }
  return std::unique_ptr<Starter>(
      std::make_unique<ServerStarter>(server, std::move(ours)));
}

Result<std::unique_ptr<Starter>> make_starter(StartMethod method) {
  if (method == StartMethod::spawn) return make_spawn_starter();
  return make_server_starter(method);
}

}  // namespace poolbugs::pool
