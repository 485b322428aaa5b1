#include "platform/wait_outside_linux.hpp"

#include <linux/aio_abi.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "platform/wait_around_test_support.hpp"

namespace poolbugs::wait {
namespace {

using namespace testing_support;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(LookInto, TheDeviceCountsWhereNobodyElseCanMountIt) {
  const UniqueFd file(::memfd_create("around", 0));
  const FileId id = file_id(file.get());
  const FileId twin{id.device + 1, id.inode};
  Interest interest;
  interest.mapped.emplace(twin.inode, twin);
  const auto held = [&] {
    Held all;
    look_into(::getpid(), interest, false, all);
    return all.files;
  };
  EXPECT_THAT(held(), ElementsAre(twin)) << "it may be the same file";
  interest.own_devices = {twin.device};
  EXPECT_THAT(held(), IsEmpty());
  interest.mapped.emplace(id.inode, id);
  interest.own_devices.insert(id.device);
  EXPECT_THAT(held(), ElementsAre(id));
}

/// The tree has a ring: why its process is free.
std::string why_not_modelled(const std::function<void()>& make_ring) {
  const Child child([&](const Child::Steps& steps) {
    make_ring();
    steps.step();
  });
  Facts facts = tree_asleep(child.pid());
  look_around({}, facts);
  const ProcessFacts& process = facts.processes.at(0);
  return process.modelled ? "" : process.why_not;
}

TEST(LookAroundTest, ARingOfAioMaySignalEventfds) {
  EXPECT_EQ(why_not_modelled([] {
              aio_context_t ring = 0;
              if (::syscall(SYS_io_setup, 1, &ring) != 0) ::_exit(1);
            }),
            "has asynchronous I/O under way");
  EXPECT_EQ(why_not_modelled([] {}), "");
}

TEST(LookAroundTest, WhoseMappingsCannotBeReadMayHaveARing) {
  Facts facts;
  facts.processes.resize(1);
  facts.processes[0].id = 1 << 30;
  facts.processes[0].threads.resize(1);
  facts.processes[0].threads[0].id = 1 << 30;
  look_around({}, facts);
  EXPECT_FALSE(facts.processes[0].modelled);
}

}  // namespace
}  // namespace poolbugs::wait
