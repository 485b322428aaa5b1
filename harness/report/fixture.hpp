// A small corpus with results, for tests of reports alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/catalogue/catalogue.hpp"
#include "harness/report/record.hpp"

namespace poolbugs::report::fixture {

/// An empty folder that goes with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string slurp(const std::filesystem::path& file);
void spill(const std::filesystem::path& file, const std::string& text);

/// fork/held-mutex (fork, spawn, forkserver), fork/stdio-buffer (own children)
/// and spawn/globals-lost, with sources below `root`.
catalogue::Catalogue corpus(const std::filesystem::path& root);

/// A result of fork/held-mutex on linux, as promised.
Record record(const std::string& case_name, const std::string& program,
              std::optional<StartMethod> start, catalogue::Outcome outcome);

/// What a whole run on linux gives. Everything that may change between runs
/// does so with `seed`: pids, addresses, times, names, the order of lines of
/// different processes and of the records.
std::vector<Record> linux_run(unsigned seed);

/// The same cases, fork/held-mutex with Python programs beside those in C++,
/// and cases with Python programs alone: async/lost-error, spawn/slow-start,
/// shutdown/left-open (own children) and async/not-yet.
catalogue::Catalogue python_corpus(const std::filesystem::path& root);

/// A result of broken.py or fixed.py, as promised.
Record python_record(const std::string& case_name, const std::string& program,
                     const std::string& version,
                     std::optional<StartMethod> start,
                     catalogue::Outcome outcome);

/// What a run of all interpreters gives, shuffled by `seed`: 2.7.18, 3.6.15,
/// 3.7.16, 3.12.1 and 3.13.0. Under fork, held-mutex always hangs; lost-error
/// is fixed in 3.7; slow-start hangs under spawn from 3.12 on; left-open needs
/// 3.7 and fails nowhere; not-yet was not run.
std::vector<Record> python_run(unsigned seed);

/// The front page's and pages' text, compared with golden/NAME. With
/// POOLBUGS_UPDATE_GOLDEN=1 the file is written instead.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace poolbugs::report::fixture
