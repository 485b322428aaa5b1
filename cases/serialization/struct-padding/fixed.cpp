// Members of fixed width, sent as the bytes of their struct.
#include <cstdint>
#include <cstring>
#include <string>

#include "cases/common/say.hpp"
#include "platform/peer.hpp"

struct Job {
  std::int32_t number;
  std::int32_t nothing;  // what one compiler inserts here, and another does not
  std::int64_t bytes;
};
static_assert(sizeof(Job) == 16);

int work() {
  const std::string message = poolbugs::from_parent();
  Job job{};
  std::memcpy(&job, message.data(), sizeof job);
  poolbugs::to_parent(std::to_string(job.number) + ": " +
                      std::to_string(job.bytes) + " bytes");
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_peer(argc, argv)) return work();
  poolbugs::expected("7: 4096 bytes");

  Job job;
  std::memset(&job, 0, sizeof job);
  job.number = 7;
  job.bytes = 4096;
  poolbugs::observed(poolbugs::ask_peer(
      std::string(reinterpret_cast<const char*>(&job), sizeof job)));
}
