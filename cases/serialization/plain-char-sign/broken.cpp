// A temperature in a char: what that holds depends on the CPU's convention.
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <sstream>
#include <string>

#include "cases/common/say.hpp"
#include "platform/peer.hpp"

using Celsius = char;

bool freezes(int celsius) { return celsius < 0; }

int work() {
  std::istringstream in(poolbugs::from_parent());
  Celsius outside = 0;
  boost::archive::text_iarchive(in) >> outside;
  poolbugs::to_parent(freezes(outside) ? "it freezes" : "it is warm");
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_peer(argc, argv)) return work();
  poolbugs::expected("it freezes");

  const Celsius outside = -5;
  std::ostringstream message;
  boost::archive::text_oarchive(message) << outside;
  poolbugs::observed(poolbugs::ask_peer(message.str()));
}
