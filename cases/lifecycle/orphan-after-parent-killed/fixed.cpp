// A parent is killed while its worker is busy.
#include <chrono>
#include <cstdlib>
#include <thread>

#include "platform/pipe.hpp"
#include "platform/worker.hpp"
#include "platform/worker_kill.hpp"

using namespace poolbugs;

Pipe parents_life;  // nobody writes to it

// The end of the file is the end of the parent.
void die_with_parent() {
  read_some(inherited(4));
  std::_Exit(1);
}

int work() {
  parents_life.write.reset();  // a forked worker would wait for its copy
  std::thread(die_with_parent).detach();
  write_all(inherited(3), "!");                         // at work
  std::this_thread::sleep_for(std::chrono::hours(10));  // a long task
  return 0;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const Pipe ready = make_pipe();  // 3 and 4, which the worker gets anew
  parents_life = make_pipe();
  start_worker(start_method(argc, argv), argv, work,
               {ready.write.get(), parents_life.read.get()});
  read_some(ready.read.get());
  kill_this_process();  // as the out-of-memory killer, or kill -9, does
}
