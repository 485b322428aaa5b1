// Tries to change what is not its own: the files that it is given, and the
// machine, through /proc. Says what became of each.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <initializer_list>

namespace {

void try_to_open(const char* path, int flags) {
  const int file = ::open(path, flags, 0600);
  std::printf("%s: %s\n", path, file >= 0 ? "opened" : std::strerror(errno));
  if (file >= 0) ::close(file);
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) try_to_open(argv[i], O_WRONLY | O_CREAT);
  // Opened, never written.
  for (const char* path :
       {"/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger"})
    try_to_open(path, O_WRONLY);
}
