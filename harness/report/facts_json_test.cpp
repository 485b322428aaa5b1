#include "harness/report/facts_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "harness/judge/cause.hpp"

namespace poolbugs::report {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;

wait::Descriptor full_descriptor() {
  wait::Descriptor one;
  one.number = 7;
  one.kind = wait::FileKind::epoll;
  one.file = {12, 345};
  one.reads = one.writes = one.signals = one.nonblocking = true;
  one.awaited = 0x200;
  one.path = "anon_inode:[eventpoll]";
  one.anonymous_pair = true;
  one.peer = ~0ULL;
  one.passes_descriptors = false;
  one.in_flight = true;
  one.receive_timed = one.send_timed = one.armed = false;
  one.target = -1;
  one.watched = {{3, 0x80000001U, true}};
  one.all_watched_known = true;
  one.locks = {{wait::FileLock::Kind::open_file, true, 1, ~0ULL}};
  return one;
}

wait::ThreadFacts full_thread() {
  wait::ThreadFacts one;
  one.id = 41;
  one.inner_id = 2;
  one.state = 'S';
  one.asleep = one.elsewhere = one.vforks = true;
  one.call = 202;
  one.arguments = {1, 2, 3, 4, 5, ~0ULL};
  one.pc = 0x7f0000000000;
  one.stack = 0x7ffe00000000;
  one.start_ticks = 8;
  one.switches = 9;
  one.blocked = ~0ULL;
  one.tracer = 7;
  one.name = "thread";
  wait::Futex futex;
  futex.address = 0x7ffc;
  futex.process_private = futex.mapped = futex.shared = futex.nameless = true;
  futex.file = {1, 2};
  futex.offset = 64;
  futex.path = "/x";
  futex.words = {1, 2, 3, 4, 5, ~0U};
  futex.readable = true;
  futex.parent_words = {6, 5, 4, 3, 2, 1};
  futex.in_parent = wait::Sameness::same;
  one.futexes = {futex};
  one.futexes_known = one.polled_known = true;
  one.polled = {{5, -1}};
  one.lock = {true, {wait::FileLock::Kind::posix, true, 3, 4}};
  return one;
}

/// No field has its default value.
wait::Facts full() {
  wait::ProcessFacts process;
  process.id = 40;
  process.parent = 39;
  process.inner_id = 1;
  process.start_ticks = 123;
  process.name = "program";
  process.forked = process.zombie = process.terminal = true;
  process.readable = process.modelled = process.timers = false;
  process.why_not = "runs under qemu";
  process.caught = 0x4002;
  process.interrupt = wait::Interrupt::raises;
  process.forker = 38;
  process.ipc_space = 99;
  process.threads = {full_thread()};
  process.descriptors = {full_descriptor()};
  process.shared_maps = process.requeue_maps = {{3, 4}};
  wait::Surroundings around;
  around.ours = around.own_namespaces = around.saw_everybody = true;
  around.no_signals = true;
  around.anonymous_outside = {{40, 3}};
  around.held_outside = {{5, 6}};
  around.eventfds_outside = {7};
  around.sockets_hold = around.strange_sockets = around.group_events = false;
  around.unreadable = 8;
  around.traces_outside = true;
  around.alarm = wait::Surroundings::Alarm::none;
  return {40, {process}, around, "somebody ran"};
}

TEST(FactsJson, EveryFieldGoesThereAndBack) {
  const ordered_json out = to_json(full());
  EXPECT_EQ(out.size(), 4U);
  EXPECT_EQ(out["around"].size(), 13U);
  const ordered_json& process = out["processes"][0];
  EXPECT_EQ(process.size(), 20U);
  EXPECT_EQ(process["threads"][0].size(), 20U);
  EXPECT_EQ(process["threads"][0]["futexes"][0].size(), 12U);
  EXPECT_EQ(process["threads"][0]["polled"][0].size(), 2U);
  EXPECT_EQ(process["threads"][0]["lock"].size(), 2U);
  EXPECT_EQ(process["threads"][0]["lock"]["lock"].size(), 4U);
  EXPECT_EQ(process["descriptors"][0].size(), 20U);
  EXPECT_EQ(process["descriptors"][0]["watched"][0].size(), 3U);
  const auto in = facts_from_json(out);
  ASSERT_TRUE(in) << in.error().text;
  EXPECT_EQ(to_json(*in), out);
  const wait::ThreadFacts& thread = in->processes[0].threads[0];
  EXPECT_EQ(thread.arguments, full_thread().arguments);
  EXPECT_EQ(thread.futexes[0].words, full_thread().futexes[0].words);
  EXPECT_EQ(thread.pc, full_thread().pc);
  EXPECT_EQ(in->processes[0].descriptors[0].peer, ~0ULL);
  EXPECT_EQ(in->processes[0].descriptors[0].target, -1);
}

TEST(FactsJson, DefaultsAreLeftOutAndPutBack) {
  EXPECT_EQ(to_json({}), ordered_json::object());
  const auto in = facts_from_json(
      ordered_json::parse(R"({"processes": [{"descriptors": [{}]}]})"));
  ASSERT_TRUE(in);
  EXPECT_TRUE(in->processes[0].timers);
  EXPECT_TRUE(in->processes[0].descriptors[0].receive_timed);
  EXPECT_EQ(in->around.alarm, wait::Surroundings::Alarm::unknown);
}

TEST(FactsJson, UnknownKeysAreIgnored) {
  EXPECT_TRUE(facts_from_json({{"later", 1}, {"root", 5}}));
}

TEST(FactsJson, WhatIsWrongIsNamed) {
  const auto fault = [](const char* text) {
    const auto in = facts_from_json(ordered_json::parse(text));
    return in ? "none" : in.error().text;
  };
  EXPECT_THAT(fault("[]"), HasSubstr("an object"));
  EXPECT_THAT(fault(R"({"root": "1"})"), HasSubstr("root: not a whole number"));
  EXPECT_THAT(fault(R"({"root": 1.5})"), HasSubstr("root"));
  EXPECT_THAT(fault(R"({"root": 18446744073709551615})"), HasSubstr("fits"));
  EXPECT_THAT(fault(R"({"processes": {}})"), HasSubstr("a list"));
  EXPECT_THAT(fault(R"({"processes": [{}, {"threads": [{"state": "SS"}]}]})"),
              HasSubstr("processes[1].threads[0].state: not one letter"));
  EXPECT_THAT(fault(R"({"processes": [{"threads": [{"pc": 5}]}]})"),
              HasSubstr("0x"));
  EXPECT_THAT(fault(R"({"processes": [{"threads": [{"pc": "0xg"}]}]})"),
              HasSubstr("0x"));
  EXPECT_THAT(fault(R"({"processes": [{"threads": [{"arguments": "0x1"}]}]})"),
              HasSubstr("as many words"));
  EXPECT_THAT(fault(R"({"around": {"alarm": "maybe"}})"),
              HasSubstr("around.alarm"));
  EXPECT_THAT(fault(R"({"around": {"held_outside": ["1"]}})"),
              HasSubstr("held_outside[0]"));
  EXPECT_THAT(fault(R"({"around": {"ours": 1}})"), HasSubstr("true or false"));
}

/// Every byte of a good file changed or cut off: an Error or facts, of which
/// the verdict says something.
TEST(FactsJson, DamageIsSurvived) {
  const std::string text = to_json(full()).dump();
  std::mt19937 random(1);
  int understood = 0;
  for (std::size_t at = 0; at < text.size(); ++at)
    for (const std::string& damaged :
         {text.substr(0, at),
          text.substr(0, at) + static_cast<char>(random() % 256) +
              text.substr(at + 1),
          text.substr(0, at) + static_cast<char>('0' + random() % 10) +
              text.substr(at + 1),
          text.substr(0, at) + text.substr(at + 1)}) {
      const auto object = ordered_json::parse(damaged, nullptr, false);
      if (object.is_discarded()) continue;
      const auto in = facts_from_json(object);
      if (!in) continue;
      const wait::Graph graph = wait::build_graph(*in);
      const wait::Verdict verdict = wait::decide(graph);
      judge::cause_of(graph, verdict);
      EXPECT_EQ(verdict.outlook.size(), graph.threads.size());
      ++understood;
    }
  EXPECT_GT(understood, 100);
}

}  // namespace
}  // namespace poolbugs::report
