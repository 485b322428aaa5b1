// deadlocks         lists all: NAME CAUSE EDGE CORE, and `sandbox` if it needs
// one deadlocks NAME    is stuck
#include <cstring>

#include "harness/plants/deadlocks/deadlock.hpp"

int main(int argc, char** argv) {
  namespace all = poolbugs::deadlocks;
  for (const auto theme :
       {all::locks, all::wakeups, all::shared, all::forked, all::pipes,
        all::polls, all::joins, all::file_locks, all::events})
    for (const all::Deadlock& one : theme()) {
      if (argc == 1)
        std::printf("%s %s %s %d%s\n", one.name, one.cause, one.edge, one.core,
                    one.sandbox ? " sandbox" : "");
      else if (std::strcmp(argv[1], one.name) == 0)
        one.run();
    }
  // Nothing of that name, or it was not stuck.
  return argc == 1 ? 0 : 72;
}
