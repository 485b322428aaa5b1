// Sends its parent, who watches it, a signal (kill, stop), and waits, with a
// child. In the sandbox `full` that is the namespace's init, which takes none.
#include <signal.h>
#include <unistd.h>

#include <cstring>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const bool init = ::getppid() == 1;
  if (::fork() == 0)
    while (true) ::pause();
  ::kill(::getppid(), std::strcmp(argv[1], "stop") == 0 ? SIGSTOP : SIGKILL);
  while (!init) ::pause();
  return 0;
}
