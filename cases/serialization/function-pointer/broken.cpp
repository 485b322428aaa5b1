// A task is sent as the address of its function.
#include <cstdint>
#include <string>

#include "cases/common/say.hpp"
#include "platform/pool.hpp"
#include "platform/worker.hpp"

#if !defined(__PIE__) && !defined(_WIN32) && !defined(__APPLE__)
#error "compile with -fPIE, link with -pie: else the address never changes"
#endif

int square(int x) { return x * x; }

int call(std::uintptr_t function, int x) {
  return reinterpret_cast<int (*)(int)>(function)(x);
}
const poolbugs::pool::Task task{"call", call};

int main(int argc, char** argv) {
  if (poolbugs::pool::is_worker(argc, argv))
    return poolbugs::pool::worker_main(argc, argv);
  poolbugs::expected("49");

  poolbugs::pool::Pool pool(poolbugs::start_method(argc, argv), argv, 1);
  const auto function = reinterpret_cast<std::uintptr_t>(&square);
  try {
    poolbugs::observed(std::to_string(pool.submit(task, function, 7).get()));
  } catch (const poolbugs::pool::WorkerDied& death) {
    poolbugs::observed(death.what());
  }
}
