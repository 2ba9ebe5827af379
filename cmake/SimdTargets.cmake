# The only place that names an instruction set.
#
# A kernel file src/kernels/<family>_<target>.cc is one translation unit built
# with its target's flags. hashvet_simd_sources(<out> <family>…) lists the files
# of the families given for this processor and sets their flags; it must be
# called from the folder that owns them. Which targets exist is passed to
# targets.cc as HASHVET_TARGETS_X86 or HASHVET_TARGETS_ARM, 0 or 1.

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(HASHVET_SIMD_TARGETS portable avx2 avx512)
  set(HASHVET_TARGETS_X86 1)
  set(HASHVET_TARGETS_ARM 0)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(HASHVET_SIMD_TARGETS portable neon)
  set(HASHVET_TARGETS_X86 0)
  set(HASHVET_TARGETS_ARM 1)
else()
  set(HASHVET_SIMD_TARGETS portable)
  set(HASHVET_TARGETS_X86 0)
  set(HASHVET_TARGETS_ARM 0)
endif()

set(HASHVET_SIMD_FLAGS_portable "")
set(HASHVET_SIMD_FLAGS_neon "")  # NEON is in the AArch64 baseline
set(HASHVET_SIMD_FLAGS_avx2 -mavx2)
set(HASHVET_SIMD_FLAGS_avx512
    -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vpopcntdq -mavx512bitalg
    -mprefer-vector-width=512)

function(hashvet_simd_sources out)
  set(sources)
  foreach(family IN LISTS ARGN)
    foreach(simd_target IN LISTS HASHVET_SIMD_TARGETS)
      set(file ${family}_${simd_target}.cc)
      set(flags ${HASHVET_SIMD_FLAGS_${simd_target}})
      if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND
         simd_target STREQUAL "avx512")
        # GCC 12's own AVX-512 headers trip these two at every use.
        list(APPEND flags -Wno-uninitialized -Wno-maybe-uninitialized)
      endif()
      if(HASHVET_SANITIZE MATCHES "thread")
        # Kernels share nothing between threads. Instrumented, GCC 12 spills an
        # 8-bit mask of AVX-512 and reloads it with 24 bits of something else.
        list(APPEND flags -fno-sanitize=thread)
      endif()
      # No exception tables, no guard variables, nothing but the loops.
      list(APPEND flags -fno-exceptions -fno-rtti -fno-threadsafe-statics)
      set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS "${flags}")
      list(APPEND sources ${file})
    endforeach()
  endforeach()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()
