// A program that starts one worker: itself, with the argument --worker.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"

using namespace poolbugs;

int work() {
  observed("the worker's result");
  return 0;
}

pid_t spawn_worker(char** argv) {
  char flag[] = "--worker";
  char* arguments[] = {argv[0], flag, nullptr};
  pid_t pid = -1;
  int error = 0;
  while ((error = posix_spawn(&pid, argv[0], nullptr, nullptr, arguments,
                              environ)) == EAGAIN)
    usleep(10'000);  // too many processes just now, try again
  check_error(error, "posix_spawn");
  return pid;
}

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--worker") return work();
  const pid_t worker = spawn_worker(argv);
  int status = 0;
  check(waitpid(worker, &status, 0), "waitpid");
  expected("the worker's result");
  return status == 0 ? 0 : 1;
}
