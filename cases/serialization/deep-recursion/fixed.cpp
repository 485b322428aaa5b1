// A task that holds a long linked list.
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/serialization/vector.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cases/common/message.hpp"
#include "cases/common/say.hpp"
#include "platform/worker_stack.hpp"

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
  poolbugs::limit_stack();
  if (poolbugs::is_worker(argc, argv)) return work();
  poolbugs::expected("100000");

  std::vector<Node> nodes(100'000);
  link(nodes);
  std::ostringstream message;
  boost::archive::text_oarchive(message) << nodes;

  poolbugs::send_to_worker(poolbugs::start_method(argc, argv), argv, work,
                           message.str());
}
