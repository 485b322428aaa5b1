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

int work() {
  const std::string names = read_all(inherited(3));
  observed(std::to_string(std::ranges::count(names, '\n')) + " files");
  return 0;
}

int main(int argc, char**) {
  if (argc > 1) return work();
  expected("2000 files");
  std::string names;
  for (int i = 0; i < 2000; ++i)
    names += "photos/" + std::to_string(10000 + i) + ".jpeg\n";
  Pipe pipe = make_pipe();
  const auto worker = spawn_self({"--worker"}, {{pipe.read.get(), 3}});
  write_all(pipe.write.get(), names);
  pipe.write.reset();
  if (worker) return static_cast<int>(wait_for(*worker));
  std::fprintf(stderr, "%s\n", worker.error().text.c_str());
  return 1;
}
