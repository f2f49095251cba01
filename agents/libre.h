// libre's headers, which need the C headers first, and to be told how the packaged library was
// compiled: its pkg-config file does not.
#pragma once

// clang-format off: libre's umbrella header includes nothing itself, so it comes last.
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <sys/types.h>

#define HAVE_INET6
#define HAVE_STDBOOL_H  // else `bool`, `true` and `false` become macros
#define USE_OPENSSL
#define USE_TLS
#include <re.h>
// clang-format on
