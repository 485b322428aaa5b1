// Stops, as a background job does that writes to a terminal:
//   ttou   a child, in a group of its own (SIGTTOU passes orphaned groups by)
//   self   the first process itself, by SIGSTOP
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "self") == 0) return ::raise(SIGSTOP);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    return ::raise(SIGTTOU);
  }
  return ::waitpid(child, nullptr, 0) == child ? 0 : 1;
}
