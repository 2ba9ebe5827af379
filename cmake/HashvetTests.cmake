# hashvet_layer_tests(<layer> SOURCES … [LIBS …] [EVERY_TARGET])
#
# One GoogleTest program for a layer, its tests known to ctest one by one. With
# EVERY_TARGET the whole program runs once more on each CPU target, forced by
# HASHVET_SIMD_TARGET, but for the one that ran unforced already; a target this
# CPU lacks is reported as skipped (and is a failure where HASHVET_EXPECT_TARGETS
# names it: tests/kernels/targets_test.cc).
function(hashvet_layer_tests layer)
  cmake_parse_arguments(arg "EVERY_TARGET" "" "SOURCES;LIBS" ${ARGN})
  set(target tests_${layer})
  add_executable(${target} ${arg_SOURCES})
  hashvet_target_defaults(${target})
  # Half the time to compile; what is tested is optimised as ever.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  if(HASHVET_SANITIZE AND NOT arg_EVERY_TARGET)  # these compute what is right
    target_compile_options(${target} PRIVATE -O0)
  endif()
  target_include_directories(${target} PRIVATE
    ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(${target} PRIVATE hashvet_test_support ${arg_LIBS})
  target_compile_definitions(${target} PRIVATE
    HASHVET_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    HASHVET_BINARY_DIR="${PROJECT_BINARY_DIR}")
  gtest_discover_tests(${target} TEST_PREFIX "${layer}." DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 600)
  if(arg_EVERY_TARGET)
    foreach(simd_target IN LISTS HASHVET_SIMD_TARGETS)
      set(name ${layer}.on_${simd_target})
      add_test(NAME ${name} COMMAND ${target} --gtest_brief=1)
      set_tests_properties(${name} PROPERTIES
        ENVIRONMENT "HASHVET_SIMD_TARGET=${simd_target};HASHVET_OTHER_TARGETS=1"
        SKIP_RETURN_CODE 77 TIMEOUT 1200 COST 100)
    endforeach()
  endif()
endfunction()
