// The worker is killed in the middle of its answer; the parent loads what came.
#include <algorithm>
#include <boost/archive/archive_exception.hpp>
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/serialization/string.hpp>
#include <sstream>
#include <string>

#include "cases/common/message.hpp"
#include "cases/common/say.hpp"
#include "platform/worker_kill.hpp"

int work() {
  const std::string log(1000, 'x');
  std::ostringstream message;
  boost::archive::text_oarchive(message) << log;
  poolbugs::reply(message.str().substr(0, 600));
  poolbugs::kill_this_process();  // as the OOM killer does
}

std::string load_log(const std::string& message) try {
  std::istringstream in(message);
  std::string log;
  boost::archive::text_iarchive(in) >> log;
  return std::to_string(std::ranges::count(log, 'x')) + " letters, " +
         std::to_string(std::ranges::count(log, '\0')) + " NUL";
} catch (const boost::archive::archive_exception&) {
  return "refused";
}

int main(int argc, char** argv) {
  if (poolbugs::is_worker(argc, argv)) return work();
  poolbugs::expected("refused");
  const std::string message = poolbugs::send_to_worker(
      poolbugs::start_method(argc, argv), argv, work, "", poolbugs::kKilled);
  poolbugs::observed(load_log(message));
}
