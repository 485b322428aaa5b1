#include "harness/plants/generated/stage.hpp"

#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace poolbugs::generated {
namespace {

using Clock = Life::Clock;

class Stage {
 public:
  Stage(const Settings& settings,
        const std::function<std::optional<Program>()>& next,
        const std::function<void(const Life&)>& done,
        const std::function<bool()>& stop)
      : settings_(settings), next_(next), done_(done), stop_(stop) {}

  void run() {
    std::vector<std::thread> watchers;
    for (int i = 0; i < settings_.watchers; ++i)
      watchers.emplace_back([this] {
        try {
          watch();
        } catch (...) {
          const std::lock_guard lock(mutex_);
          if (!error_) error_ = std::current_exception();
        }
      });
    for (std::thread& watcher : watchers) watcher.join();
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    while (fill(lock)) {
      auto first = due_.begin();
      const auto at = first->first;
      if (at > Clock::now()) {
        // Another watcher may bring one back meanwhile that is due before.
        lock.unlock();
        std::this_thread::sleep_until(
            std::min(at, Clock::now() + std::chrono::milliseconds(5)));
        lock.lock();
        continue;
      }
      std::unique_ptr<Life> life = std::move(first->second);
      due_.erase(first);
      lock.unlock();
      const auto next = life->step();
      lock.lock();
      if (life->end() == End::none) {
        due_.emplace(next, std::move(life));
        continue;
      }
      --alive_;
      done_(*life);
    }
  }

  /// False if there is nothing left to do for this watcher.
  bool fill(std::unique_lock<std::mutex>& lock) {
    while (true) {
      if (error_ || stop_()) {
        due_.clear();
        return false;
      }
      // One at a time: a start takes a while, and the others are due.
      if (!exhausted_ && alive_ < settings_.at_once && !is_late()) {
        auto program = next_();
        if (program) {
          ++alive_;
          lock.unlock();
          auto life = std::make_unique<Life>(std::move(*program));
          lock.lock();
          due_.emplace(Clock::now(), std::move(life));
        } else {
          exhausted_ = true;
        }
      }
      if (!due_.empty()) return true;
      if (exhausted_ && alive_ == 0) return false;
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      lock.lock();
    }
  }

  /// Those that are there are not looked at as often as they should be.
  [[nodiscard]] bool is_late() const {
    return !due_.empty() &&
           Clock::now() - due_.begin()->first > std::chrono::milliseconds(20);
  }

  const Settings& settings_;
  const std::function<std::optional<Program>()>& next_;
  const std::function<void(const Life&)>& done_;
  const std::function<bool()>& stop_;
  std::mutex mutex_;
  std::multimap<Clock::time_point, std::unique_ptr<Life>> due_;
  int alive_ = 0;
  bool exhausted_ = false;
  std::exception_ptr error_;
};

}  // namespace

void run_all(const Settings& settings,
             const std::function<std::optional<Program>()>& next,
             const std::function<void(const Life&)>& done,
             const std::function<bool()>& stop) {
  Stage(settings, next, done, stop).run();
}

std::vector<bool> which_fail(const Settings& settings,
                             const std::vector<Program>& programs, int times) {
  std::vector<bool> failed(programs.size(), false);
  std::size_t at = 0;
  const std::size_t all = programs.size() * static_cast<std::size_t>(times);
  const auto next = [&]() -> std::optional<Program> {
    // A second chance only for those that have not failed yet.
    while (at < all && failed[at % programs.size()]) ++at;
    if (at >= all) return std::nullopt;
    return programs[at++ % programs.size()];
  };
  const auto done = [&](const Life& life) {
    if (life.judge().found().empty()) return;
    for (std::size_t i = 0; i < programs.size(); ++i)
      if (programs[i] == life.program()) failed[i] = true;
  };
  run_all(settings, next, done);
  return failed;
}

}  // namespace poolbugs::generated
