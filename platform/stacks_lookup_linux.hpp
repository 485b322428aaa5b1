// Names and lines of addresses, by libdw.
#pragma once

#include <elfutils/libdwfl.h>

#include <string>
#include <string_view>
#include <vector>

#include "platform/stacks.hpp"

namespace poolbugs::stacks {

/// What is at an address of a module: the functions inlined there, innermost
/// first, then the one that contains them.
std::vector<Frame> look_up(Dwfl_Module* module, Dwarf_Addr address);

/// From the symbol table; "?" if unknown.
std::string function_at(Dwfl_Module* module, Dwarf_Addr address);

/// What a linker calls it, without parameters and "[clone …]".
std::string readable_name(const char* linkage_name);

std::string base_name(std::string_view path);

}  // namespace poolbugs::stacks
