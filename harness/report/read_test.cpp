#include "harness/report/read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class ReadRecords : public testing::Test {
 protected:
  Result<RecordFile> read(const std::string& text) {
    const auto file = folder_.path() / "x.jsonl";
    fixture::spill(file, text);
    return read_records(file);
  }
  fixture::Folder folder_;
  const std::string line_ = to_json(fixture::linux_run(1).front()).dump();
};

TEST_F(ReadRecords, SkipsTheHeaderAndEmptyLines) {
  const auto file = read("{\"poolbugs\": 1}\n" + line_ + "\n\n" + line_ + "\n");
  ASSERT_TRUE(file) << file.error().text;
  EXPECT_EQ(file->records.size(), 2u);
  EXPECT_EQ(file->cut, "");
}

TEST_F(ReadRecords, ALastLineWithoutItsEndMayStillBeWhole) {
  EXPECT_EQ(read(line_)->records.size(), 1u);
}

TEST_F(ReadRecords, ACutLastLineIsTold) {
  // Wherever it is cut; 13 steps over every kind of place.
  for (std::size_t cut = 1; cut < line_.size(); cut += 13) {
    const auto file = read(line_ + "\n" + line_.substr(0, cut));
    ASSERT_TRUE(file) << file.error().text;
    ASSERT_EQ(file->records.size(), 1u);
    ASSERT_THAT(file->cut, HasSubstr("x.jsonl:2: the last line is cut off"));
  }
}

TEST_F(ReadRecords, FaultsHaveALine) {
  EXPECT_THAT(read(line_ + "\nnonsense\n" + line_).error().text,
              EndsWith("x.jsonl:2: not a line of JSON"));
  EXPECT_THAT(read(line_ + "\n{}\n").error().text,
              EndsWith("x.jsonl:2: no key `case`"));
  EXPECT_THAT(read("[]\n").error().text,
              EndsWith("x.jsonl:1: a result is not a JSON object"));
  EXPECT_THAT(read_records(folder_.path() / "none").error().text,
              HasSubstr("No such file"));
}

}  // namespace
}  // namespace poolbugs::report
