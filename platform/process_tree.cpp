#include "platform/process_tree.hpp"

namespace poolbugs {

int TreeSample::tasks() const {
  std::size_t count = 0;
  for (const ProcessSample& process : processes)
    count += process.threads.size();
  return static_cast<int>(count);
}

std::uint64_t TreeSample::private_memory() const {
  std::uint64_t bytes = 0;
  for (const ProcessSample& process : processes)
    bytes += process.private_memory;
  return bytes;
}

}  // namespace poolbugs
