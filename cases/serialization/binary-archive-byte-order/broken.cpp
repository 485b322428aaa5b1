// Two numbers of fixed width for a worker whose bytes are the other way round.
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <cstdint>
#include <sstream>
#include <string>

#include "cases/common/say.hpp"
#include "platform/peer.hpp"

// Small messages: the archive's header would be most of it.
const auto kFlags = boost::archive::no_header;

std::string pack(std::int32_t width, std::int32_t height) {
  std::ostringstream message;
  boost::archive::binary_oarchive(message, kFlags) << width << height;
  return message.str();
}

std::string size_in(const std::string& message) {
  std::istringstream in(message);
  std::int32_t width = 0, height = 0;
  boost::archive::binary_iarchive(in, kFlags) >> width >> height;
  return std::to_string(width) + " x " + std::to_string(height);
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
