#include "harness/report/record.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <tuple>

#include "harness/report/json_reader.hpp"
#include "harness/report/normalise.hpp"
#include "harness/report/platforms.hpp"
#include "harness/report/text.hpp"
#include "platform/signal_name.hpp"

namespace poolbugs::report {
namespace {

using Json = nlohmann::ordered_json;

std::string how_it_ended(const run::Observation& seen) {
  switch (seen.end) {
    case run::End::by_itself:
      if (!seen.exit) return "ended, status unknown";
      if (seen.exit->signal != 0) return signal_name(seen.exit->signal);
      if (auto status = status_name(seen.exit->code); !status.empty())
        return status;
      return fmt::format("exit {}", seen.exit->code);
    case run::End::proven:
      return "ended by poolbugs: it could never move again";
    case run::End::quiescent:
      return "ended by poolbugs: nothing moved any more";
    case run::End::deadline:
      return "ended by poolbugs: its time was over";
    case run::End::limit:
      return "ended by poolbugs: it passed a limit";
    case run::End::interrupted:
      return "ended by poolbugs: poolbugs was told to stop";
    case run::End::harness_failed:
      return "never ran: " + seen.failure;
  }
  return "?";
}

Json strings(const std::vector<std::string>& items) {
  Json array = Json::array();
  for (const auto& item : items) array.push_back(valid_utf8(item));
  return array;
}

Json text_or_null(std::string_view text) {
  return text.empty() ? Json() : Json(valid_utf8(text));
}

/// Frames in other people's code by function alone: lines of their sources
/// are not here to be read.
std::string stack_text(const std::vector<stacks::Frame>& frames) {
  std::string text;
  for (const auto& frame : frames) {
    if (!text.empty()) text += " ← ";
    text += frame.function;
    if (frame.line > 0) text += fmt::format(" ({}:{})", frame.file, frame.line);
  }
  return valid_utf8(text);
}

void add_stacks(Record& record, const run::ThreadSeen& thread) {
  const auto add = [&](const char* what, const auto& frames) {
    if (!frames.empty())
      record.stacks.push_back(fmt::format("{}, thread {}: {}{}", thread.process,
                                          thread.thread, what,
                                          stack_text(frames)));
  };
  add("", thread.native);
  add("Python: ", thread.python);
}

}  // namespace

Record make_record(const plan::PlannedRun& planned,
                   const run::Observation& seen,
                   const judge::Judgement& judgement,
                   const std::string& platform) {
  Record record;
  record.case_name = planned.item.name();
  record.id = planned.item.id;
  record.program = planned.program.name;
  record.runtime = planned.runtime;
  record.start_method = planned.start;
  record.platform = platform;
  record.repetition = planned.repetition;
  record.outcome = judgement.outcome;
  record.grade = judgement.grade;
  record.cause = valid_utf8(judgement.cause);
  record.verdict = judgement.verdict;
  for (const auto& promise : planned.promised)
    record.promised.push_back(promise.text());
  record.seconds = seen.seconds;
  for (const auto& sentence : judgement.explanation)
    record.explanation.push_back(valid_utf8(sentence));
  record.graph = valid_utf8(judgement.graph);
  // A run that was never tried has no evidence; saying "never ran" of it
  // would look like a fault.
  if (judgement.outcome == catalogue::Outcome::unsupported) return record;

  record.ended = valid_utf8(how_it_ended(seen));
  record.out = valid_utf8(seen.out);
  record.err = valid_utf8(seen.err);
  record.truncated = seen.truncated;
  for (const auto limit : seen.limits)
    record.limits.emplace_back(to_string(limit));
  for (const auto& item : seen.left)
    record.left.push_back(
        valid_utf8(fmt::format("{} {}", to_string(item.kind), item.name)));
  for (const auto& thread : seen.threads)
    record.threads.push_back(valid_utf8(fmt::format(
        "{}, thread {}: {}{}", thread.process, thread.thread, thread.state,
        thread.waits_in.empty() ? "" : " in " + thread.waits_in)));
  for (const auto& thread : seen.threads) add_stacks(record, thread);
  for (const auto& name : seen.strangers)
    record.strangers.push_back(valid_utf8(name));
  return record;
}

Json to_json(const Record& record) {
  Json object;
  object["case"] = valid_utf8(record.case_name);
  object["id"] = valid_utf8(record.id);
  object["program"] = valid_utf8(record.program);
  object["runtime"] = valid_utf8(record.runtime);
  object["start_method"] =
      text_or_null(record.start_method ? to_string(*record.start_method) : "");
  object["platform"] = valid_utf8(record.platform);
  object["repetition"] = record.repetition;
  object["outcome"] = catalogue::to_string(record.outcome);
  object["grade"] =
      text_or_null(record.grade ? catalogue::to_string(*record.grade) : "");
  object["cause"] = text_or_null(record.cause);
  object["verdict"] = catalogue::to_string(record.verdict);
  object["promised"] = strings(record.promised);
  if (record.seconds) object["seconds"] = *record.seconds;
  object["explanation"] = strings(record.explanation);
  if (!record.graph.empty()) object["graph"] = valid_utf8(record.graph);
  object["ended"] = valid_utf8(record.ended);
  object["stdout"] = valid_utf8(record.out);
  object["stderr"] = valid_utf8(record.err);
  object["truncated"] = record.truncated;
  object["limits"] = strings(record.limits);
  object["left"] = strings(record.left);
  object["threads"] = strings(record.threads);
  if (!record.stacks.empty()) object["stacks"] = strings(record.stacks);
  if (!record.strangers.empty())
    object["strangers"] = strings(record.strangers);
  return object;
}

Result<Record> from_json(const Json& object) {
  if (!object.is_object()) return Error{"a result is not a JSON object"};
  JsonReader in(object);
  Record record;
  record.case_name = in.text("case");
  record.id = in.text("id");
  record.program = in.text("program");
  record.runtime = in.text("runtime");
  record.start_method =
      in.word<StartMethod>("start_method", parse_start_method, true);
  record.platform = in.text("platform");
  if (in.error().empty() && !parse_platform(record.platform))
    return Error{fmt::format("`platform` cannot be \"{}\"; there are {}",
                             visible(record.platform), platform_names())};
  record.repetition = in.integer_or("repetition", 1);
  record.outcome =
      in.word<catalogue::Outcome>("outcome", catalogue::parse_outcome, false)
          .value_or(catalogue::Outcome::harness_error);
  record.grade =
      in.word<catalogue::Grade>("grade", catalogue::parse_grade, true);
  record.cause = in.text_or_null("cause");
  record.verdict =
      in.word<catalogue::Verdict>("verdict", catalogue::parse_verdict, false)
          .value_or(catalogue::Verdict::broken_promise);
  record.promised = in.texts("promised", true);
  record.seconds = in.number_if_there("seconds");
  record.explanation = in.texts("explanation", true);
  record.graph = in.text_or("graph", "");
  record.ended = in.text_or("ended", "");
  record.out = in.text_or("stdout", "");
  record.err = in.text_or("stderr", "");
  record.truncated = in.flag_or("truncated", false);
  record.limits = in.texts("limits", false);
  record.left = in.texts("left", false);
  record.threads = in.texts("threads", false);
  record.stacks = in.texts("stacks", false);
  record.strangers = in.texts("strangers", false);
  if (!in.error().empty()) return Error{in.error()};
  return record;
}

bool comes_before(const Record& a, const Record& b) {
  const auto program = [](const Record& r) {
    return std::make_tuple(std::string_view(r.case_name), r.program != "broken",
                           r.program != "fixed", std::string_view(r.program),
                           r.runtime != plan::kNative);
  };
  const auto run = [](const Record& r) {
    return std::make_tuple(
        r.start_method ? static_cast<int>(*r.start_method) : -1,
        std::string_view(r.platform), r.repetition);
  };
  if (program(a) != program(b)) return program(a) < program(b);
  if (a.runtime != b.runtime) return natural_less(a.runtime, b.runtime);
  return run(a) < run(b);
}

std::string command_of(const Record& record) {
  // Where poolbugs itself is a program for another system, as ci/windows has
  // it.
  const char* const poolbugs =
      record.platform == "windows-wine"
          ? "ci/cross.d/wine build/windows/poolbugs.exe"
          : "poolbugs";
  auto command = fmt::format("{} run {} --program {}", poolbugs,
                             record.case_name, record.program);
  if (record.start_method)
    command +=
        fmt::format(" --start-method {}", to_string(*record.start_method));
  if (record.runtime != plan::kNative)
    command += " --runtime " + record.runtime;
  // Programs that a poolbugs of another processor runs (ci/architectures).
  if (const auto platform = parse_platform(record.platform);
      platform && platform->architecture)
    command += fmt::format(" --programs build/{}/cases", record.platform);
  return command;
}

std::vector<std::string> reasons_of(const Record& record) {
  auto reasons = record.explanation;
  std::erase_if(reasons, [](const std::string& sentence) {
    return sentence.starts_with("Promised was `");
  });
  return reasons;
}

std::string outcome_text(const Record& record) {
  std::string text(catalogue::to_string(record.outcome));
  if (record.grade)
    text += fmt::format(", {}", catalogue::to_string(*record.grade));
  if (!record.cause.empty()) text += ": " + record.cause;
  return text;
}

}  // namespace poolbugs::report
