#include "platform/stacks_lookup_linux.hpp"

#include <cxxabi.h>
#include <dwarf.h>
#include <gelf.h>

#include <cstdlib>
#include <memory>

namespace poolbugs::stacks {
namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
using Scopes = std::unique_ptr<Dwarf_Die[], Free>;

/// Its name in the source, with those of the classes and namespaces around.
std::string qualified_name(Dwarf_Die die) {
  // An inlined function stands where it is used; where it was declared is said
  // by its origin, and of a member's definition by its specification.
  Dwarf_Attribute attribute;
  for (const unsigned link : {DW_AT_abstract_origin, DW_AT_specification}) {
    Dwarf_Die origin;
    if (::dwarf_attr(&die, link, &attribute) != nullptr &&
        ::dwarf_formref_die(&attribute, &origin) != nullptr)
      die = origin;
  }
  const char* own = ::dwarf_diename(&die);
  if (own == nullptr) return "?";
  std::string name = own;
  Dwarf_Die* raw = nullptr;
  const int count = ::dwarf_getscopes_die(&die, &raw);
  const Scopes scopes(raw);
  for (int i = 1; i < count; ++i) {
    const int tag = ::dwarf_tag(&scopes[i]);
    const char* around = ::dwarf_diename(&scopes[i]);
    if (tag == DW_TAG_namespace && around == nullptr)
      name.insert(0, "(anonymous namespace)::");
    else if (around != nullptr &&
             (tag == DW_TAG_namespace || tag == DW_TAG_class_type ||
              tag == DW_TAG_structure_type || tag == DW_TAG_subprogram))
      name.insert(0, std::string(around) + "::");
  }
  return name;
}

/// A function's name as the linker has it, else as in the source.
std::string name_of(Dwarf_Die& die) {
  Dwarf_Attribute attribute;
  const char* name = ::dwarf_formstring(
      ::dwarf_attr_integrate(&die, DW_AT_linkage_name, &attribute));
  return name == nullptr ? qualified_name(die) : readable_name(name);
}

/// Functions that were inlined at this address, innermost first.
std::vector<Dwarf_Die> inlined_at(Dwfl_Module* module, Dwarf_Addr address) {
  Dwarf_Addr bias = 0;
  Dwarf_Die* unit = ::dwfl_module_addrdie(module, address, &bias);
  if (unit == nullptr) return {};
  Dwarf_Die* raw = nullptr;
  int count = ::dwarf_getscopes(unit, address - bias, &raw);
  Scopes scopes(raw);
  if (count <= 0) return {};
  // These go on where the innermost inlined function was written; wanted are
  // the scopes around the place where it is used.
  raw = nullptr;
  Dwarf_Die innermost = scopes[0];
  count = ::dwarf_getscopes_die(&innermost, &raw);
  scopes.reset(raw);
  std::vector<Dwarf_Die> inlined;
  for (int i = 0; i < count; ++i) {
    const int tag = ::dwarf_tag(&scopes[i]);
    if (tag == DW_TAG_inlined_subroutine) inlined.push_back(scopes[i]);
    if (tag == DW_TAG_subprogram) break;
  }
  return inlined;
}

/// Where an inlined function was called.
void set_call_site(Dwarf_Die& inlined, Frame& caller) {
  Dwarf_Attribute attribute;
  Dwarf_Word file = 0;
  Dwarf_Word line = 0;
  Dwarf_Die unit;
  Dwarf_Files* files = nullptr;
  caller.line = 0;
  if (::dwarf_formudata(::dwarf_attr(&inlined, DW_AT_call_line, &attribute),
                        &line) == 0)
    caller.line = static_cast<int>(line);
  if (::dwarf_formudata(::dwarf_attr(&inlined, DW_AT_call_file, &attribute),
                        &file) == 0 &&
      ::dwarf_diecu(&inlined, &unit, nullptr, nullptr) != nullptr &&
      ::dwarf_getsrcfiles(&unit, &files, nullptr) == 0)
    if (const char* path = ::dwarf_filesrc(files, file, nullptr, nullptr))
      caller.file = base_name(path);
}

/// Whether the file itself holds debug information. What distributions ship
/// apart is compressed: unpacking libc's takes 100 ms a process, for lines that
/// nobody here can change.
bool describes_itself(Dwfl_Module* module) {
  GElf_Addr bias = 0;
  Elf* elf = ::dwfl_module_getelf(module, &bias);
  std::size_t names = 0;
  if (elf == nullptr || ::elf_getshdrstrndx(elf, &names) != 0) return false;
  for (Elf_Scn* section = ::elf_nextscn(elf, nullptr); section != nullptr;
       section = ::elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (::gelf_getshdr(section, &header) == nullptr) return false;
    const char* name = ::elf_strptr(elf, names, header.sh_name);
    if (name != nullptr && std::string_view(name).ends_with("debug_info"))
      return true;
  }
  return false;
}

}  // namespace

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string function_at(Dwfl_Module* module, Dwarf_Addr address) {
  GElf_Off offset = 0;
  GElf_Sym entry;
  const char* name = ::dwfl_module_addrinfo(module, address, &offset, &entry,
                                            nullptr, nullptr, nullptr);
  return name == nullptr ? "?" : readable_name(name);
}

std::vector<Frame> look_up(Dwfl_Module* module, Dwarf_Addr address) {
  Frame here{"?", "", 0};
  const bool has_lines = describes_itself(module);
  const char* path = nullptr;
  if (Dwfl_Line* line =
          has_lines ? ::dwfl_module_getsrc(module, address) : nullptr)
    path =
        ::dwfl_lineinfo(line, nullptr, &here.line, nullptr, nullptr, nullptr);
  if (path == nullptr)
    path = ::dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr,
                              nullptr, nullptr, nullptr);
  here.file = base_name(path == nullptr ? "" : path);
  std::vector<Frame> frames;
  if (has_lines) {
    for (Dwarf_Die& die : inlined_at(module, address)) {
      here.function = name_of(die);
      frames.push_back(here);
      set_call_site(die, here);
    }
  }
  here.function = function_at(module, address);
  frames.push_back(here);
  return frames;
}

std::string readable_name(const char* linkage_name) {
  std::string_view linked = linkage_name;
  // "read@@GLIBC_2.2.5", "f.cold", "f.constprop.0"
  linked = linked.substr(0, linked.find('@'));
  linked = linked.substr(0, linked.find('.', 1));
  const std::string plain(linked);
  int status = 0;
  const std::unique_ptr<char, Free> demangled(
      abi::__cxa_demangle(plain.c_str(), nullptr, nullptr, &status));
  if (status != 0 || !demangled) return plain;
  std::string name = demangled.get();
  // The parameters are the last round brackets outside of all others; only
  // "const" and the like may follow.
  int depth = 0;
  for (std::size_t i = name.size(); i-- > 0;) {
    if (depth == 0 && (name[i] == '}' || name[i] == '>')) break;
    if (name[i] == ')') ++depth;
    if (name[i] == '(' && --depth == 0) {
      if (i > 0) name.resize(i);
      break;
    }
  }
  return name;
}

}  // namespace poolbugs::stacks
