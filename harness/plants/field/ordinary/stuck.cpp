// Reads from its own pipe: the smallest hang.
#include <unistd.h>

int main() {
  int ends[2];
  char byte;
  return ::pipe(ends) == 0 && ::read(ends[0], &byte, 1) == 0 ? 0 : 1;
}
