// A worker tells its parent by a semaphore that its result is there.
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

// macOS says in its header what it will say at run time.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

using namespace poolbugs;

void* shared_memory(std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) check(-1, "mmap");
  return memory;
}

sem_t* make_semaphore() {
  sem_t* semaphore = static_cast<sem_t*>(shared_memory(sizeof(sem_t)));
  check(sem_init(semaphore, 1, 0), "sem_init");
  return semaphore;
}

sem_t* done = nullptr;
int* result = nullptr;

int work() {
  *result = 42;
  check(sem_post(done), "sem_post");
  return 0;
}

int main(int argc, char** argv) {
  result = static_cast<int*>(shared_memory(sizeof(int)));
  done = make_semaphore();
  const pid_t worker = start_worker(start_method(argc, argv), argv, work);
  check(sem_wait(done), "sem_wait");
  expected("the result is 42");
  observed("the result is " + std::to_string(*result));
  return wait_for(worker) == 0 ? 0 : 1;
}
