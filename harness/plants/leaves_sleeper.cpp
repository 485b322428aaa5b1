// Ends at once and leaves a child that waits for ever.
#include <unistd.h>

int main() {
  if (::fork() == 0) {
    int pipe[2];
    char byte = 0;
    // It holds the other end itself.
    return ::pipe(pipe) == 0 && ::read(pipe[0], &byte, 1) > 0 ? 0 : 1;
  }
  return 0;
}
