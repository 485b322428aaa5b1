#include "harness/report/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;
using fixture::slurp;
using fixture::spill;
using testing::ElementsAre;
using testing::HasSubstr;

class JournalTest : public testing::Test {
 protected:
  static plan::PlannedRun planned(const std::string& slug, int repetition = 1) {
    plan::PlannedRun run;
    run.item.area = "fork";
    run.item.slug = slug;
    run.program.name = "broken";
    run.start = StartMethod::fork;
    run.repetition = repetition;
    return run;
  }
  static Record record(const std::string& slug, int repetition = 1) {
    Record result = fixture::record("fork/" + slug, "broken", StartMethod::fork,
                                    Outcome::hang);
    result.repetition = repetition;
    return result;
  }
  static std::vector<std::string> keys(const std::vector<Record>& records) {
    std::vector<std::string> all;
    for (const Record& one : records) all.push_back(run_key(one));
    return all;
  }
  void create_with(const std::vector<Record>& records) {
    auto journal = Journal::create(file_, plan_);
    ASSERT_TRUE(journal) << journal.error().text;
    for (const Record& one : records) ASSERT_TRUE(journal->append(one));
  }
  std::string resume_error() {
    const auto resumed = Journal::resume(file_, plan_);
    return resumed ? "none" : resumed.error().text;
  }

  fixture::Folder folder_;
  std::filesystem::path file_ = folder_.path() / "journal.jsonl";
  std::vector<plan::PlannedRun> plan_{planned("a"), planned("b"),
                                      planned("b", 2)};
};

TEST_F(JournalTest, KeysTellRepetitionsApart) {
  EXPECT_EQ(run_key(planned("a")), "fork/a.broken.fork");
  EXPECT_EQ(run_key(planned("a", 2)), "fork/a.broken.fork#2");
  EXPECT_EQ(run_key(record("a", 3)), "fork/a.broken.fork#3");
  Record own = record("a");
  own.start_method.reset();
  EXPECT_EQ(run_key(own), "fork/a.broken");
}

TEST_F(JournalTest, EveryLineIsThereAtOnce) {
  auto journal = Journal::create(file_, plan_);
  ASSERT_TRUE(journal);
  ASSERT_TRUE(journal->append(record("a")));
  std::istringstream lines(slurp(file_));
  std::string header, line, more;
  std::getline(lines, header);
  std::getline(lines, line);
  EXPECT_EQ(nlohmann::json::parse(header)["plan"].size(), 3u);
  EXPECT_EQ(nlohmann::json::parse(line)["case"], "fork/a");
  EXPECT_FALSE(std::getline(lines, more));
}

TEST_F(JournalTest, GoesOnWhereItEnded) {
  create_with({record("a")});
  {
    auto resumed = Journal::resume(file_, plan_);
    ASSERT_TRUE(resumed) << resumed.error().text;
    EXPECT_THAT(keys(resumed->second), ElementsAre("fork/a.broken.fork"));
    ASSERT_TRUE(resumed->first.append(record("b", 2)));
  }
  const auto again = Journal::resume(file_, plan_);
  ASSERT_TRUE(again);
  EXPECT_THAT(keys(again->second),
              ElementsAre("fork/a.broken.fork", "fork/b.broken.fork#2"));
}

TEST_F(JournalTest, ALineThatWasCutIsDroppedWhereverItWasCut) {
  create_with({record("a"), record("b")});
  const std::string whole = slurp(file_);
  const std::size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t size = last; size < whole.size(); size += 7) {
    spill(file_, whole.substr(0, size));
    auto resumed = Journal::resume(file_, plan_);
    ASSERT_TRUE(resumed) << size << ": " << resumed.error().text;
    EXPECT_THAT(keys(resumed->second), ElementsAre("fork/a.broken.fork"));
    ASSERT_TRUE(resumed->first.append(record("b", 2)));
    EXPECT_EQ(keys(Journal::resume(file_, plan_)->second).size(), 2u) << size;
  }
}

TEST_F(JournalTest, ACutHeaderIsNothingToGoOnFrom) {
  create_with({});
  const std::string whole = slurp(file_);
  for (const std::size_t size : {std::size_t{0}, whole.size() / 2}) {
    spill(file_, whole.substr(0, size));
    EXPECT_THAT(resume_error(), HasSubstr("no whole line"));
    EXPECT_EQ(slurp(file_), whole.substr(0, size));
  }
}

TEST_F(JournalTest, GarbageInTheMiddleIsNamed) {
  create_with({record("a")});
  const std::string whole = slurp(file_);
  for (const char* garbage : {"\xff\xfe\n", "{\"case\": \n", "\n", "[1]\n"}) {
    spill(file_, whole + garbage + whole.substr(whole.find('\n') + 1));
    EXPECT_THAT(resume_error(), HasSubstr(file_.string() + ":3: ")) << garbage;
  }
}

TEST_F(JournalTest, ALineThatIsNoResultIsNamed) {
  create_with({});
  spill(file_, slurp(file_) + "{\"case\": \"fork/a\"}\n");
  EXPECT_THAT(resume_error(), HasSubstr(file_.string() + ":2: "));
}

TEST_F(JournalTest, SomeOtherFileIsNotAJournal) {
  for (const char* text : {"{}\n", "[]\n", "3\n", "{\"plan\": 1}\n"}) {
    spill(file_, text);
    EXPECT_THAT(resume_error(), HasSubstr(":1: this is not a journal")) << text;
    EXPECT_EQ(slurp(file_), text);
  }
}

TEST_F(JournalTest, OtherRunsThanThenAreNamed) {
  create_with({record("a")});
  plan_ = {planned("a"), planned("b"), planned("c")};
  EXPECT_THAT(resume_error(),
              testing::AllOf(HasSubstr("3 then, 3 now"),
                             HasSubstr("no longer fork/b.broken.fork#2"),
                             HasSubstr("now also fork/c.broken.fork")));
}

TEST_F(JournalTest, FewerRunsThanThenAreOthers) {
  create_with({});
  plan_.pop_back();
  EXPECT_THAT(resume_error(), HasSubstr("3 then, 2 now, no longer"));
}

TEST_F(JournalTest, AFileThatIsNotThereIsNamed) {
  EXPECT_EQ(resume_error(),
            "open " + file_.string() + ": No such file or directory");
  file_ = folder_.path() / "no/such";
  const auto created = Journal::create(file_, plan_);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().text,
            "open " + file_.string() + ": No such file or directory");
}

TEST_F(JournalTest, AFullDiskIsSaid) {
  const auto created = Journal::create("/dev/full", plan_);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().text, "write /dev/full: No space left on device");
}

TEST_F(JournalTest, OfNoFileKeepsNothing) {
  Journal journal;
  EXPECT_TRUE(journal.append(record("a")));
}

}  // namespace
}  // namespace poolbugs::report
