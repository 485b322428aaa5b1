#include "harness/catalogue/case.hpp"

#include <algorithm>

namespace poolbugs::catalogue {

std::string file_name(std::string_view program, Language language) {
  return std::string(program) + (language == Language::cpp ? ".cpp" : ".py");
}

std::string Program::file_name() const {
  return catalogue::file_name(name, language);
}

const Program* Case::program(std::string_view wanted, Language language) const {
  const auto at = std::ranges::find_if(programs, [&](const Program& one) {
    return one.name == wanted && one.language == language;
  });
  return at == programs.end() ? nullptr : &*at;
}

}  // namespace poolbugs::catalogue
