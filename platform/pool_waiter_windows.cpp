#include <windows.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

#include "platform/pool_waiter.hpp"

namespace poolbugs::pool {
namespace {

DWORD milliseconds_until(Deadline deadline) {
  using namespace std::chrono;
  if (!deadline) return INFINITE;
  const auto left = ceil<milliseconds>(*deadline - steady_clock::now()).count();
  return static_cast<DWORD>(std::clamp<long long>(left, 0, INFINITE - 1));
}

/// A completion port: it knows no limit of 64 handles, as
/// WaitForMultipleObjects does. The key of a packet is the worker's number; the
/// operation that it is about may be gone by then and is not looked at.
class PortWaiter : public Waiter {
 public:
  explicit PortWaiter(UniqueFd port) : port_(std::move(port)) {}

  void wake() override {
    ::PostQueuedCompletionStatus(port_.get(), 0, kWake, nullptr);
  }

  void clear() override {}  // a packet is gone once it was seen

  std::vector<std::uint64_t> wait(const std::vector<Line>& lines,
                                  const Starter*, Deadline deadline) override {
    std::vector<std::uint64_t> ready = add_new(lines);
    // Nothing of a new one is under way, so nothing would come.
    std::array<OVERLAPPED_ENTRY, 64> packets;
    ULONG count = 0;
    if (!::GetQueuedCompletionStatusEx(
            port_.get(), packets.data(), static_cast<ULONG>(packets.size()),
            &count, ready.empty() ? milliseconds_until(deadline) : 0, FALSE))
      return ready;
    std::set<std::uint64_t> named;
    for (ULONG i = 0; i < count; ++i) named.insert(packets[i].lpCompletionKey);
    for (const Line& line : lines)
      if (named.contains(line.worker) &&
          std::ranges::find(ready, line.worker) == ready.end())
        ready.push_back(line.worker);
    return ready;
  }

 private:
  static constexpr ULONG_PTR kWake = 0;  // workers are counted from 1

  std::vector<std::uint64_t> add_new(const std::vector<Line>& lines) {
    std::vector<std::uint64_t> added;
    for (const Line& line : lines) {
      if (line.worker <= last_) continue;
      ::CreateIoCompletionPort(line.channel->fd(), port_.get(), line.worker, 0);
      added.push_back(line.worker);
    }
    for (const std::uint64_t worker : added) last_ = std::max(last_, worker);
    return added;
  }

  UniqueFd port_;
  std::uint64_t last_ = 0;  ///< numbers only grow
};

}  // namespace

Result<std::unique_ptr<Waiter>> make_waiter() {
  UniqueFd port(::CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1));
  if (!port) return windows_error("CreateIoCompletionPort", ::GetLastError());
  return std::unique_ptr<Waiter>(std::make_unique<PortWaiter>(std::move(port)));
}

std::thread start_quiet_thread(std::function<void()> work) {
  return std::thread(std::move(work));  // handlers have threads of their own
}

}  // namespace poolbugs::pool
