// Four workers draw an id each from the program's random number generator.
#include <cstdint>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

std::mt19937_64 generator{std::random_device{}()};  // seeded once, at start

int work() {
  generator.seed(std::random_device{}());  // of its own
  const std::uint64_t id = generator();
  const std::string_view bytes(reinterpret_cast<const char*>(&id), sizeof id);
  return write_all(inherited(3), bytes) ? 0 : 1;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  const Pipe ids = make_pipe();
  std::vector<Child> workers;
  for (int i = 0; i < 4; ++i)
    workers.push_back(start_worker(method, argv, work, {ids.write.get()}));

  int status = 0;
  std::set<std::uint64_t> different;
  for (const Child worker : workers) {
    if (wait_for(worker) != 0) status = 1;
    std::uint64_t id = 0;
    const std::string bytes = read_some(ids.read.get(), sizeof id);
    std::memcpy(&id, bytes.data(), bytes.size());
    different.insert(id);
  }
  expected("4 workers drew 4 different ids");
  observed("4 workers drew " + std::to_string(different.size()) +
           " different ids");
  return status;
}
