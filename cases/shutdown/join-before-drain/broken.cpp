// A worker sends a result that does not fit into the pipe.
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

constexpr size_t kSize = 4 << 20;  // a pipe holds 64 KiB

int work() {
  const std::string result(kSize, 'x');
  check(write(3, result.data(), result.size()), "write");
  return 0;
}

std::string read_all(int results) {
  std::string all;
  char part[1 << 16];
  while (ssize_t size = check(read(results, part, sizeof part), "read"))
    all.append(part, size);
  return all;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  expected("4194304 bytes");
  int results[2];
  check(pipe2(results, O_CLOEXEC), "pipe2");
  const pid_t worker =
      start_worker(start_method(argc, argv), argv, work, {results[1]});
  close(results[1]);

  const int status = wait_for(worker);
  const std::string result = read_all(results[0]);
  observed(std::to_string(result.size()) + " bytes");
  return status;
}
