#include "harness/cli/report_command.hpp"

#include <ostream>

#include "harness/report/read.hpp"
#include "harness/report/report.hpp"

namespace poolbugs::cli {

int report_command(const ReportOptions& options, std::ostream& out,
                   std::ostream& err) {
  const auto catalogue = load_or_explain(options.paths.cases, err);
  if (!catalogue) return 2;
  std::vector<report::Record> records;
  for (const std::filesystem::path& file : options.files) {
    const auto read = report::read_records(file);
    if (!read) {
      err << "poolbugs: " << read.error().text << "\n";
      return 2;
    }
    if (!read->cut.empty()) err << "poolbugs: " << read->cut << "\n";
    records.insert(records.end(), read->records.begin(), read->records.end());
  }
  const auto wrote = report::write_reports(*catalogue, records, options.to);
  if (!wrote) {
    err << "poolbugs: " << wrote.error().text << "\n";
    return 3;
  }
  for (const std::string& name : wrote->unknown)
    err << "poolbugs: " << name
        << " is in the results but not among the cases; it is left out\n";
  out << records.size() << " results; open "
      << (options.to / "index.md").string() << "\n";
  return 0;
}

}  // namespace poolbugs::cli
