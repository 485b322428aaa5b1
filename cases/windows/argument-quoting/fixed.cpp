// A worker is started with four arguments that are not plain words.
#include <process.h>

#include <string>
#include <vector>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"

using namespace poolbugs;

int work(int argc, char** argv) {
  for (int i = 2; i < argc; ++i) observed("[" + std::string(argv[i]) + "]");
  return 0;
}

// The backslashes before a quote count double, and those at the end.
std::string quoted(const std::string& argument) {
  std::string text = "\"";
  std::size_t backslashes = 0;
  for (const char letter : argument) {
    if (letter == '"') text.append(backslashes + 1, '\\');
    backslashes = letter == '\\' ? backslashes + 1 : 0;
    text += letter;
  }
  return text.append(backslashes, '\\') + '"';
}

int main(int argc, char** argv) {
  if (argc > 1) return work(argc, argv);
  const std::vector<std::string> arguments{"two words", "", R"(say "hi")",
                                           R"(C:\my folder\)"};
  std::vector<std::string> passed{"worker", "--worker"};
  for (const std::string& argument : arguments) {
    expected("[" + argument + "]");
    passed.push_back(quoted(argument));
  }
  std::vector<const char*> pointers;
  for (const std::string& text : passed) pointers.push_back(text.c_str());
  pointers.push_back(nullptr);
  return static_cast<int>(
      check(_spawnv(_P_WAIT, argv[0], pointers.data()), "_spawnv"));
}
