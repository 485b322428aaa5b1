// Leaves its own folder in a state that is hard to clean up:
//   gone         removed
//   file         removed, and a file in its place
//   deep         3000 folders, one in another
//   unreadable   folders without rights, with files in them
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const std::string folder = std::getenv("TMPDIR");
  if (mode == "gone" || mode == "file") {
    if (::rmdir(folder.c_str()) != 0) return 1;
    return mode == "gone" ||
                   ::open(folder.c_str(), O_CREAT | O_WRONLY, 0600) >= 0
               ? 0
               : 1;
  }
  if (mode == "deep") {
    for (int i = 0; i < 3000; ++i)
      if (::mkdir("down", 0700) != 0 || ::chdir("down") != 0) return 1;
    return 0;
  }
  for (const char* name : {"a", "a/b"})
    if (::mkdir(name, 0700) != 0) return 1;
  if (::open("a/b/file", O_CREAT | O_WRONLY, 0600) < 0) return 1;
  return ::chmod("a/b", 0) == 0 && ::chmod("a", 0) == 0 &&
                 ::chmod(folder.c_str(), 0) == 0
             ? 0
             : 1;
}
