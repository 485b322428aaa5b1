// A worker is started while a thread of the parent writes to the log.
#include <future>
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
  std::promise<void> writing;
  std::promise<void> written;
  const Child worker = start_worker(method, argv, work);
  std::thread logger([&] {
    std::lock_guard lock(log_mutex);
    writing.set_value();
    written.get_future().wait();
  });
  writing.get_future().wait();
  written.set_value();  // in the parent the lock is free again from here
  logger.join();
  expected("the worker wrote its line");
  return static_cast<int>(wait_for(worker));
}
