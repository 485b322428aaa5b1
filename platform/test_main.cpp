// main() of platform_test: its tests start this program again as a worker.
#include <gmock/gmock.h>

#include "platform/worker.hpp"

namespace poolbugs {
int worker_test_work();
}  // namespace poolbugs

int main(int argc, char** argv) {
  if (poolbugs::is_worker(argc, argv)) return poolbugs::worker_test_work();
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
