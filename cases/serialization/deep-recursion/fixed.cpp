// A task that holds a long linked list.
#include <sys/resource.h>

#include <algorithm>
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/serialization/vector.hpp>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "cases/common/message.hpp"
#include "cases/common/say.hpp"

struct Node {
  int value = 1;
  Node* next = nullptr;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& value;
  }
};

void link(std::vector<Node>& nodes) {
  for (size_t i = 1; i < nodes.size(); ++i) nodes[i - 1].next = &nodes[i];
}

// The stack of a usual Linux process, whatever the caller's `ulimit -s` is.
void limit_stack() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_STACK, &limit) != 0) std::_Exit(70);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8 << 20);
  if (::setrlimit(RLIMIT_STACK, &limit) != 0) std::_Exit(70);
}

int work() {
  std::istringstream in(poolbugs::received());
  std::vector<Node> nodes;
  boost::archive::text_iarchive(in) >> nodes;
  link(nodes);
  const Node* const head = nodes.data();
  int sum = 0;
  for (const Node* node = head; node != nullptr; node = node->next)
    sum += node->value;
  poolbugs::observed(std::to_string(sum));
  return 0;
}

int main(int argc, char** argv) {
  limit_stack();
  if (poolbugs::is_worker(argc, argv)) return work();
  poolbugs::expected("100000");

  std::vector<Node> nodes(100'000);
  link(nodes);
  std::ostringstream message;
  boost::archive::text_oarchive(message) << nodes;

  poolbugs::send_to_worker(poolbugs::start_method(argc, argv), argv, work,
                           message.str());
}
