// Which of two workers owns a key, parent and worker each find out by its hash.
#include <cstdint>
#include <sstream>
#include <string>

#include "cases/common/say.hpp"
#include "platform/peer.hpp"

std::uint64_t hash(const std::string& key) {
  std::uint64_t value = 14695981039346656037u;  // FNV-1a, on every machine
  for (const unsigned char byte : key) value = (value ^ byte) * 1099511628211u;
  return value;
}

const char* const kKeys[] = {"ann", "bob", "cat", "dan", "eve", "fay"};

// The worker holds the entries whose hash is odd.
int work() {
  std::string held;
  for (const char* key : kKeys)
    if (hash(key) % 2 == 1) held += std::string(key) + "\n";
  poolbugs::to_parent(held);
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_peer(argc, argv)) return work();
  for (const char* key : kKeys)
    if (hash(key) % 2 == 1) poolbugs::expected(key);

  std::istringstream held(poolbugs::ask_peer(""));
  for (std::string key; std::getline(held, key);) poolbugs::observed(key);
}
