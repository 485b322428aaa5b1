// A worker counts the records that it refused; the parent wants the number.
#include <string>

#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

constexpr int kRefused = 256;

int work() {
  write_all(inherited(3), std::to_string(kRefused));
  return kRefused == 0 ? 0 : 1;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  expected("256 records refused");
  Pipe count = make_pipe();
  const Child worker =
      start_worker(start_method(argc, argv), argv, work, {count.write.get()});
  count.write.reset();
  observed(read_all(count.read.get()) + " records refused");
  return wait_for(worker) == 1 ? 0 : 1;
}
