// The facts of a process tree (platform/wait_facts.hpp) as JSON: for reports of
// a wrong verdict, and for tests that decide again what was once recorded.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "platform/result.hpp"
#include "platform/wait_facts.hpp"

namespace poolbugs::report {

/// Keys are the names of the fields; a field that has its default value is
/// left out. Addresses, arguments and memory are hexadecimal strings, a FileId
/// is "DEVICE:INODE". Texts may hold bytes that are not UTF-8: dump it with
/// error_handler_t::replace.
nlohmann::ordered_json to_json(const wait::Facts& facts);

/// A key that is not there leaves the default, an unknown one is ignored; one
/// that does not hold what it should is an Error that names it.
Result<wait::Facts> facts_from_json(const nlohmann::ordered_json& object);

}  // namespace poolbugs::report
