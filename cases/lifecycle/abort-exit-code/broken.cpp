// A worker's exit code says how its task went; this worker fails an assertion.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

constexpr int kDone = 0;
constexpr int kNothingToDo = 3;

int work() { std::abort(); }

std::string meaning(std::int64_t status) {
  if (status == kDone) return "did its task";
  if (status == kNothingToDo) return "had nothing to do";
  return "crashed";
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  expected("the worker crashed");
  const Child worker = start_worker(start_method(argc, argv), argv, work);
  observed("the worker " + meaning(wait_for(worker)));
}
