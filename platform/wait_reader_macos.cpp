#include "platform/wait_reader.hpp"

namespace poolbugs::wait {
namespace {

Error why_not() {
  return {
      "macOS shows neither what a thread waits for nor who holds the other "
      "end, so no hang is proved"};
}

}  // namespace

Result<void> can_read_trees() { return why_not(); }

Result<void> can_exclude_alarms() { return why_not(); }

Facts read_facts(const Tree&, const Pollers&) {
  Facts facts;
  facts.disturbed = why_not().text;
  return facts;
}

void look_around(const Tree&, Facts&) {}

std::vector<FileId> own_files() { return {}; }

}  // namespace poolbugs::wait
