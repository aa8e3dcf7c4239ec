#!/usr/bin/env bash
# Makes a compiler for wasm32-unknown-unknown out of Debian's packages rustc-web, rust-web-src, cargo-web and lld-22,
# for machines where rustup cannot add the target. Usage: wasm-toolchain.sh FOLDER
set -euo pipefail

folder=$(mkdir -p "$1" && cd "$1" && pwd)
target=wasm32-unknown-unknown
host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
linker=$(command -v lld-22)

# A sysroot of its own, which borrows the host's libraries and calls the linker by the name that rustc expects.
mkdir -p "$folder/bin" "$folder/lib/rustlib/$host/bin"
ln -sfn "/usr/lib/rustlib/$host/lib" "$folder/lib/rustlib/$host/lib"
ln -sfn "$linker" "$folder/lib/rustlib/$host/bin/rust-lld"
printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot %q "$@"\n' "$folder" > "$folder/bin/rustc"
chmod +x "$folder/bin/rustc"

# The standard library, built once from its source.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
touch "$work/src/lib.rs"
cat > "$work/Cargo.toml" <<'TOML'
[package]
name = "wasm-std-probe"
version = "0.0.0"
edition = "2021"

[profile.release]
opt-level = "s"
panic = "abort"
codegen-units = 1
TOML
cd "$work"
env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$work/target" \
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$linker" CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=-Cembed-bitcode=yes \
  /usr/bin/cargo build --release --target "$target" -Zbuild-std=std,panic_abort

libraries="$folder/lib/rustlib/$target/lib"
rm -rf "$libraries"
mkdir -p "$libraries"
find "$work/target/$target/release" \( -name 'lib*.rlib' -o -name 'lib*.rmeta' \) ! -name '*wasm_std_probe*' \
  -exec cp {} "$libraries/" \;
touch "$folder/complete"
