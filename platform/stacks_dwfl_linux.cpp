#include "platform/stacks_dwfl_linux.hpp"

#include <elfutils/libdwfl.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "platform/mapped_files_linux.hpp"
#include "platform/proc_linux.hpp"
#include "platform/stacks_lookup_linux.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::stacks {
namespace {

constexpr std::size_t most_frames = 64;

struct DwflEnd {
  void operator()(Dwfl* dwfl) const { ::dwfl_end(dwfl); }
};
/// Above these is only the start of the program or the thread.
bool is_outermost(std::string_view name) {
  static constexpr std::array names = {"start_thread",
                                       "clone",
                                       "__clone",
                                       "clone3",
                                       "__clone3",
                                       "_start",
                                       "__libc_start_main",
                                       "__libc_start_call_main",
                                       "__libc_start_main_impl",
                                       "execute_native_thread_routine"};
  return std::ranges::find(names, name) != names.end();
}

/// How the standard library calls what it was given.
bool is_plumbing(std::string_view name) {
  std::string outer;  // without what is in brackets
  int depth = 0;
  for (const char c : name) {
    if (c == '<' || c == '(') ++depth;
    if (depth == 0) outer += c;
    if (c == '>' || c == ')') --depth;
  }
  return outer.find("std::__invoke") != outer.npos ||
         outer.find("std::thread::_") != outer.npos ||
         outer.find("std::_Function_handler") != outer.npos;
}

std::optional<std::pair<int, int>> python_version(std::string_view file) {
  // libpython3.8.so.1.0, libpython3.6m.so.1.0, python3.11
  const std::size_t start = file.find("python");
  if (start == file.npos) return std::nullopt;
  int major = 0;
  int minor = 0;
  const char* end = file.data() + file.size();
  const auto [dot, wrong] =
      std::from_chars(file.data() + start + 6, end, major);
  if (wrong != std::errc{} || dot == end || *dot != '.') return std::nullopt;
  if (std::from_chars(dot + 1, end, minor).ec != std::errc{})
    return std::nullopt;
  return std::pair(major, minor);
}

class DwflImage : public Image {
 public:
  DwflImage(long process, SymbolCache& cache)
      : process_(process), cache_(cache) {}

  Result<void> report();
  std::optional<PythonPlace> python() override;
  std::vector<Frame> unwind(const CapturedThread& thread) override;
  std::string symbol(std::uint64_t pc) override;

 private:
  static int find_elf(Dwfl_Module* module, void** user, const char* name,
                      Dwarf_Addr base, char** file, Elf** elf);
  static pid_t next_thread(Dwfl* dwfl, void* self, void** thread);
  static bool get_thread(Dwfl* dwfl, pid_t id, void* self, void** thread);
  static bool read_memory(Dwfl* dwfl, Dwarf_Addr at, Dwarf_Word* word,
                          void* self);
  static bool set_registers(Dwfl_Thread* thread, void* self);
  static int add_frame(Dwfl_Frame* frame, void* self);

  [[nodiscard]] std::string proc_path(const std::string& file) const {
    return "/proc/" + std::to_string(process_) + "/" + file;
  }
  SymbolCache::Python find_python(Dwfl_Module* module, std::string_view name);
  std::vector<Frame> frames_at(Dwarf_Addr address);

  long process_;
  SymbolCache& cache_;
  UniqueFd root_;
  MappedFiles files_;
  std::unique_ptr<Dwfl, DwflEnd> dwfl_;
  bool attached_ = false;
  // While one thread is unwound.
  const CapturedThread* thread_ = nullptr;
  std::vector<Frame> frames_;
};

Result<void> DwflImage::report() {
  // Stays good when the process ends meanwhile.
  root_.reset(::open(proc_path("root").c_str(), O_PATH | O_CLOEXEC));
  files_ = mapped_files(proc::read_file(proc_path("maps").c_str(), 16 << 20));
  static const Dwfl_Callbacks callbacks = {
      .find_elf = find_elf,
      // The standard one would ask debuginfod servers.
      .find_debuginfo = ::dwfl_build_id_find_debuginfo,
      .section_address = nullptr,
      .debuginfo_path = nullptr,
  };
  dwfl_.reset(::dwfl_begin(&callbacks));
  if (!dwfl_) return Error{"dwfl_begin: out of memory"};
  const int error =
      ::dwfl_linux_proc_report(dwfl_.get(), static_cast<pid_t>(process_));
  if (error > 0) return errno_error(proc_path("maps"), error);
  if (error < 0 || ::dwfl_report_end(dwfl_.get(), nullptr, nullptr) != 0)
    return Error{std::string("dwfl_linux_proc_report: ") + ::dwfl_errmsg(-1)};
  // find_elf is not told for whom.
  const auto tell = [](Dwfl_Module*, void** user, const char*, Dwarf_Addr,
                       void* self) {
    *user = self;
    return static_cast<int>(DWARF_CB_OK);
  };
  ::dwfl_getmodules(dwfl_.get(), tell, this, 0);
  return {};
}

int DwflImage::find_elf(Dwfl_Module* module, void** user, const char* name,
                        Dwarf_Addr base, char** file, Elf** elf) {
  // "[vdso: PID]" is read from memory.
  if (name[0] != '/')
    return ::dwfl_linux_proc_find_elf(module, user, name, base, file, elf);
  const DwflImage& image = *static_cast<DwflImage*>(*user);
  const auto mapped = image.files_.find(std::string_view(name));
  if (mapped == image.files_.end()) return -1;
  const int fd =
      open_mapped(image.process_, image.root_.get(), name, mapped->second)
          .release();
  if (fd >= 0) *file = ::strdup(name);
  return fd;
}

SymbolCache::Python DwflImage::find_python(Dwfl_Module* module,
                                           std::string_view name) {
  SymbolCache::Python found;
  if (const auto version = python_version(name))
    std::tie(found.major, found.minor) = *version;
  Dwarf_Addr start = 0;
  ::dwfl_module_info(module, nullptr, &start, nullptr, nullptr, nullptr,
                     nullptr, nullptr);
  const int count = ::dwfl_module_getsymtab(module);
  for (int i = 1; i < count; ++i) {
    GElf_Sym entry;
    GElf_Addr at = 0;
    const char* symbol = ::dwfl_module_getsym_info(module, i, &entry, &at,
                                                   nullptr, nullptr, nullptr);
    if (symbol == nullptr || GELF_ST_TYPE(entry.st_info) != STT_OBJECT)
      continue;
    if (std::strcmp(symbol, "_PyRuntime") == 0 ||
        (std::strcmp(symbol, "interp_head") == 0 && !found.root))
      found.root = at - start;
    else if (std::strcmp(symbol, "Py_Version") == 0)
      found.version = at - start;
  }
  return found;
}

std::optional<PythonPlace> DwflImage::python() {
  struct Search {
    DwflImage* self;
    std::string program;
    std::optional<PythonPlace> place;
  } search{this, {}, {}};
  std::array<char, 4096> exe{};
  if (::readlink(proc_path("exe").c_str(), exe.data(), exe.size() - 1) > 0)
    search.program = exe.data();
  const auto look = [](Dwfl_Module* module, void**, const char* name,
                       Dwarf_Addr start, void* argument) {
    auto& [self, program, place] = *static_cast<Search*>(argument);
    const std::string base = base_name(name);
    if (!base.starts_with("libpython") && program != name)
      return static_cast<int>(DWARF_CB_OK);
    const auto file = self->files_.find(std::string_view(name));
    if (file == self->files_.end()) return static_cast<int>(DWARF_CB_OK);
    auto [known, is_new] = self->cache_.pythons.try_emplace(file->second.id);
    if (is_new) known->second = self->find_python(module, base);
    const SymbolCache::Python& found = known->second;
    if (!found.root) return static_cast<int>(DWARF_CB_OK);
    place = PythonPlace{start + *found.root, found.major, found.minor};
    std::uint64_t hex = 0;  // since 3.11
    if (found.version &&
        LiveMemory(self->process_).get(start + *found.version, hex)) {
      place->major = static_cast<int>(hex >> 24 & 0xff);
      place->minor = static_cast<int>(hex >> 16 & 0xff);
    }
    return static_cast<int>(DWARF_CB_ABORT);
  };
  ::dwfl_getmodules(dwfl_.get(), look, &search, 0);
  return search.place;
}

pid_t DwflImage::next_thread(Dwfl*, void* self, void** thread) {
  if (*thread != nullptr) return 0;
  *thread = self;
  return static_cast<pid_t>(static_cast<DwflImage*>(self)->thread_->id);
}

bool DwflImage::get_thread(Dwfl*, pid_t, void* self, void** thread) {
  *thread = self;
  return true;
}

bool DwflImage::read_memory(Dwfl*, Dwarf_Addr at, Dwarf_Word* word,
                            void* self) {
  const DwflImage& image = *static_cast<DwflImage*>(self);
  const CapturedThread& thread = *image.thread_;
  const std::uint64_t offset = at - thread.stack_pointer;
  if (thread.stack.size() >= sizeof *word &&
      offset <= thread.stack.size() - sizeof *word) {
    std::memcpy(word, thread.stack.data() + offset, sizeof *word);
    return true;
  }
  // Beyond the copy: a thread that hangs has not changed it.
  return LiveMemory(thread.id).get(at, *word);
}

bool DwflImage::set_registers(Dwfl_Thread* thread, void* self) {
  const CapturedThread& captured = *static_cast<DwflImage*>(self)->thread_;
  ::dwfl_thread_state_register_pc(thread, captured.pc);
  return ::dwfl_thread_state_registers(
      thread, 0, static_cast<unsigned>(captured.registers.size()),
      captured.registers.data());
}

int DwflImage::add_frame(Dwfl_Frame* frame, void* self) {
  auto& image = *static_cast<DwflImage*>(self);
  Dwarf_Addr pc = 0;
  bool activation = false;
  if (!::dwfl_frame_pc(frame, &pc, &activation)) return DWARF_CB_ABORT;
  // A return address may be the next function's first.
  for (Frame& one : image.frames_at(activation ? pc : pc - 1)) {
    if (is_outermost(one.function) && !image.frames_.empty())
      return DWARF_CB_ABORT;
    if (is_plumbing(one.function) && !image.frames_.empty()) continue;
    const bool last = one.function == "main";
    image.frames_.push_back(std::move(one));
    if (last || image.frames_.size() >= most_frames) return DWARF_CB_ABORT;
  }
  return DWARF_CB_OK;
}

std::vector<Frame> DwflImage::unwind(const CapturedThread& thread) {
  static const Dwfl_Thread_Callbacks callbacks = {
      .next_thread = next_thread,
      .get_thread = get_thread,
      .memory_read = read_memory,
      .set_initial_registers = set_registers,
      .detach = nullptr,
      .thread_detach = nullptr,
  };
  thread_ = &thread;
  frames_.clear();
  if (!attached_)
    attached_ = ::dwfl_attach_state(
        dwfl_.get(), nullptr, static_cast<pid_t>(process_), &callbacks, this);
  if (attached_)
    ::dwfl_getthread_frames(dwfl_.get(), static_cast<pid_t>(thread.id),
                            add_frame, this);
  thread_ = nullptr;
  if (frames_.empty()) frames_ = frames_at(thread.pc);
  // The C library without symbols: how it starts threads is of no interest.
  while (frames_.size() > 1 && frames_.back().function == "?")
    frames_.pop_back();
  return std::move(frames_);
}

std::vector<Frame> DwflImage::frames_at(Dwarf_Addr address) {
  Dwfl_Module* module = ::dwfl_addrmodule(dwfl_.get(), address);
  if (module == nullptr) return {Frame{"?", "", 0}};
  Dwarf_Addr start = 0;
  const char* name = ::dwfl_module_info(module, nullptr, &start, nullptr,
                                        nullptr, nullptr, nullptr, nullptr);
  const auto file = files_.find(std::string_view(name));
  if (file == files_.end()) return look_up(module, address);
  auto [known, is_new] = cache_.frames.try_emplace(
      SymbolCache::Place(file->second.id, address - start));
  if (is_new) known->second = look_up(module, address);
  return known->second;
}

std::string DwflImage::symbol(std::uint64_t pc) {
  Dwfl_Module* module = ::dwfl_addrmodule(dwfl_.get(), pc);
  if (module == nullptr) return {};
  const std::string name = function_at(module, pc);
  return name == "?" ? std::string() : name;
}

}  // namespace

Result<std::unique_ptr<Image>> Image::open(long process, SymbolCache& cache) {
  auto image = std::make_unique<DwflImage>(process, cache);
  if (const Result<void> done = image->report(); !done) return done.error();
  return std::unique_ptr<Image>(std::move(image));
}

}  // namespace poolbugs::stacks
