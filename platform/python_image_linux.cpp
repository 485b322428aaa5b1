// Where CPython keeps the descriptor of signal.set_wakeup_fd(), as the debug
// information of builds of each version says (Modules/signalmodule.c):
//   2.7, 3.6:      static volatile sig_atomic_t wakeup_fd = -1;
//   3.7 to 3.11:   static volatile struct { sig_atomic_t fd;
//                    int warn_on_full_buffer; } wakeup = {-1, 1};
//   3.12 and 3.13: in _PyRuntime, behind the table of handlers
//                    (Include/internal/pycore_signal.h).
// It begins with these values, and compilers leave it whole because it is
// volatile (LLVM: analyzeGlobalAux() in lib/Transforms/Utils/GlobalStatus.cpp).
#include "platform/python_image_linux.hpp"

#include <gelf.h>

#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace poolbugs::stacks {
namespace {

struct ElfEnd {
  void operator()(Elf* elf) const { ::elf_end(elf); }
};

#if defined(__aarch64__)
constexpr int our_machine = EM_AARCH64;
#else
constexpr int our_machine = EM_X86_64;
#endif

constexpr std::size_t most_wakeups = 256;

bool is_named(std::string_view symbol, std::string_view wanted) {
  // Link time optimization may add ".lto_priv.0" to what is static.
  return symbol.starts_with(wanted) &&
         (symbol.size() == wanted.size() || symbol[wanted.size()] == '.');
}

class File {
 public:
  explicit File(int file)
      : elf_(::elf_begin(file, ELF_C_READ_MMAP, nullptr)),
        bytes_(elf_ ? ::elf_rawfile(elf_.get(), &size_) : nullptr) {}

  bool is_ours(PythonImage& image) {
    GElf_Ehdr header;
    if (bytes_ == nullptr || ::gelf_getehdr(elf_.get(), &header) == nullptr ||
        header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_machine != our_machine)
      return false;
    image.moves = header.e_type == ET_DYN;
    std::size_t count = 0;
    if (::elf_getphdrnum(elf_.get(), &count) != 0) return false;
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Phdr segment;
      if (::gelf_getphdr(elf_.get(), static_cast<int>(i), &segment) == nullptr)
        return false;
      if (segment.p_type != PT_LOAD) continue;
      if (segment.p_offset > size_ || segment.p_filesz > segment.p_memsz ||
          segment.p_filesz > size_ - segment.p_offset)
        return false;
      segments_.push_back(segment);
    }
    if (segments_.empty()) return false;
    const GElf_Phdr& last = segments_.back();  // they are in ascending order
    image.first = segments_.front().p_vaddr - segments_.front().p_offset;
    image.end = last.p_vaddr + last.p_memsz;
    return true;
  }

  /// Calls `take` with each variable that the file defines.
  template <class Take>
  void symbols(GElf_Word kind, Take take) {
    for (Elf_Scn* section = ::elf_nextscn(elf_.get(), nullptr);
         section != nullptr; section = ::elf_nextscn(elf_.get(), section)) {
      GElf_Shdr header;
      if (::gelf_getshdr(section, &header) == nullptr || header.sh_type != kind)
        continue;
      const Elf_Data* data = ::elf_getdata(section, nullptr);
      const Elf_Data* names =
          ::elf_getdata(::elf_getscn(elf_.get(), header.sh_link), nullptr);
      if (data == nullptr || names == nullptr || names->d_size == 0) continue;
      const auto* text = static_cast<const char*>(names->d_buf);
      if (text[names->d_size - 1] != '\0') continue;
      for (const Elf64_Sym& one :
           std::span(static_cast<const Elf64_Sym*>(data->d_buf),
                     data->d_size / sizeof(Elf64_Sym)))
        if (one.st_shndx != SHN_UNDEF && one.st_name < names->d_size &&
            ELF64_ST_TYPE(one.st_info) == STT_OBJECT)
          take(text + one.st_name, one);
    }
  }

  /// What the file holds of a segment.
  [[nodiscard]] std::span<const char> content(const GElf_Phdr& segment) const {
    return {bytes_ + segment.p_offset, segment.p_filesz};
  }
  [[nodiscard]] std::uint32_t word(std::uint64_t address) const {
    std::uint32_t value = 0;
    for (const GElf_Phdr& segment : segments_) {
      const std::uint64_t at = address - segment.p_vaddr;
      if (at < segment.p_filesz && segment.p_filesz - at >= sizeof value)
        std::memcpy(&value, content(segment).data() + at, sizeof value);
    }
    return value;
  }
  template <class Take>
  void writable(Take take) const {
    for (const GElf_Phdr& segment : segments_)
      if ((segment.p_flags & PF_W) != 0) take(segment);
  }

 private:
  std::unique_ptr<Elf, ElfEnd> elf_;
  std::size_t size_ = 0;
  const char* bytes_ = nullptr;
  std::vector<GElf_Phdr> segments_;
};

void read_exported(File& file, PythonImage& image) {
  std::uint64_t version = 0;
  std::uint64_t old_int = 0;
  const std::array<std::pair<std::string_view, std::uint64_t*>, 9> wanted{{
      {"_PyRuntime", &image.runtime},
      {"Py_Version", &version},
      {"PyCFunction_Type", &image.builtin_type},
      {"PyMethod_Type", &image.method_type},
      {"PyFunction_Type", &image.function_type},
      {"PyCode_Type", &image.code_type},
      {"PyBaseObject_Type", &image.object_type},
      {"PyLong_Type", &image.int_type},
      {"PyInt_Type", &old_int},  // of Python 2
  }};
  file.symbols(SHT_DYNSYM, [&](const char* text, const Elf64_Sym& symbol) {
    const std::string_view name = text;
    for (const auto& [symbol_name, address] : wanted)
      if (name == symbol_name) *address = symbol.st_value;
    if (image.runtime != 0 && symbol.st_value == image.runtime)
      image.runtime_size = symbol.st_size;
  });
  if (old_int != 0) image.int_type = old_int;
  if (version != 0) image.version = file.word(version);
}

void find_named_wakeup(File& file, PythonImage& image) {
  const std::string_view wanted = image.runtime != 0 ? "wakeup" : "wakeup_fd";
  const std::uint64_t size = image.runtime != 0 ? 8 : 4;
  file.symbols(SHT_SYMTAB, [&](const char* name, const Elf64_Sym& symbol) {
    // Names lie all over the file: the last to look at.
    if (symbol.st_size == size && is_named(name, wanted) &&
        file.word(symbol.st_value) == ~0U)
      image.wakeups.push_back({symbol.st_value});
  });
  image.wakeup_named = !image.wakeups.empty();
}

/// Without a symbol: every place that begins as it does.
void find_wakeup_by_value(const File& file, PythonImage& image) {
  constexpr std::array<char, 8> wanted{'\xff', '\xff', '\xff', '\xff', 1};
  constexpr std::array<char, 4> ones{'\xff', '\xff', '\xff', '\xff'};
  file.writable([&](const GElf_Phdr& segment) {
    const std::span<const char> bytes = file.content(segment);
    for (std::size_t at = -segment.p_vaddr % 4; at + 8 <= bytes.size(); at += 4)
      if (std::memcmp(bytes.data() + at, wanted.data(), 8) == 0)
        image.wakeups.push_back(
            {segment.p_vaddr + at,
             (segment.p_vaddr + at) % 8 == 4 && at >= 4 &&
                 std::memcmp(bytes.data() + at - 4, ones.data(), 4) == 0});
  });
  if (image.wakeups.size() > most_wakeups) image.wakeups.clear();
}

}  // namespace

ImageKind read_python_image(int file, PythonImage& image) {
  ::elf_version(EV_CURRENT);
  File elf(file);
  if (!elf.is_ours(image)) return ImageKind::unreadable;
  read_exported(elf, image);
  if (image.builtin_type == 0 || image.int_type == 0) return ImageKind::other;
  elf.writable([&](const GElf_Phdr& segment) {
    if (segment.p_memsz > segment.p_filesz)
      image.zeroed.push_back({segment.p_vaddr + segment.p_filesz,
                              segment.p_vaddr + segment.p_memsz});
  });
  if (image.at_least(12)) return ImageKind::python;
  find_named_wakeup(elf, image);
  if (!image.wakeup_named && image.runtime != 0)
    find_wakeup_by_value(elf, image);
  return ImageKind::python;
}

}  // namespace poolbugs::stacks
