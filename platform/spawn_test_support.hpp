// Children of tests: the test program, started again for one thing to do.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "platform/spawn.hpp"

namespace poolbugs {

/// What a child does that was started by spawn_test_child(NAME, …); gets the
/// words after its name, returns its exit code. At namespace scope.
class TestChild {
 public:
  using Words = std::vector<std::string>;
  TestChild(const char* name, int (*work)(const Words& words)) {
    all()[name] = work;
  }

  static int main(int argc, char** argv) {
    const auto found = all().find(argv[2]);
    return found == all().end() ? 90 : found->second({argv + 3, argv + argc});
  }

 private:
  static std::map<std::string, int (*)(const Words&)>& all() {
    static std::map<std::string, int (*)(const Words&)> works;
    return works;
  }
};

inline Result<Child> spawn_test_child(
    const std::string& name, std::vector<std::string> words = {},
    const std::vector<std::pair<Descriptor, int>>& numbers = {}) {
  words.insert(words.begin(), {"--test-child", name});
  return spawn_self(words, numbers);
}

}  // namespace poolbugs
