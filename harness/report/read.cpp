#include "harness/report/read.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/report/files.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {

using Json = nlohmann::ordered_json;

Result<RecordFile> read_records(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return text.error();
  const auto lines = split_lines(*text);
  RecordFile result;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto where = fmt::format("{}:{}", file.generic_string(), i + 1);
    if (lines[i].find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto object = Json::parse(lines[i], nullptr, false);
    if (object.is_discarded()) {
      if (i + 1 < lines.size() || text->ends_with('\n'))
        return Error{where + ": not a line of JSON"};
      result.cut = where +
                   ": the last line is cut off; the run that it tells "
                   "of is missing here";
      break;
    }
    if (object.is_object() && object.contains("poolbugs")) continue;
    auto record = from_json(object);
    if (!record) return Error{where + ": " + record.error().text};
    result.records.push_back(std::move(*record));
  }
  return result;
}

}  // namespace poolbugs::report
