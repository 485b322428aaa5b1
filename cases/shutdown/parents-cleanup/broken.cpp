// A forked worker leaves its result in the parent's scratch folder.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"

using namespace poolbugs;

// Removed at the end of the program.
struct ScratchFolder {
  std::string path = std::filesystem::temp_directory_path() / "scratch-XXXXXX";
  ScratchFolder() {
    if (mkdtemp(path.data()) == nullptr) check(-1, "mkdtemp");
  }
  ~ScratchFolder() { std::filesystem::remove_all(path); }
};
const ScratchFolder scratch;

int main() {
  const pid_t worker = check(fork(), "fork");
  if (worker == 0) {
    std::ofstream(scratch.path + "/result") << "42";
    std::exit(0);
  }
  int status = 0;
  check(waitpid(worker, &status, 0), "waitpid");
  if (status != 0) return 1;

  expected("result 42");
  std::string result;
  if (std::ifstream(scratch.path + "/result") >> result)
    observed("result " + result);
}
