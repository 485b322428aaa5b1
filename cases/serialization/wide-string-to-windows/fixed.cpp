// A city's name for a worker on Windows, in a text archive.
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/serialization/string.hpp>
#include <sstream>
#include <string>

#include "cases/common/say.hpp"
#include "platform/peer.hpp"

using Name = std::string;

int work() {
  std::istringstream in(poolbugs::from_parent());
  Name name;
  boost::archive::text_iarchive(in) >> name;
  std::string seen;
  for (const auto letter : name)
    seen += letter == 0 ? '?' : static_cast<char>(letter);
  poolbugs::to_parent(seen);
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_peer(argc, argv)) return work();
  poolbugs::expected("Rome");

  const Name name = "Rome";
  std::ostringstream message;
  boost::archive::text_oarchive(message) << name;
  poolbugs::observed(poolbugs::ask_peer(message.str()));
}
