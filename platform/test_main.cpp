// main() of platform_test: its tests start this program again as a worker.
#include <gmock/gmock.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "platform/pool.hpp"
#include "platform/spawn_test_support.hpp"
#include "platform/worker.hpp"

namespace poolbugs {
int worker_test_work();

namespace {

/// Says this, fails of "fail", hangs of "hang".
int be_a_python(const std::string_view answer) {
  if (answer == "fail") std::fputs("Traceback\nno encodings\n", stderr);
  while (answer == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
  std::fputs(answer.data(), stdout);
  return answer == "fail" ? 1 : 0;
}

}  // namespace
}  // namespace poolbugs

#ifdef __SANITIZE_THREAD__
// libstdc++.so is not instrumented: that the count in an exception_ptr, which
// a future hands from thread to thread, is atomic cannot be seen.
extern "C" const char* __tsan_default_suppressions();
const char* __tsan_default_suppressions() {
  return "race:std::__exception_ptr::exception_ptr::_M_release\n";
}
#endif

int main(int argc, char** argv) {
  if (poolbugs::is_worker(argc, argv)) return poolbugs::worker_test_work();
  if (argc > 2 && argv[1] == std::string_view("--test-child"))
    return poolbugs::TestChild::main(argc, argv);
  if (poolbugs::pool::is_worker(argc, argv)) {
    // pool_test: an image that does not live long enough to work
    if (std::getenv("POOLBUGS_TEST_DIE_AT_START")) std::_Exit(5);
    return poolbugs::pool::worker_main(argc, argv);
  }
  // interpreters_windows_test: stands in for a Python
  if (const char* answer = std::getenv("POOLBUGS_TEST_PYTHON"))
    return poolbugs::be_a_python(answer);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
