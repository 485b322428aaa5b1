#include "platform/snapshot_windows.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "platform/wide_windows.hpp"

namespace poolbugs {
namespace {

// The headers of Windows name few of the members. Threads:
// https://learn.microsoft.com/openspecs/windows_protocols/ms-tsts/e82d73e4-cedb-4077-9099-d58f3459722f
struct RawThread {
  LARGE_INTEGER kernel_time, user_time;  ///< in 100 ns
  LARGE_INTEGER create_time;
  ULONG wait_time;
  void* start_address;
  void* process;
  void* thread;
  LONG priority, base_priority;
  ULONG context_switches, state, wait_reason;
};

struct RawName {
  USHORT length, maximum;  ///< in bytes
  const wchar_t* text;
};

// https://docs.rs/ntapi/latest/ntapi/ntexapi/struct.SYSTEM_PROCESS_INFORMATION.html
struct RawProcess {
  ULONG next, threads;  ///< bytes until the next one, or 0
  LARGE_INTEGER private_working_set;
  ULONG hard_faults, most_threads;
  ULONGLONG cycles;
  LARGE_INTEGER create_time, user_time, kernel_time;
  RawName image;
  LONG base_priority;
  void* id;
  void* parent;
  ULONG handles, session;
  ULONG_PTR key;
  SIZE_T peak_virtual, virtual_size;
  ULONG faults;
  SIZE_T peak_working_set, working_set, peak_paged, paged, peak_non_paged,
      non_paged, page_file, peak_page_file, private_bytes;
  LARGE_INTEGER reads, writes, others;
  LARGE_INTEGER bytes_read, bytes_written, bytes_other;
};

using Query = LONG(WINAPI*)(ULONG what, void* buffer, ULONG size, ULONG* need);
constexpr ULONG kSystemProcessInformation = 5;
constexpr LONG kLengthMismatch = static_cast<LONG>(0xC0000004);

Query query_function() {
  const HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
  return reinterpret_cast<Query>(reinterpret_cast<void*>(
      ::GetProcAddress(ntdll, "NtQuerySystemInformation")));
}

/// What the system answered; empty if it did not.
std::vector<char> raw_processes() {
  static const Query query = query_function();
  std::vector<char> buffer(256 * 1024);
  while (query != nullptr) {
    ULONG need = 0;
    const LONG status = query(kSystemProcessInformation, buffer.data(),
                              static_cast<ULONG>(buffer.size()), &need);
    if (status >= 0) return buffer;
    if (status != kLengthMismatch) break;
    // More may be born until the next try.
    buffer.resize(std::max<std::size_t>(need, buffer.size()) * 5 / 4);
  }
  return {};
}

/// Set by the one thread that attends to a command.
Descriptor adopted = kNoDescriptor;

long id_of(const void* id) {
  return static_cast<long>(reinterpret_cast<std::intptr_t>(id));
}

std::uint64_t unsigned_of(const LARGE_INTEGER& number) {
  return static_cast<std::uint64_t>(number.QuadPart);
}

enum Reason { kPageIn = 2, kSuspended = 5, kWrPageIn = 9, kWrSuspended = 12 };

/// https://learn.microsoft.com/dotnet/api/system.diagnostics.threadstate
char state_of(const RawThread& thread) {
  switch (thread.state) {
    case 1:  // Ready
    case 2:  // Running
    case 3:  // Standby
    case 7:  // DeferredReady
      return 'R';
    case 4:  // Terminated
      return 'X';
    case 5:  // Wait
      break;
    case 6:  // Transition: its stack is paged in
      return 'D';
    default:
      return '?';
  }
  switch (thread.wait_reason) {
    case kPageIn:
    case kWrPageIn:
      return 'D';
    case kSuspended:
    case kWrSuspended:
      return 'T';
    default:
      return 'S';
  }
}

ThreadSample sample_of(const RawThread& thread) {
  constexpr std::uint64_t kTick = 100'000;  ///< 10 ms
  ThreadSample sample;
  sample.id = id_of(thread.thread);
  sample.state = state_of(thread);
  const std::uint64_t user = unsigned_of(thread.user_time);
  const std::uint64_t kernel = unsigned_of(thread.kernel_time);
  sample.cpu_ns = (user + kernel) * 100;
  sample.switches = thread.context_switches;
  sample.user_ticks = user / kTick;
  sample.system_ticks = kernel / kTick;
  return sample;
}

SeenProcess process_of(const RawProcess& raw, std::vector<RawThread> threads) {
  SeenProcess seen;
  seen.sample.id = id_of(raw.id);
  seen.sample.parent = id_of(raw.parent);
  seen.sample.start_ticks = unsigned_of(raw.create_time);
  seen.sample.bytes_moved =
      unsigned_of(raw.bytes_read) + unsigned_of(raw.bytes_written);
  // Wine fills the second one only.
  seen.sample.private_memory =
      raw.private_bytes != 0 ? raw.private_bytes : raw.page_file;
  if (raw.image.text != nullptr)
    seen.image = to_utf8({raw.image.text, raw.image.length / sizeof(wchar_t)});
  std::ranges::stable_sort(threads, {}, [](const RawThread& thread) {
    return thread.create_time.QuadPart;
  });
  for (const RawThread& thread : threads) {
    seen.sample.threads.push_back(sample_of(thread));
    const bool waits = thread.state == 5;
    seen.wait_reasons.push_back(waits ? static_cast<int>(thread.wait_reason)
                                      : -1);
  }
  return seen;
}

}  // namespace

bool SeenProcess::is_console_host() const {
  constexpr std::string_view kName = "conhost.exe";
  return std::ranges::equal(image, kName, [](char one, char other) {
    return (one >= 'A' && one <= 'Z' ? one - 'A' + 'a' : one) == other;
  });
}

std::vector<SeenProcess> all_processes() {
  std::vector<SeenProcess> all;
  const std::vector<char> buffer = raw_processes();
  const char* at = buffer.data();
  while (!buffer.empty()) {
    // Copied, since nobody promises how they are aligned.
    RawProcess raw;
    std::memcpy(&raw, at, sizeof raw);
    std::vector<RawThread> threads(raw.threads);
    if (!threads.empty())
      std::memcpy(threads.data(), at + sizeof raw,
                  threads.size() * sizeof(RawThread));
    // 0 is what runs when nobody does.
    if (raw.id != nullptr) all.push_back(process_of(raw, std::move(threads)));
    if (raw.next == 0) break;
    at += raw.next;
  }
  std::ranges::stable_sort(
      all, {}, [](const SeenProcess& one) { return one.sample.start_ticks; });
  return all;
}

void adopt(Descriptor job) { adopted = job; }

std::vector<long> members(Descriptor job) {
  std::vector<std::uintptr_t> buffer(256);
  while (true) {
    auto* list =
        reinterpret_cast<JOBOBJECT_BASIC_PROCESS_ID_LIST*>(buffer.data());
    const auto size =
        static_cast<DWORD>(buffer.size() * sizeof(std::uintptr_t));
    if (::QueryInformationJobObject(job, JobObjectBasicProcessIdList, list,
                                    size, nullptr))
      return {list->ProcessIdList,
              list->ProcessIdList + list->NumberOfProcessIdsInList};
    if (::GetLastError() != ERROR_MORE_DATA || buffer.size() > 1'000'000)
      return {};
    buffer.resize(buffer.size() * 4);
  }
}

std::vector<SeenProcess> below(const std::vector<SeenProcess>& all, long root,
                               bool with_root) {
  std::vector<SeenProcess> found;
  std::set<long> ids, ours;
  if (adopted != kNoDescriptor &&
      root == static_cast<long>(::GetCurrentProcessId()))
    for (const long id : members(adopted)) ours.insert(id);
  for (const SeenProcess& one : all) {
    const bool is_root = one.sample.id == root;
    // Whoever is here is older than those who follow.
    const bool belongs = is_root || ids.contains(one.sample.parent) ||
                         ours.contains(one.sample.id);
    if (!belongs || one.is_console_host()) continue;
    ids.insert(one.sample.id);
    if (!is_root || with_root) found.push_back(one);
  }
  return found;
}

TreeSample tree_of(std::vector<SeenProcess> processes) {
  TreeSample tree;
  for (SeenProcess& one : processes)
    tree.processes.push_back(std::move(one.sample));
  tree.at = std::chrono::steady_clock::now();
  return tree;
}

// KWAIT_REASON of wdm.h, in the order in which it is printed at
// https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Runtime/Core/FramePro__ThreadWaitReason__Enum
std::string wait_reason_name(int reason) {
  constexpr std::array kNames{
      "Executive",        "FreePage",         "PageIn",
      "PoolAllocation",   "DelayExecution",   "Suspended",
      "UserRequest",      "WrExecutive",      "WrFreePage",
      "WrPageIn",         "WrPoolAllocation", "WrDelayExecution",
      "WrSuspended",      "WrUserRequest",    "WrEventPair",
      "WrQueue",          "WrLpcReceive",     "WrLpcReply",
      "WrVirtualMemory",  "WrPageOut",        "WrRendezvous",
      "WrKeyedEvent",     "WrTerminated",     "WrProcessInSwap",
      "WrCpuRateControl", "WrCalloutStack",   "WrKernel",
      "WrResource",       "WrPushLock",       "WrMutex",
      "WrQuantumEnd",     "WrDispatchInt",    "WrPreempted",
      "WrYieldExecution", "WrFastMutex",      "WrGuardedMutex",
      "WrRundown"};
  if (reason < 0) return "";
  const auto at = static_cast<std::size_t>(reason);
  return at < kNames.size() ? kNames[at] : "wait reason " + std::to_string(at);
}

}  // namespace poolbugs
