// An end of make_channel_pair() as a stream of Boost.Asio.
#pragma once

#ifdef _WIN32
#include <boost/asio/windows/stream_handle.hpp>
#else
#include <boost/asio/posix/stream_descriptor.hpp>
#endif

namespace poolbugs {

/// Made of an io_context and a descriptor, which it owns.
#ifdef _WIN32
using WorkerStream = boost::asio::windows::stream_handle;
#else
using WorkerStream = boost::asio::posix::stream_descriptor;
#endif

}  // namespace poolbugs
