// Three tasks in one archive, each built in the same local variable.
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/tracking.hpp>
#include <sstream>
#include <string>

#include "cases/common/message.hpp"
#include "cases/common/say.hpp"

struct Task {
  std::string file;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& file;
  }
};

// Nobody calls this here. That it exists is enough: a class that is saved
// through a pointer anywhere in the program is tracked everywhere.
void save_checkpoint(boost::archive::text_oarchive& archive, const Task* next) {
  archive << next;
}

int work() {
  std::istringstream in(poolbugs::received());
  boost::archive::text_iarchive archive(in);
  Task task;
  for (int i = 0; i < 3; ++i) {
    archive >> task;
    poolbugs::observed(task.file);
  }
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_worker(argc, argv)) return work();
  for (const char* file : {"a.png", "b.png", "c.png"}) poolbugs::expected(file);

  std::ostringstream message;
  boost::archive::text_oarchive archive(message);
  for (char name : {'a', 'b', 'c'}) {
    const Task task{std::string(1, name) + ".png"};
    archive << task;
  }

  poolbugs::send_to_worker(poolbugs::start_method(argc, argv), argv, work,
                           message.str());
}
