// What a pool and its workers say to each other: the payloads of the frames.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace poolbugs::pool {

/// Pool to worker: run this.
struct Request {
  std::string task = {};
  std::string arguments = {};  ///< as detail::save() made it

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& task& arguments;
  }
};

/// Worker to pool.
struct Reply {
  enum Kind : int { hello, value, exception };
  int kind = hello;  ///< the first one of a worker is hello: it can take tasks
  std::string type = {};  ///< exception: the demangled name of its type
  std::string text = {};  ///< value: as saved; exception: what it said

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& kind& type& text;
  }
};

std::string encode(const Request& request);
std::string encode(const Reply& reply);
/// Nothing if the payload is not one.
std::optional<Request> decode_request(std::string_view payload);
std::optional<Reply> decode_reply(std::string_view payload);

/// Runs a registered task in this process, whatever it throws.
Reply run_task(const Request& request);

}  // namespace poolbugs::pool
