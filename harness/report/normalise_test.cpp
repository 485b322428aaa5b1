#include "harness/report/normalise.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <random>

#include "harness/report/record.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(StableLine, Pids) {
  EXPECT_EQ(stable_line("worker has pid 1234, ppid=17"),
            "worker has pid <pid>, ppid=<pid>");
  EXPECT_EQ(stable_line("pids 12, 13 and 14"), "pids <pid>, <pid> and <pid>");
  EXPECT_EQ(stable_line("getpid() = 31337"), "getpid() = <pid>");
  EXPECT_EQ(stable_line("==4711==ERROR: x"), "==<pid>==ERROR: x");
  EXPECT_EQ(stable_line("/proc/4711/task/4712/stat"),
            "/proc/<pid>/task/<pid>/stat");
  EXPECT_EQ(
      stable_line("<ForkProcess name='ForkPoolWorker-1' pid=12 parent=9>"),
      "<ForkProcess name='ForkPoolWorker-N' pid=<pid> parent=<pid>>");
}

TEST(StableLine, Addresses) {
  EXPECT_EQ(stable_line("at 0x7ffe12345678"), "at <address>");
  EXPECT_EQ(stable_line("thread 140234567890176"), "thread <address>");
  EXPECT_EQ(stable_line("status 0xC0000005"), "status 0xC0000005");
  EXPECT_EQ(stable_line("flags 0x8, main+0x1b3"), "flags 0x8, main+0x1b3");
}

TEST(StableLine, Times) {
  EXPECT_EQ(stable_line("after 0.12 s, 3ms or 2 seconds"),
            "after <time>, <time> or <time>");
  EXPECT_EQ(stable_line("2026-11-22T10:37:03.123Z up"), "<time> up");
  EXPECT_EQ(stable_line("[10:37:03] up"), "[<time>] up");
}

TEST(StableLine, RandomNames) {
  EXPECT_EQ(stable_line("/dev/shm/sem.mp-ab12cd_x"),
            "/dev/shm/sem.mp-<random>");
  EXPECT_EQ(stable_line("/psm_0a1b2c3d"), "/psm_<random>");
  EXPECT_EQ(stable_line("/tmp/poolbugs-k3XaQz/state.txt"),
            "/tmp/poolbugs-<random>/state.txt");
  EXPECT_EQ(stable_line("/tmp/stateQx81Yz"), "/tmp/state<random>");
  EXPECT_EQ(stable_line("semaphore /dev/shm/sem.permit-4711"),
            "semaphore /dev/shm/sem.permit-<random>");
  EXPECT_EQ(stable_line("/tmp/tmpab12cd34/x"), "/tmp/tmp<random>/x");
  EXPECT_EQ(stable_line("/tmp/results/part-1"), "/tmp/results/part-1");
  EXPECT_EQ(stable_line("id 123e4567-e89b-12d3-a456-426614174000"),
            "id <random>");
}

TEST(StableLine, WhichWorkerTookATask) {
  for (const char* number : {"1", "27"})
    EXPECT_EQ(stable_line(std::string("Process ForkServerPoolWorker-") +
                          number + ":"),
              "Process ForkServerPoolWorker-N:");
  EXPECT_EQ(stable_line("Process Process-1:"), "Process Process-1:");
}

TEST(StableLine, PathsOfAForkServer) {
  EXPECT_EQ(stable_line("main(5, 7, **{'sys_path': ['/a/b', '/c/d.zip']})"),
            "main(5, 7, **{'sys_path': [<paths>]})");
  EXPECT_EQ(stable_line("main(5, **{'sys_path': ['/a/b', '/c (2 times)"),
            "main(5, **{'sys_path': [<paths> (2 times)");
}

TEST(StableLine, AddressesThatPythonCut) {
  EXPECT_EQ(stable_line("<Future pendi...c6af21be0>()]>"),
            "<Future pendi...<address>>()]>");
  EXPECT_EQ(stable_line("a...b> 1...2>"), "a...b> 1...2>");
}

TEST(StableLine, NamesThatPythonMakes) {
  EXPECT_EQ(stable_line("<function work at 0x7f3b5c0d1e20>"),
            "<function work at <address>>");
  EXPECT_EQ(stable_line("/dev/shm/psm_1a2b3c4d and sem.mp-x8_jk2lm"),
            "/dev/shm/psm_<random> and sem.mp-<random>");
  EXPECT_EQ(stable_line("'/tmp/pymp-q1w2e3r4/listener-a_b_c_d_'"),
            "'/tmp/pymp-<random>/listener-<random>'");
  for (const std::string line :
       {"Process Process-1:2:", "Process ForkProcess-1:",
        "<ForkProcess name='Process-1:2' started>"})
    EXPECT_EQ(stable_line(line), line);
}

TEST(StableLine, DescriptorsAndLongNames) {
  EXPECT_EQ(stable_line("spawn_main(tracker_fd=6, pipe_handle=12)"),
            "spawn_main(tracker_fd=<fd>, pipe_handle=<fd>)");
  const std::string xs(60, 'x');
  const std::string want = "/tmp/job-" + xs.substr(0, 20) + "…<random>/s";
  EXPECT_EQ(stable_line("/tmp/job-" + xs + "pd1_2abc/s"), want);
  // The random part may begin with the same letter.
  EXPECT_EQ(stable_line("/tmp/job-" + xs + "xxd1_2ab/s"), want);
  EXPECT_EQ(stable_line(want), want);
}

TEST(StableOutput, TracebacksOfAStormAreToldByTheirEnds) {
  std::vector<std::string> lines;
  for (int i = 0; i < 200; ++i)
    lines.insert(
        lines.end(),
        {"Traceback (most recent call last):", "  File \"x.py\", line 1, in f",
         i % 2 ? "RuntimeError: started too early"
               : "FileNotFoundError: no file of pid " + std::to_string(i)});
  std::mt19937 random(1);
  std::shuffle(lines.begin(), lines.end(), random);
  TextLimits limits;
  EXPECT_THAT(stable_output(join_lines(lines), limits),
              HasSubstr("lines left out"));
  limits.count_is_stable = false;
  const std::string want =
      "… tracebacks of many processes, mixed; they end with:\n"
      "  FileNotFoundError: no file of pid <pid>\n"
      "  RuntimeError: started too early\n";
  EXPECT_EQ(stable_output(join_lines(lines), limits), want);
  EXPECT_EQ(stable_output(want, limits), want);
  // One or two tell what happened.
  lines = {"Traceback (most recent call last):", "RuntimeError: once"};
  EXPECT_EQ(stable_output(join_lines(lines), limits), join_lines(lines));
}

TEST(StableLine, SetsAreInOrder) {
  const std::string sorted = "2 leaked: {'/mp-<random>', '/psm_<random>'}";
  EXPECT_EQ(stable_line("2 leaked: {'/psm_1a2b3c4d', '/mp-x8_jk2lm'}"), sorted);
  EXPECT_EQ(stable_line("2 leaked: {'/mp-x8_jk2lm', '/psm_1a2b3c4d'}"), sorted);
  EXPECT_EQ(stable_line("{'b': 'x', 'a': 'y'}"), "{'b': 'x', 'a': 'y'}");
}

TEST(StableLine, OrdinaryNumbersAndWordsStay) {
  for (const std::string line : {"observed: 1234567",
                                 "expected: 0.1",
                                 "observed: -17",
                                 "1,234,567",
                                 "worker 3 of 12",
                                 "exit 70",
                                 "values[12]: 9",
                                 "item 3: 4 slots",
                                 "observed: 12345678901234567890",
                                 "version 1.81.0",
                                 "0x1F",
                                 "100 %",
                                 "port 8080",
                                 "signal 11",
                                 "1e9 items",
                                 "5 semaphores",
                                 "12:34",
                                 "/usr/lib/x86_64-linux-gnu/libc.so.6",
                                 "rapid 12",
                                 "3 messages"})
    EXPECT_EQ(stable_line(line), line);
}

TEST(StableOutput, LongOutputKeepsItsEndsAndACount) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += fmt::format("line {}\n", i);
  const auto lines = split_lines(stable_output(text));
  ASSERT_EQ(lines.size(), 51u);
  EXPECT_EQ(lines[39], "line 39");
  EXPECT_EQ(lines[40], "… 950 lines left out");
  EXPECT_EQ(lines[41], "line 990");
  // 51 lines are shown rather than one of them being called "1 line".
  text.clear();
  for (int i = 0; i < 51; ++i) text += fmt::format("line {}\n", i);
  EXPECT_EQ(stable_output(text), text);
}

TEST(StableOutput, AnUnstableCountIsNotTold) {
  const auto flood = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += fmt::format("line {}\n", i);
    TextLimits limits;
    limits.count_is_stable = false;
    return stable_output(text, limits);
  };
  EXPECT_EQ(flood(5000), flood(7777));
  EXPECT_THAT(flood(5000),
              testing::EndsWith("line 39\n"
                                "… more lines, not the same number in each "
                                "run\n"));
}

TEST(StableOutput, EqualLinesAreToldOnce) {
  std::string text = "begin\n";
  for (int i = 0; i < 5000; ++i) text += fmt::format("pid {} starts\n", i);
  EXPECT_THAT(stable_output(text), HasSubstr("pid <pid> starts\n"));
  EXPECT_EQ(stable_output("a\nx\nx\nx\nb\n"), "a\nx\nx\nx\nb\n");
  TextLimits three;
  three.same = 3;
  EXPECT_EQ(stable_output("a\nx\nx\nx\nx\nb\n", three),
            "a\nx\n… the same line, more than 3 times in all\nb\n");
}

TEST(StableOutput, LongLinesAreCut) {
  const auto text = stable_output(std::string(1 << 20, 'a'));
  EXPECT_LE(text.size(), 401u);
  EXPECT_THAT(text, testing::EndsWith(" … (line cut)\n"));
}

TEST(StableList, SortsAndCounts) {
  EXPECT_THAT(
      stable_list({"process sleep 9", "file /tmp/x", "process sleep 9"}),
      ElementsAre("file /tmp/x", "process sleep 9 (2 times)"));
  EXPECT_THAT(stable_list(std::vector<std::string>(300, "process x")),
              ElementsAre("process x (more than 16 times)"));
  EXPECT_THAT(stable_list({"worker 10, thread 1: S", "worker 2, thread 1: S",
                           "parent, thread 1: S in waitid"}),
              ElementsAre("parent, thread 1: S in waitid",
                          "worker 2, thread 1: S", "worker 10, thread 1: S"));
}

/// Pieces that rules look for, put together at random.
std::string random_text(std::mt19937& random) {
  static const std::vector<std::string> pieces = {"pid ",
                                                  "12345",
                                                  "0x7fff",
                                                  "12345678",
                                                  " 3 s",
                                                  "\n",
                                                  "worker 1: ",
                                                  "parent: ",
                                                  "observed: ",
                                                  "/tmp/",
                                                  "-aB3dE9",
                                                  "sem.mp-",
                                                  "\x1B[0m",
                                                  "\xFF",
                                                  "…",
                                                  " and ",
                                                  ", ",
                                                  "10:20:30",
                                                  "2026-01-02 ",
                                                  "=",
                                                  "<pid>",
                                                  "/proc/",
                                                  "  ",
                                                  "(2 times)",
                                                  "more than ",
                                                  "\t",
                                                  "==",
                                                  "abc",
                                                  "_",
                                                  ".",
                                                  "{'",
                                                  "', '",
                                                  "'}",
                                                  "/lib/python3.9/",
                                                  "/bin/python3",
                                                  "/a/b/broken.py"};
  std::string text;
  const int count = static_cast<int>(random() % 60);
  for (int i = 0; i < count; ++i) text += pieces[random() % pieces.size()];
  return text;
}

TEST(Normalise, IsIdempotentOnAnyText) {
  std::mt19937 random(3);
  TextLimits tight;
  tight.first = 4;
  tight.last = 2;
  tight.same = 2;
  tight.line_bytes = 40;
  for (int round = 0; round < 150; ++round) {
    const auto text = random_text(random);
    const auto line = stable_line(text);
    ASSERT_EQ(stable_line(line), line) << text;
    const auto once = stable_output(text, tight);
    ASSERT_EQ(stable_output(once, tight), once) << text;
    const auto list = stable_list(split_lines(text), 2);
    ASSERT_EQ(stable_list(list, 2), list) << text;
  }
}

TEST(Normalise, IsIdempotentOnRecords) {
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    Record record;
    record.out = random_text(random);
    record.err = random_text(random);
    record.ended = round % 2 ? "exit 0" : "ended by poolbugs: quiescent";
    record.explanation = split_lines(random_text(random));
    record.left = split_lines(random_text(random));
    record.threads = split_lines(random_text(random));
    record.seconds = 1;
    const auto once = normalise(record);
    ASSERT_EQ(to_json(normalise(once)), to_json(once));
    ASSERT_FALSE(once.seconds);
  }
}

TEST(Normalise, CountsOverALimitSayNoMore) {
  Record record;
  record.explanation = {"It started 4,812 processes, limit 512.",
                        "It used 3 MiB (limit 64).",
                        "There were 80 processes (the limit is 64)."};
  EXPECT_THAT(normalise(record).explanation,
              ElementsAre("It started more than 512 processes.",
                          "It used 3 MiB (limit 64).",
                          "There were more than 64 processes."));
}

TEST(Normalise, ThreadsOfABusyRunAreAMatterOfTheInstant) {
  Record record;
  record.outcome = catalogue::Outcome::hang;
  record.threads = {"parent, thread 1: R"};
  record.explanation = {"It did not end.", "When it was ended: parent runs."};
  record.grade = catalogue::Grade::spinning;
  EXPECT_THAT(normalise(record).threads, ElementsAre());
  EXPECT_THAT(normalise(record).explanation, ElementsAre("It did not end."));
  record.grade = catalogue::Grade::quiescent;
  EXPECT_THAT(normalise(record).threads, ElementsAre("parent, thread 1: R"));
  EXPECT_EQ(normalise(record).explanation, record.explanation);
}

TEST(Normalise, OfAThreadInPythonThePythonFramesStay) {
  Record record;
  record.outcome = catalogue::Outcome::hang;
  record.grade = catalogue::Grade::proven;
  record.stacks = {"parent, thread 1: futex ← PyEval_EvalCode (ceval.c:1)",
                   "parent, thread 1: Python: Queue.get (queue.py:1)",
                   "parent, thread 2: poll ← main",
                   "worker 1, thread 1: read ← main"};
  EXPECT_THAT(normalise(record).stacks,
              ElementsAre("parent, thread 1: Python: Queue.get (queue.py:1)",
                          "parent, thread 2: poll ← main",
                          "worker 1, thread 1: read ← main"));
}

TEST(Normalise, HardLinesCostLittle) {
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string piece :
       {"/tmp/", "a", "1", "/tmp/a-", "pid 1,", "0x1", "-", "/dev/shm/a_"}) {
    std::string line;
    while (line.size() < 1 << 18) line += piece;
    (void)stable_output(line);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

}  // namespace
}  // namespace poolbugs::report
