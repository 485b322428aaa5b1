// A worker is started for 2,000 files, whose names it gets as arguments.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/spawn.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

int work(int argc) {
  observed(std::to_string(argc - 2) + " files");
  return 0;
}

int main(int argc, char**) {
  if (argc > 1) return work(argc);
  expected("2000 files");
  std::vector<std::string> arguments{"--worker"};
  for (int i = 0; i < 2000; ++i)
    arguments.push_back("photos/" + std::to_string(10000 + i) + ".jpeg");
  const auto worker = spawn_self(arguments, {});
  if (worker) return static_cast<int>(wait_for(*worker));
  std::fprintf(stderr, "%s\n", worker.error().text.c_str());
  return 1;
}
