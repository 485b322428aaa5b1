// Takes all there is, within bounds of its own, and keeps it:
//   memory         touches 1 GiB
//   file PATH      writes 256 MiB
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>

int main(int argc, char** argv) {
  constexpr std::size_t kBlock = 1 << 20;
  if (argc == 2) {
    for (int i = 0; i < 1024; ++i) {
      void* block = ::mmap(nullptr, kBlock, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (block == MAP_FAILED) return 1;
      std::memset(block, 1, kBlock);
    }
  } else if (argc == 3) {
    const int file = ::open(argv[2], O_WRONLY | O_CREAT, 0600);
    const std::string block(kBlock, 'x');
    for (int i = 0; i < 256; ++i)
      if (::write(file, block.data(), kBlock) != kBlock) return 1;
  }
  while (true) ::pause();
}
