// What a person sees while a plan is run, and what is kept of each result.
#pragma once

#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/report/journal.hpp"
#include "harness/report/record.hpp"
#include "harness/run/runner.hpp"
#include "platform/console.hpp"

namespace poolbugs::cli {

/// On a terminal a live line below the results; otherwise plain lines.
class Progress final : public run::Observer {
 public:
  Progress(std::size_t total, report::Journal journal, Console& console,
           std::ostream& out, bool colour);

  void finished(const plan::PlannedRun& planned,
                const run::Observation& seen) override;
  void progress(std::span<const run::Active> active) override;
  [[nodiscard]] Descriptor wake_descriptor() const override;
  bool woken(std::span<const run::Active> active) override;

  /// Results that are known without a run (unsupported, or resumed).
  void add(report::Record record) { records_.push_back(std::move(record)); }
  void clear_line();

  [[nodiscard]] const std::vector<report::Record>& records() const {
    return records_;
  }
  /// The signal that asked us to stop.
  [[nodiscard]] std::optional<int> stopped_by() const { return stopped_by_; }
  /// Why results could not be kept; empty if they could.
  [[nodiscard]] const std::string& journal_error() const {
    return journal_error_;
  }

 private:
  void print_result(const report::Record& record);
  void print_active(std::span<const run::Active> active);

  std::size_t total_;
  report::Journal journal_;
  Console& console_;
  std::ostream& out_;
  bool live_, colour_;
  bool line_shown_ = false;
  run::Clock::time_point drawn_{};
  std::vector<report::Record> records_;
  std::optional<int> stopped_by_;
  std::string journal_error_;
};

}  // namespace poolbugs::cli
