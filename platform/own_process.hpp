// This process itself.
#pragma once

namespace poolbugs {

/// As sample_tree() and Glancer know it.
long own_process_id();

/// First thing in main(): what is printed arrives as it was written. Windows:
/// stdout and stderr leave line ends alone (they are in text mode at first,
/// which makes CR LF of each), and a console takes UTF-8. Elsewhere that is so
/// anyway.
void use_plain_output();

}  // namespace poolbugs
