#include "platform/pool_wire.hpp"

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif

#include <boost/core/demangle.hpp>
#include <boost/serialization/string.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <typeinfo>

#include "platform/pool_codec.hpp"

namespace poolbugs::pool {
namespace {

struct Registered {
  detail::Runner run;
  void (*function)();
};

/// Never destroyed: a worker may run a task while statics are torn down.
std::map<std::string, Registered, std::less<>>& registry() {
  static auto* tasks = new std::map<std::string, Registered, std::less<>>;
  return *tasks;
}

template <class T>
std::optional<T> decode(std::string_view payload) {
  try {
    return std::get<0>(detail::load<T>(std::string(payload)));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

/// "std::out_of_range"; Microsoft's compiler has "class std::out_of_range".
std::string name_of(const std::type_info& type) {
  std::string name = boost::core::demangle(type.name());
  for (const std::string_view prefix : {"class ", "struct "})
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  return name;
}

/// Of the exception that is being handled, which is no std::exception.
std::string name_of_current_exception() {
#if __has_include(<cxxabi.h>)
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type) return name_of(*type);
#endif
  return "unknown";
}

}  // namespace

namespace detail {

void register_task(const char* name, Runner run, void (*function)()) {
  if (registry().try_emplace(name, Registered{run, function}).second) return;
  std::fprintf(stderr, "pool: two tasks are called '%s'\n", name);
  std::abort();
}

}  // namespace detail

std::string encode(const Request& request) { return detail::save(request); }
std::string encode(const Reply& reply) { return detail::save(reply); }

std::optional<Request> decode_request(std::string_view payload) {
  return decode<Request>(payload);
}
std::optional<Reply> decode_reply(std::string_view payload) {
  return decode<Reply>(payload);
}

Reply run_task(const Request& request) {
  auto task = registry().find(request.task);
  if (task == registry().end())
    return {Reply::exception, "poolbugs::pool::UnknownTask",
            "no task of this program is called '" + request.task +
                "': a Task must be at namespace scope"};
  try {
    return {Reply::value, "",
            task->second.run(task->second.function, request.arguments)};
  } catch (const std::exception& error) {
    return {Reply::exception, name_of(typeid(error)), error.what()};
#ifdef __GLIBCXX__
  } catch (abi::__forced_unwind&) {
    throw;  // pthread_exit: may not be caught for good
#endif
  } catch (...) {
    return {Reply::exception, name_of_current_exception(),
            "not a std::exception"};
  }
}

}  // namespace poolbugs::pool
