// A time in milliseconds, more than 32 bits hold, in a text archive.
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <exception>
#include <sstream>
#include <string>

#include "cases/common/say.hpp"
#include "platform/peer.hpp"

using Time = long;

int work() try {
  std::istringstream in(poolbugs::from_parent());
  Time time = 0;
  boost::archive::text_iarchive(in) >> time;
  poolbugs::to_parent(std::to_string(time));
  return 0;
} catch (const std::exception& error) {
  poolbugs::to_parent(error.what());
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_peer(argc, argv)) return work();
  poolbugs::expected("1700000000000");

  std::ostringstream message;
  const Time time = static_cast<Time>(1'700'000'000'000);
  boost::archive::text_oarchive(message) << time;
  poolbugs::observed(poolbugs::ask_peer(message.str()));
}
