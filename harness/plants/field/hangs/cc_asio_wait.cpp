// boostorg/process#468: a pipe is read to its end, and the reader itself holds
// the write end
#include <unistd.h>

#include <boost/asio.hpp>

int main() {
  boost::asio::io_context context;
  int ends[2];
  if (::pipe(ends) != 0) return 1;
  boost::asio::posix::stream_descriptor input(context, ends[0]);
  boost::asio::streambuf buffer;
  boost::asio::async_read(input, buffer, [](auto, std::size_t) {});
  context.run();
}
