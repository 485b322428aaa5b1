// Writes what nobody expects:
//   flood FD   1 GiB
//   nul        NUL bytes
//   invalid    bytes that are not UTF-8
//   terminal   what clears a screen, sets a title and rings
//   hello      a line, for comparison
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace std::string_view_literals;
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "flood" && argc == 3) {
    const std::string block(1 << 20, 'x');
    for (int i = 0; i < 1024; ++i)
      if (!write_all(std::atoi(argv[2]), block)) return 1;
    return 0;
  }
  const auto text = mode == "nul"        ? "a\0b\0\n"sv
                    : mode == "invalid"  ? "\xff\xc3(\xed\xa0\x80\n"sv
                    : mode == "terminal" ? "\033[2J\033]0;mine\007\033[31m\n"sv
                                         : "hello\n"sv;
  return write_all(STDOUT_FILENO, text) ? 0 : 1;
}
