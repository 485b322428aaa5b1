#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>

#include "platform/pool_waiter.hpp"
#include "platform/posix_compat.hpp"

namespace poolbugs::pool {
namespace {

int milliseconds_until(Deadline deadline) {
  using namespace std::chrono;
  if (!deadline) return -1;
  const auto left = ceil<milliseconds>(*deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, INT_MAX));
}

class PollWaiter : public Waiter {
 public:
  explicit PollWaiter(ChannelPair wake) : wake_(std::move(wake)) {}

  void wake() override {
    ::send(wake_.ours.get(), "", 1, posix::kNoSignal | MSG_DONTWAIT);
  }

  void clear() override {
    std::array<char, 256> bytes;
    while (::recv(wake_.theirs.get(), bytes.data(), bytes.size(),
                  MSG_DONTWAIT) > 0)
      continue;
  }

  std::vector<std::uint64_t> wait(const std::vector<Line>& lines,
                                  const Starter* starter,
                                  Deadline deadline) override {
    std::vector<pollfd> entries{{wake_.theirs.get(), POLLIN, 0}};
    if (starter)
      for (int fd : starter->descriptors()) entries.push_back({fd, POLLIN, 0});
    const std::size_t lines_begin = entries.size();
    for (const Line& line : lines) {
      short events = POLLIN;
      if (line.channel->has_output()) events |= POLLOUT;
      entries.push_back({line.channel->fd(), events, 0});
    }
    std::vector<std::uint64_t> ready;
    if (::poll(entries.data(), entries.size(), milliseconds_until(deadline)) <=
        0)
      return ready;
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (entries[lines_begin + i].revents != 0)
        ready.push_back(lines[i].worker);
    return ready;
  }

 private:
  ChannelPair wake_;
  ParentsOwn own_{wake_.ours.get()};
  ParentsOwn own_too_{wake_.theirs.get()};
};

}  // namespace

Result<std::unique_ptr<Waiter>> make_waiter() {
  Result<ChannelPair> pair = make_channel_pair();
  if (!pair) return pair.error();
  return std::unique_ptr<Waiter>(
      std::make_unique<PollWaiter>(std::move(*pair)));
}

std::thread start_quiet_thread(std::function<void()> work) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  std::thread thread(std::move(work));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace poolbugs::pool
