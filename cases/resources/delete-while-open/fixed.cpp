// The parent removes a file of tasks that its worker has read.
#include <filesystem>
#include <fstream>
#include <string>

#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

const std::filesystem::path file = "tasks.txt";

int work() {
  std::ifstream tasks(file);
  for (std::string task; std::getline(tasks, task);) continue;
  tasks.close();
  write_all(inherited(3), "r");  // all is read
  read_some(inherited(4));       // at work, until the parent says so
  return 0;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  std::ofstream(file) << "task 1\n";
  const Pipe ready = make_pipe();
  const Pipe quit = make_pipe();
  const Child worker = start_worker(start_method(argc, argv), argv, work,
                                    {ready.write.get(), quit.read.get()});
  read_some(ready.read.get());

  expected("the file is gone");
  std::error_code error;
  std::filesystem::remove(file, error);
  observed(error ? "the file is still there" : "the file is gone");
  write_all(quit.write.get(), "q");
  const auto status = wait_for(worker);
  std::filesystem::remove(file);
  return static_cast<int>(status);
}
