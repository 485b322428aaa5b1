#include "platform/channel.hpp"

#include <boost/crc.hpp>
#include <cstdint>

namespace poolbugs {
namespace {

constexpr std::string_view kMagic = "PBF1";  // the last one is the version
constexpr std::size_t kHeader = 16;

std::uint32_t crc_of(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

void put(std::string& bytes, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8)
    bytes += static_cast<char>(number >> shift & 0xff);
}

std::uint32_t get(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])}
              << (8 * i);
  return number;
}

}  // namespace

std::string_view to_string(Transfer state) {
  switch (state) {
    case Transfer::done:
      return "done";
    case Transfer::again:
      return "not now";
    case Transfer::timed_out:
      return "timed out";
    case Transfer::eof:
      return "closed";
    case Transfer::truncated:
      return "closed inside a message";
    case Transfer::corrupt:
      return "corrupt";
    case Transfer::too_large:
      return "too large";
    case Transfer::failed:
      return "failed";
  }
  return "?";
}

std::string encode_frame(std::string_view payload) {
  std::string frame(kMagic);
  frame.reserve(kHeader + payload.size());
  put(frame, static_cast<std::uint32_t>(payload.size()));
  put(frame, crc_of(payload));
  put(frame, crc_of(frame));
  frame.append(payload);
  return frame;
}

Received FrameDecoder::next() {
  std::string_view bytes = std::string_view(buffer_).substr(begin_);
  std::string_view magic = bytes.substr(0, kMagic.size());
  if (magic != kMagic.substr(0, magic.size())) return {Transfer::corrupt};
  if (bytes.size() < kHeader) return {Transfer::again};
  // The length is believed only after its own check: a flipped bit must not
  // make the reader wait for bytes that nobody will send.
  if (get(bytes, 12) != crc_of(bytes.substr(0, 12))) return {Transfer::corrupt};
  std::size_t length = get(bytes, 4);
  if (length > max_payload_) return {Transfer::too_large};
  if (bytes.size() < kHeader + length) return {Transfer::again};
  std::string_view payload = bytes.substr(kHeader, length);
  if (get(bytes, 8) != crc_of(payload)) return {Transfer::corrupt};
  Received frame{Transfer::done, std::string(payload)};
  begin_ += kHeader + length;
  if (begin_ == buffer_.size() || begin_ > buffer_.size() / 2) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  return frame;
}

}  // namespace poolbugs
