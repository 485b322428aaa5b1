// Leaves somebody behind who is in no group, session or family of its own:
//   waits    and waits
//   writes   and goes on writing to the stdout that it inherited
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace {

void say(const char* text) {
  if (::write(STDOUT_FILENO, text, std::strlen(text)) < 0) ::_exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const bool writes = std::strcmp(argv[1], "writes") == 0;
  int ready[2];
  if (::pipe(ready) != 0) return 1;
  if (::fork() == 0) {
    ::setsid();
    if (::fork() != 0) ::_exit(0);
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    const timespec pause{0, 100'000};
    while (writes) {
      say("I am still here\n");
      ::nanosleep(&pause, nullptr);
    }
    while (true) ::pause();
  }
  char byte;
  return ::read(ready[0], &byte, 1) == 1 ? 0 : 1;
}
