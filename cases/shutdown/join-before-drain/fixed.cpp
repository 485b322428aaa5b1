// A worker sends a result that does not fit into the pipe.
#include <string>

#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

constexpr size_t kSize = 4 << 20;  // a pipe holds 64 KiB

int work() {
  write_all(inherited(3), std::string(kSize, 'x'));
  return 0;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  expected("4194304 bytes");
  Pipe results = make_pipe();
  const Child worker =
      start_worker(start_method(argc, argv), argv, work, {results.write.get()});
  results.write.reset();

  const std::string result = read_all(results.read.get());
  const auto status = wait_for(worker);
  observed(std::to_string(result.size()) + " bytes");
  return static_cast<int>(status);
}
