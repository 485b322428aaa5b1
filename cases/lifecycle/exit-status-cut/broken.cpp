// A worker counts the records that it refused; the parent wants the number.
#include <string>

#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

constexpr int kRefused = 256;

int work() { return kRefused; }

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  expected("256 records refused");
  const Child worker = start_worker(start_method(argc, argv), argv, work);
  observed(std::to_string(wait_for(worker)) + " records refused");
}
