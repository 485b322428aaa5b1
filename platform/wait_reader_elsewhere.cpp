// Neither Windows nor macOS tells what a thread waits for and who could end
// that: nothing is read, and whoever asks is told so.
#include "platform/wait_graph.hpp"
#include "platform/wait_reader.hpp"

namespace poolbugs::wait {
namespace {

constexpr const char* kWhyNot = "hangs are proved on Linux only";

}  // namespace

Result<void> can_read_trees() { return Error{kWhyNot}; }

Result<void> can_exclude_alarms() { return Error{kWhyNot}; }

std::set<ListedAlarm> listed_alarms() { return {}; }

Facts read_facts(const Tree&, const Pollers&) {
  Facts facts;
  facts.disturbed = kWhyNot;
  return facts;
}

void look_around(const Tree&, Facts&) {}

std::vector<FileId> own_files() { return {}; }

/// Of facts that are none.
Graph build_graph(const Facts& facts, const Pollers&, const Pollers&) {
  Graph graph;
  graph.disturbed = facts.disturbed;
  return graph;
}

}  // namespace poolbugs::wait
