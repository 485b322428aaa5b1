// A worker leaves its result in shared memory that it opens by name.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

std::string name_of_results(pid_t parent) {
  return "/poolbugs-results-" + std::to_string(parent);
}

int* open_results(pid_t parent, int flags) {
  const int file =
      check(shm_open(name_of_results(parent).c_str(), flags, 0600), "shm_open");
  if ((flags & O_CREAT) != 0) check(ftruncate(file, sizeof(int)), "ftruncate");
  void* memory =
      mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) check(-1, "mmap");
  close(file);
  return static_cast<int*>(memory);
}

int work() {
  *open_results(getppid(), O_RDWR) = 42;
  return 0;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const int* result = open_results(getpid(), O_RDWR | O_CREAT | O_EXCL);
  const bool done =
      wait_for(start_worker(start_method(argc, argv), argv, work)) == 0;
  expected("the result is 42");
  observed("the result is " + std::to_string(*result));
  check(shm_unlink(name_of_results(getpid()).c_str()), "shm_unlink");
  return done ? 0 : 1;
}
