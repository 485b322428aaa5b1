// A worker is started while a thread of the parent writes to the log.
#include <latch>
#include <mutex>
#include <thread>

#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

std::mutex log_mutex;

int work() {
  std::lock_guard lock(log_mutex);
  observed("the worker wrote its line");
  return 0;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  std::latch writing(1);
  std::latch written(1);
  std::thread logger([&] {
    std::lock_guard lock(log_mutex);
    writing.count_down();
    written.wait();
  });
  writing.wait();
  const Child worker = start_worker(method, argv, work);
  written.count_down();  // in the parent the lock is free again from here
  logger.join();
  expected("the worker wrote its line");
  return static_cast<int>(wait_for(worker));
}
