#!/bin/sh
# rustdoc, with its JSON output, which stable toolchains hide. Only this program is told so, not the compiler.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
