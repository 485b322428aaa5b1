#include "platform/stacks.hpp"

namespace poolbugs::stacks {

std::vector<ProcessStacks> take_stacks(const std::vector<long>& processes) {
  std::vector<ProcessStacks> all;
  for (const long process : processes)
    all.push_back({.process = process,
                   .threads = {},
                   .failure = "stacks are taken on Linux only",
                   .python_failure = {}});
  return all;
}

std::string symbol_at(long, std::uint64_t) { return ""; }

}  // namespace poolbugs::stacks
