// Two settings go to a worker in the environment: limits of a task and of all.
#include <stdlib.h>

#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

constexpr char kOfTask[] = "job_limit";
constexpr char kOfAll[] = "JOB_LIMIT";

std::string value_of(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "nothing" : value;
}

int work() {
  observed("a task may take " + value_of(kOfTask));
  observed("all tasks may take " + value_of(kOfAll));
  return 0;
}

void set(const char* name, const char* value) {
  // The environment keeps the pointer.
  static std::string texts[2];
  static int count = 0;
  texts[count] = std::string(name) + "=" + value;
  check(putenv(texts[count++].data()), "putenv");
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  set(kOfTask, "1 s");
  set(kOfAll, "60 s");
  expected("a task may take 1 s");
  expected("all tasks may take 60 s");
  return static_cast<int>(
      wait_for(start_worker(start_method(argc, argv), argv, work)));
}
