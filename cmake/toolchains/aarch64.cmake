# Builds for 64-bit Arm with Debian's cross compiler (g++-aarch64-linux-gnu) and
# runs what it built under qemu-user:
#
#   cmake -B build/aarch64 --toolchain cmake/toolchains/aarch64.cmake
#
# The libraries must be there for arm64 too (dpkg --add-architecture arm64);
# without them, tests/kernels/run_neon_slice.sh still checks the NEON kernels.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
