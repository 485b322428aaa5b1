// microsoft/git#75: the second child inherits the pipe to the first one, whose
// output the parent reads to its end
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

namespace {

struct Child {
  pid_t id;
  int to, from;
};

Child start_cat() {
  int input[2], output[2];
  if (::pipe(input) != 0 || ::pipe(output) != 0) ::_exit(1);
  const pid_t id = ::fork();
  if (id == 0) {
    ::dup2(input[0], STDIN_FILENO);
    ::dup2(output[1], STDOUT_FILENO);
    for (const int fd : {input[0], input[1], output[0], output[1]}) ::close(fd);
    ::execlp("cat", "cat", nullptr);
    ::_exit(1);
  }
  ::close(input[0]);
  ::close(output[1]);
  return {id, input[1], output[0]};
}

}  // namespace

int main() {
  const Child first = start_cat(), second = start_cat();
  if (::write(first.to, "x\n", 2) != 2) return 1;
  ::close(first.to);
  char buffer[64];
  while (::read(first.from, buffer, sizeof buffer) > 0) continue;
  ::close(second.to);
  ::waitpid(first.id, nullptr, 0);
  ::waitpid(second.id, nullptr, 0);
}
