# HASHVET_SANITIZE: one place that turns a list of sanitizers into flags.

function(hashvet_sanitize target)
  if(HASHVET_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${HASHVET_SANITIZE} -fno-omit-frame-pointer
      -fno-sanitize-recover=all
      # Asks by a pipe whether memory is there, which a confined decoder, and
      # whoever is out of descriptors, cannot.
      $<$<COMPILE_LANGUAGE:CXX>:-fno-sanitize=vptr>
      # Instrumented code hides from GCC that a flag guards a value.
      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    hashvet_sanitize_link(${target})
    # Programmer errors are checked wherever a sanitizer runs.
    target_compile_definitions(${target} PRIVATE HASHVET_DCHECK_ENABLED=1)
  endif()
endfunction()

# Of a program in C too.
function(hashvet_sanitize_link target)
  if(HASHVET_SANITIZE)
    target_link_options(${target} PUBLIC
      $<BUILD_INTERFACE:-fsanitize=${HASHVET_SANITIZE}>)
    get_target_property(type ${target} TYPE)
    if(HASHVET_SANITIZE MATCHES "address" AND type STREQUAL "EXECUTABLE")
      target_sources(${target} PRIVATE
        ${PROJECT_SOURCE_DIR}/cmake/asan_options.cc)
    elseif(HASHVET_SANITIZE MATCHES "thread" AND type STREQUAL "EXECUTABLE")
      target_sources(${target} PRIVATE
        ${PROJECT_SOURCE_DIR}/cmake/tsan_suppressions.cc)
    endif()
  endif()
endfunction()
