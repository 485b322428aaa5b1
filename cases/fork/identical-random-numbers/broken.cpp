// Four workers draw an id each from the program's random number generator.
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

std::mt19937_64 generator{std::random_device{}()};  // seeded once, at start

int work() {
  const std::uint64_t id = generator();
  return write(3, &id, sizeof id) == sizeof id ? 0 : 1;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  int ids[2];
  check(pipe2(ids, O_CLOEXEC), "pipe2");
  std::vector<pid_t> workers;
  for (int i = 0; i < 4; ++i)
    workers.push_back(start_worker(method, argv, work, {ids[1]}));

  int status = 0;
  std::set<std::uint64_t> different;
  for (const pid_t worker : workers) {
    std::uint64_t id = 0;
    if (wait_for(worker) != 0 || read(ids[0], &id, sizeof id) != sizeof id)
      status = 1;
    different.insert(id);
  }
  expected("4 workers drew 4 different ids");
  observed("4 workers drew " + std::to_string(different.size()) +
           " different ids");
  return status;
}
