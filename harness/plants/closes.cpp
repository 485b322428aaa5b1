// Has no stdin, stdout and stderr, and gives their numbers to files.
#include <fcntl.h>
#include <unistd.h>

int main() {
  for (int fd = 0; fd < 3; ++fd) ::close(fd);
  for (int fd = 0; fd < 3; ++fd)
    if (::open("mine", O_RDWR | O_CREAT, 0600) != fd) return 1;
  if (::write(1, "lost\n", 5) != 5) return 1;
  return ::unlink("mine") == 0 ? 0 : 1;
}
