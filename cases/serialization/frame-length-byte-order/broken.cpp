// Each message begins with its length, as both sides have it in memory.
#include <cstdint>
#include <cstring>
#include <string>

#include "cases/common/say.hpp"
#include "platform/peer.hpp"

std::string packed(std::uint32_t length) {
  return {reinterpret_cast<const char*>(&length), sizeof length};
}

std::uint32_t unpacked(const std::string& bytes) {
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return length;
}

int work() {
  const std::uint32_t length = unpacked(poolbugs::from_parent(4));
  poolbugs::to_parent(poolbugs::from_parent(length));
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_peer(argc, argv)) return work();
  poolbugs::expected("a.png");

  poolbugs::Peer worker;
  const std::string task = "a.png";
  worker.write(packed(static_cast<std::uint32_t>(task.size())) + task);
  poolbugs::observed(worker.read(task.size()));  // then comes the next task
  worker.finish();
  return static_cast<int>(worker.wait());
}
