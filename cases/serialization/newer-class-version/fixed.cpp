// The parent was upgraded; the worker that it starts is of the build before.
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/serialization/vector.hpp>
#include <boost/serialization/version.hpp>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "cases/common/message.hpp"
#include "cases/common/say.hpp"

namespace old_build {
struct Job {
  int length = 0;  // in metres
  template <class Archive>
  void serialize(Archive& archive, unsigned version) {
    if (version > 0) throw std::runtime_error("a job of a newer build");
    archive& length;
  }
};
}  // namespace old_build
BOOST_CLASS_VERSION(old_build::Job, 0)

namespace new_build {
struct Job {
  int length = 0;
  int metres_per_unit = 1;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& length& metres_per_unit;
  }
};
}  // namespace new_build
BOOST_CLASS_VERSION(new_build::Job, 1)

int work() try {
  std::istringstream in(poolbugs::received());
  std::vector<old_build::Job> jobs;
  boost::archive::text_iarchive(in) >> jobs;
  for (const auto& job : jobs)
    poolbugs::observed(std::to_string(job.length) + " m");
  return 0;
} catch (const std::exception&) {
  poolbugs::observed("refused");
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_worker(argc, argv)) return work();
  poolbugs::expected("refused");

  const std::vector<new_build::Job> jobs{{5, 1000}, {6, 1000}, {7, 1000}};
  std::ostringstream message;
  boost::archive::text_oarchive(message) << jobs;

  poolbugs::send_to_worker(poolbugs::start_method(argc, argv), argv, work,
                           message.str());
}
