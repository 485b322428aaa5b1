// A pool's reader thread hands each result to the user's callback.
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

std::mutex mutex;
std::condition_variable one_less;
int unanswered = 3;

int work() {
  for (;;) {
    const std::string task = read_some(inherited(3), 1);
    if (task.empty() || task == "q") return 0;
    const char square = static_cast<char>(task[0] * task[0]);
    write_all(inherited(4), {&square, 1});
  }
}

void on_result(int square) {
  if (square == 4) throw std::runtime_error("no room for 4");
  observed("result " + std::to_string(square));
}

// What a callback throws must not end the program.
void read_results(Descriptor results) try {
  for (std::string square; !(square = read_some(results, 1)).empty();) {
    on_result(square[0]);
    std::lock_guard lock(mutex);
    --unanswered;
    one_less.notify_one();
  }
} catch (const std::exception& error) {
  observed(std::string("callback failed: ") + error.what());
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  expected("result 1");
  expected("callback failed: no room for 4");
  expected("result 9");
  const Pipe tasks = make_pipe();
  Pipe results = make_pipe();
  const Child worker =
      start_worker(method, argv, work, {tasks.read.get(), results.write.get()});
  results.write.reset();

  std::thread reader(read_results, results.read.get());
  write_all(tasks.write.get(), {"\1\2\3", 3});
  std::unique_lock lock(mutex);
  one_less.wait(lock, [] { return unanswered == 0; });
  write_all(tasks.write.get(), "q");
  const auto end = wait_for(worker);
  reader.join();
  return static_cast<int>(end);
}
