// A program that starts one worker: itself, with the argument --worker.
#include <chrono>
#include <string_view>
#include <thread>

#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

int work() {
  observed("the worker's result");
  return 0;
}

Child spawn_worker() {
  for (;;) {
    if (const auto worker = spawn_self({"--worker"}, {})) return *worker;
    // Too many processes just now, try again.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

int main() {
  const Child worker = spawn_worker();
  const auto status = wait_for(worker);
  expected("the worker's result");
  return static_cast<int>(status);
}
