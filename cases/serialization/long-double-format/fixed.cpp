// A sum of high precision goes to a worker whose long double has as many bytes.
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <exception>
#include <sstream>
#include <string>

#include "cases/common/say.hpp"
#include "platform/peer.hpp"

int work() try {
  std::istringstream in(poolbugs::from_parent());
  double sum = 0;
  boost::archive::binary_iarchive(in) >> sum;
  std::ostringstream text;
  text << sum;
  poolbugs::to_parent(text.str());
  return 0;
} catch (const std::exception& error) {
  poolbugs::to_parent(error.what());
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_peer(argc, argv)) return work();
  poolbugs::expected("1.5");

  const double sum = 1.5;
  std::ostringstream message;
  boost::archive::binary_oarchive(message) << sum;
  poolbugs::observed(poolbugs::ask_peer(message.str()));
}
