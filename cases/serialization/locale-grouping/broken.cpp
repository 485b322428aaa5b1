// The parent writes numbers as its user reads them; the worker has no user.
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <locale>
#include <sstream>
#include <string>

#include "cases/common/message.hpp"
#include "cases/common/say.hpp"

// What std::locale("de_DE.UTF-8") brings, on every machine: 1.234.567
struct Grouping : std::numpunct<char> {
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

int work() {
  std::istringstream in(poolbugs::received());
  long amount = 0;
  boost::archive::text_iarchive(in) >> amount;
  poolbugs::observed(std::to_string(amount));
  return 0;
}

int main(int argc, char** argv) {
  if (poolbugs::is_worker(argc, argv)) return work();
  poolbugs::expected("1234567");
  std::locale::global(std::locale(std::locale(), new Grouping));

  const long amount = 1234567;
  std::ostringstream message;
  boost::archive::text_oarchive(message) << amount;

  poolbugs::send_to_worker(poolbugs::start_method(argc, argv), argv, work,
                           message.str());
}
