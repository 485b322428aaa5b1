// main() of platform_test: its tests start this program again as a worker.
#include <gmock/gmock.h>

#include <cstdlib>

#include "platform/pool.hpp"
#include "platform/worker.hpp"

namespace poolbugs {
int worker_test_work();
}  // namespace poolbugs

int main(int argc, char** argv) {
  if (poolbugs::is_worker(argc, argv)) return poolbugs::worker_test_work();
  if (poolbugs::pool::is_worker(argc, argv)) {
    // pool_test: an image that does not live long enough to work
    if (std::getenv("POOLBUGS_TEST_DIE_AT_START")) std::_Exit(5);
    return poolbugs::pool::worker_main(argc, argv);
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
