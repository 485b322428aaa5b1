// h_mq_named NAME: waits for a message to a queue with a name.
#include <fcntl.h>
#include <mqueue.h>

#include <cstdio>

int main(int, char** arguments) {
  mq_attr attributes{};
  attributes.mq_maxmsg = 4;
  attributes.mq_msgsize = 8;
  const mqd_t queue =
      ::mq_open(arguments[1], O_CREAT | O_RDONLY, 0600, &attributes);
  if (queue == static_cast<mqd_t>(-1)) return 77;
  std::puts("ready");
  std::fflush(stdout);
  char message[8];
  const bool got = ::mq_receive(queue, message, sizeof message, nullptr) >= 0;
  ::mq_unlink(arguments[1]);
  if (!got) return 1;
  std::puts("got it");
}
