#include "harness/catalogue/fence.hpp"

#include <algorithm>
#include <optional>

#include "harness/catalogue/text.hpp"

namespace poolbugs::catalogue {
namespace {

/// At least three backticks or tildes, indented by at most three blanks.
struct Marker {
  char character = '`';
  std::size_t length = 0;
  std::string_view rest;  ///< what follows, trimmed
};

std::optional<Marker> marker_of(std::string_view line) {
  const std::size_t indent = line.find_first_not_of(' ');
  if (indent == line.npos || indent > 3) return std::nullopt;
  line.remove_prefix(indent);
  Marker marker{line.front(), 0, {}};
  if (marker.character != '`' && marker.character != '~') return std::nullopt;
  marker.length =
      std::min(line.find_first_not_of(marker.character), line.size());
  if (marker.length < 3) return std::nullopt;
  marker.rest = trim(line.substr(marker.length));
  return marker;
}

bool opens(const Marker& marker) {
  // ```x``` on one line is code within a sentence.
  return marker.character == '~' || marker.rest.find('`') == marker.rest.npos;
}

bool closes(const Marker& marker, const Marker& opening) {
  return marker.character == opening.character &&
         marker.length >= opening.length && marker.rest.empty();
}

}  // namespace

std::vector<Fence> find_fences(const std::vector<std::string_view>& lines) {
  std::vector<Fence> fences;
  std::optional<Marker> opening;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::optional<Marker> marker = marker_of(lines[i]);
    if (!marker) continue;
    if (opening && closes(*marker, *opening)) {
      fences.back().close = i;
      opening.reset();
    } else if (!opening && opens(*marker)) {
      const std::string_view info = marker->rest;
      const std::size_t end = std::min(info.find_first_of(" \t{"), info.size());
      fences.push_back({std::string(info.substr(0, end)), i, lines.size()});
      opening = marker;
    }
  }
  return fences;
}

}  // namespace poolbugs::catalogue
