#include "platform/spawn.hpp"

#include <cstdlib>
#include <sstream>

namespace poolbugs {

std::vector<std::string> command_in(const char* variable) {
  std::vector<std::string> words;
  const char* text = std::getenv(variable);
  std::istringstream lines(text == nullptr ? "" : text);
  for (std::string word; std::getline(lines, word);) words.push_back(word);
  return words;
}

Result<std::vector<std::string>> own_command() {
  const Result<std::string> self = own_executable();
  if (!self) return self.error();
  std::vector<std::string> command = command_in("POOLBUGS_EMULATOR");
  command.push_back(*self);
  return command;
}

Result<Child> spawn_self(
    const std::vector<std::string>& args,
    const std::vector<std::pair<Descriptor, int>>& fds_from_to) {
  Result<std::vector<std::string>> command = own_command();
  if (!command) return command.error();
  const std::string first = command->front();
  command->erase(command->begin());
  command->insert(command->end(), args.begin(), args.end());
  return spawn_process(first, *command, fds_from_to);
}

}  // namespace poolbugs
