// Two numbers of fixed width for a worker whose bytes are the other way round.
#include <boost/endian/buffers.hpp>
#include <cstdint>
#include <cstring>
#include <string>

#include "cases/common/say.hpp"
#include "platform/peer.hpp"

struct Size {
  boost::endian::little_int32_buf_t width, height;
};

std::string pack(std::int32_t width, std::int32_t height) {
  Size size;
  size.width = width;
  size.height = height;
  return {reinterpret_cast<const char*>(&size), sizeof size};
}

std::string size_in(const std::string& message) {
  Size size;
  std::memcpy(&size, message.data(), sizeof size);
  return std::to_string(size.width.value()) + " x " +
         std::to_string(size.height.value());
}

int work() {
  poolbugs::to_parent(size_in(poolbugs::from_parent()));
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_peer(argc, argv)) return work();
  poolbugs::expected("640 x 480");
  poolbugs::observed(poolbugs::ask_peer(pack(640, 480)));
}
