// A task is sent to a worker through a pointer to its base class.
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/serialization/base_object.hpp>
#include <boost/serialization/export.hpp>
#include <boost/serialization/unique_ptr.hpp>
#include <memory>
#include <sstream>
#include <string>

#include "cases/common/message.hpp"
#include "cases/common/say.hpp"

struct Task {
  virtual ~Task() = default;
  virtual int run() const = 0;
  template <class Archive>
  void serialize(Archive&, unsigned) {}
};

struct Square : Task {
  int side = 0;
  int run() const override { return side * side; }
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& boost::serialization::base_object<Task>(*this);
    archive& side;
  }
};

int work() {
  std::istringstream in(poolbugs::received());
  std::unique_ptr<Task> task;
  boost::archive::text_iarchive(in) >> task;
  poolbugs::observed(std::to_string(task->run()));
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_worker(argc, argv)) return work();
  poolbugs::expected("49");

  auto square = std::make_unique<Square>();
  square->side = 7;
  const std::unique_ptr<Task> task = std::move(square);
  std::ostringstream message;
  boost::archive::text_oarchive(message) << task;

  poolbugs::send_to_worker(poolbugs::start_method(argc, argv), argv, work,
                           message.str());
}
