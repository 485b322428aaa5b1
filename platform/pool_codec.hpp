// Values of C++ to text and back: the templates behind pool.hpp.
#pragma once

#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <exception>
#include <future>
#include <locale>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>

namespace poolbugs::pool::detail {

/// Saves values into one archive. The classic locale: the program's own might
/// write 1,000 for a number.
template <class... T>
std::string save(const T&... values) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  {
    boost::archive::text_oarchive archive(text);
    static_cast<void>((archive << ... << values));
  }
  return std::move(text).str();
}

template <class... T>
std::tuple<T...> load(const std::string& saved) {
  std::istringstream text(saved);
  text.imbue(std::locale::classic());
  boost::archive::text_iarchive archive(text);
  std::tuple<T...> values;
  std::apply(
      [&](auto&... value) { static_cast<void>((archive >> ... >> value)); },
      values);
  return values;
}

/// Loads the arguments, calls the function, saves the result; throws what
/// these throw.
using Runner = std::string (*)(void (*function)(), const std::string&);
void register_task(const char* name, Runner run, void (*function)());

/// The receiving side of one task; exactly one of the two is called, once.
class Completion {
 public:
  virtual ~Completion() = default;
  virtual void succeed(const std::string& saved_result) = 0;
  virtual void fail(std::exception_ptr reason) = 0;
};

template <class R>
class PromiseOf : public Completion {
 public:
  void succeed(const std::string& saved_result) override {
    try {
      if constexpr (std::is_void_v<R>)
        promise.set_value();
      else
        promise.set_value(std::get<0>(load<R>(saved_result)));
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  }
  void fail(std::exception_ptr reason) override {
    promise.set_exception(std::move(reason));
  }

  std::promise<R> promise;
};

}  // namespace poolbugs::pool::detail
