// Anchor of the precompiled header that cases with Boost share.
