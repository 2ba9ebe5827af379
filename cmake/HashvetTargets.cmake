# How a layer, a component, a test and a program are declared.
#
#   layer      one folder of src/, an OBJECT library hashvet_<layer>; internal.
#   component  what users link: hashvet::<component>, static or shared by
#              BUILD_SHARED_LIBS, made of the objects of its layers.
#   internal   one static library of every layer, for tests and benchmarks that
#              look below the exported surface.

# HASHVET_UNITY is for where nothing is cached yet. What a sanitizer's build
# compiles nobody asks for again there; what others do, the tests of installing do.
if(HASHVET_CCACHE AND NOT (HASHVET_UNITY AND HASHVET_SANITIZE)
   AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(HASHVET_CCACHE_PROGRAM ccache)
  mark_as_advanced(HASHVET_CCACHE_PROGRAM)
  if(HASHVET_CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${HASHVET_CCACHE_PROGRAM})
  endif()
endif()

# Only what a test uses is linked from it. The source is empty: the objects are
# what counts.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/empty.cc CONTENT "")
add_library(hashvet_internal STATIC EXCLUDE_FROM_ALL
            ${PROJECT_BINARY_DIR}/generated/empty.cc)
set_target_properties(hashvet_internal PROPERTIES LINKER_LANGUAGE CXX)

# Settings every target of the project shares.
function(hashvet_target_defaults target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  # Hash bits must not depend on the CPU: no fused multiply-add of our making.
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  if(HASHVET_DEVELOPER)
    target_compile_options(${target} PRIVATE
      -Wall -Wextra -Wundef -Wshadow -Wnon-virtual-dtor -Wcast-align
      -Wdouble-promotion -Wno-missing-field-initializers
      # GCC 12 sees overlaps in std::string that are not there (PR 105651).
      $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  endif()
  hashvet_sanitize(${target})
endfunction()

# hashvet_unity(<target> [ALONE <file>…])
#
# Under HASHVET_UNITY the files of a large target are compiled eight at a time: the
# headers and templates that all of them bring are most of the work. ALONE are
# those that give a name in their unnamed namespace that a neighbour gives, too.
# That each file of the library includes what it uses, the build without a
# sanitizer sees: it takes them one by one. For programs see
# tests/house/check_alone.py.
function(hashvet_unity target)
  cmake_parse_arguments(arg "" "" "ALONE" ${ARGN})
  get_target_property(type ${target} TYPE)
  if(NOT HASHVET_UNITY OR (type STREQUAL "OBJECT_LIBRARY" AND NOT HASHVET_SANITIZE))
    return()
  endif()
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  set_source_files_properties(${arg_ALONE} PROPERTIES
    SKIP_UNITY_BUILD_INCLUSION ON)
  target_compile_options(${target} PRIVATE
    -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()

# hashvet_library(<layer> SOURCES … [DEPS <layer>…] [LIBS <outside library>…])
function(hashvet_library layer)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;LIBS" ${ARGN})
  set(target hashvet_${layer})
  add_library(${target} OBJECT ${arg_SOURCES})
  hashvet_target_defaults(${target})
  target_include_directories(${target}
    PUBLIC ${PROJECT_SOURCE_DIR}/include
    PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  foreach(dep IN LISTS arg_DEPS)
    target_link_libraries(${target} PUBLIC hashvet_${dep})
  endforeach()
  target_link_libraries(${target} PUBLIC ${arg_LIBS})
  target_sources(hashvet_internal PRIVATE $<TARGET_OBJECTS:${target}>)
  target_include_directories(hashvet_internal PUBLIC
    ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(hashvet_internal PUBLIC ${arg_LIBS})
endfunction()

# hashvet_run_path(<target> <installed> [<built>]): where a target that is installed
# looks for our shared libraries, from its own folder: <built> is where they lie
# in a build tree. Both hold in both, for what CMake adds for the build tree alone
# ends in an empty place, and that is the working directory: whoever may write to
# it would have their code run where lists are.
function(hashvet_run_path target installed)
  set(places $ORIGIN/${installed})
  if(BUILD_SHARED_LIBS)
    list(TRANSFORM ARGN PREPEND $ORIGIN/ OUTPUT_VARIABLE built)
    list(APPEND places ${built})
  endif()
  list(TRANSFORM places REPLACE "/\\.$" "")
  set_target_properties(${target} PROPERTIES
    INSTALL_RPATH "${places}" BUILD_WITH_INSTALL_RPATH ON)
endfunction()

# hashvet_component(<name> LAYERS … LIBS <public>… [PRIVATE_LIBS …])
function(hashvet_component name)
  cmake_parse_arguments(arg "" "" "LAYERS;LIBS;PRIVATE_LIBS" ${ARGN})
  set(target hashvet_${name}_component)
  set(objects)
  foreach(layer IN LISTS arg_LAYERS)
    list(APPEND objects $<TARGET_OBJECTS:hashvet_${layer}>)
  endforeach()
  add_library(${target} ${objects})
  add_library(hashvet::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME hashvet_${name} EXPORT_NAME ${name} LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION}
    # Until 1.0 a minor version may change the binary interface.
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  hashvet_run_path(${target} .)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PUBLIC ${arg_LIBS} PRIVATE ${arg_PRIVATE_LIBS})
  hashvet_sanitize_link(${target})
  if(BUILD_SHARED_LIBS)
    # Instances of std:: and absl:: templates stay ours, and what a component
    # lacks is told when it is linked, not when its user is.
    set(exports ${PROJECT_SOURCE_DIR}/cmake/exports.map)
    target_link_options(${target} PRIVATE LINKER:--version-script=${exports})
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${exports})
    if(NOT HASHVET_SANITIZE)
      target_link_options(${target} PRIVATE LINKER:-z,defs)
    endif()
  endif()
  set_property(GLOBAL APPEND PROPERTY HASHVET_COMPONENTS ${target})
endfunction()

# hashvet_component_module(<component> <target>): a library the component opens by
# name when it first needs it. A static component lies in its user's program,
# which therefore gets a run path to where modules are installed.
function(hashvet_component_module name module)
  set(target hashvet_${name}_component)
  add_dependencies(${target} ${module})
  if(NOT BUILD_SHARED_LIBS)
    set(folder $<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}/hashvet)
    target_link_options(${target} INTERFACE
      $<INSTALL_INTERFACE:LINKER:-rpath,${folder}>)
  endif()
endfunction()

# hashvet_program(<name> SOURCES … LIBS …): an installed program.
function(hashvet_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  set(target hashvet_${name}_program)
  add_executable(${target} ${arg_SOURCES})
  hashvet_target_defaults(${target})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name}
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  hashvet_run_path(${target} ../${CMAKE_INSTALL_LIBDIR} ..)
  target_include_directories(${target} PRIVATE
    ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(${target} PRIVATE ${arg_LIBS})
  set_property(GLOBAL APPEND PROPERTY HASHVET_PROGRAMS ${target})
endfunction()
