// waitpid(WUNTRACED) returns when somebody stops the child, too.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

int main() {
  int ends[2];
  if (::pipe(ends) != 0) return 1;
  std::puts("ready");
  std::fflush(stdout);
  const pid_t child = ::fork();
  char byte;
  if (child == 0) ::_exit(::read(ends[0], &byte, 1) == 1 ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, WUNTRACED);
  ::kill(child, SIGKILL);
  if (!WIFSTOPPED(status)) return 1;
  std::puts("went on");
}
