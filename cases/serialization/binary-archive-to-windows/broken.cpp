// A task for a worker on Windows.
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/string.hpp>
#include <exception>
#include <sstream>
#include <string>

#include "cases/common/say.hpp"
#include "platform/peer.hpp"

using Reader = boost::archive::binary_iarchive;
using Writer = boost::archive::binary_oarchive;

int work() try {
  std::istringstream in(poolbugs::from_parent());
  std::string file;
  Reader(in) >> file;
  poolbugs::to_parent(file);
  return 0;
} catch (const std::exception& error) {
  poolbugs::to_parent(error.what());
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_peer(argc, argv)) return work();
  poolbugs::expected("a.png");

  const std::string file = "a.png";
  std::ostringstream message;
  Writer(message) << file;
  poolbugs::observed(poolbugs::ask_peer(message.str()));
}
