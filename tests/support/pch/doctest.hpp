// Precompiled, as lib/src/pch/standard.hpp.
#include <doctest/doctest.h>

#include "../../../lib/src/pch/standard.hpp"
