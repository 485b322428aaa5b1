#include "platform/wait_outside_linux.hpp"

#include <sys/mman.h>

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

}  // namespace
}  // namespace poolbugs::wait
