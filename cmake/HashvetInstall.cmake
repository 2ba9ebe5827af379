# cmake --install: headers, the components, the programs, and the files by which
# find_package(hashvet COMPONENTS …) and pkg-config find them.

include(CMakePackageConfigHelpers)

set(HASHVET_INSTALL_CMAKEDIR ${CMAKE_INSTALL_LIBDIR}/cmake/hashvet)
get_property(components GLOBAL PROPERTY HASHVET_COMPONENTS)
get_property(programs GLOBAL PROPERTY HASHVET_PROGRAMS)

# One export set a component, so that a user of core needs no codec's package.
set(HASHVET_INSTALLED_COMPONENTS)  # for hashvetConfig.cmake
foreach(target IN LISTS components)
  get_target_property(name ${target} EXPORT_NAME)
  list(APPEND HASHVET_INSTALLED_COMPONENTS ${name})
  install(TARGETS ${target} EXPORT hashvet-${name}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT hashvet-${name} NAMESPACE hashvet::
    FILE hashvet-${name}.cmake DESTINATION ${HASHVET_INSTALL_CMAKEDIR})
endforeach()
if(programs)
  install(TARGETS ${programs} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

install(DIRECTORY include/hashvet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  PATTERN decode EXCLUDE PATTERN picture EXCLUDE PATTERN opencv EXCLUDE
  PATTERN hashvet/c EXCLUDE PATTERN sandbox EXCLUDE PATTERN ledger EXCLUDE
  PATTERN feeds EXCLUDE)
if(HASHVET_WITH_LEDGER)
  install(DIRECTORY include/hashvet/ledger
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hashvet)
endif()
if(HASHVET_WITH_FEEDS)
  install(DIRECTORY include/hashvet/feeds
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hashvet)
endif()
if(HASHVET_WITH_DECODE)
  install(DIRECTORY include/hashvet/decode include/hashvet/picture
    include/hashvet/c
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hashvet)
endif()
if(HASHVET_WITH_SANDBOX)
  install(DIRECTORY include/hashvet/sandbox
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hashvet)
endif()
if(HASHVET_WITH_OPENCV)
  install(DIRECTORY include/hashvet/opencv
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hashvet)
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

if(BUILD_SHARED_LIBS)
  set(BUILD_SHARED_LIBS_AS_BOOL TRUE)
else()
  set(BUILD_SHARED_LIBS_AS_BOOL FALSE)
endif()
configure_package_config_file(cmake/hashvetConfig.cmake.in
  ${PROJECT_BINARY_DIR}/hashvetConfig.cmake
  INSTALL_DESTINATION ${HASHVET_INSTALL_CMAKEDIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/hashvetConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/hashvetConfig.cmake
  ${PROJECT_BINARY_DIR}/hashvetConfigVersion.cmake
  DESTINATION ${HASHVET_INSTALL_CMAKEDIR})

# pkg-config: hashvet-core.pc and one for each other component. The Abseil
# modules are those the public headers and, linked statically, our objects use.
# The prefix is told from where the file lies: `cmake --install --prefix` and a
# moved tree work.
cmake_path(SET pc_folder "/prefix")
cmake_path(APPEND pc_folder ${CMAKE_INSTALL_LIBDIR} pkgconfig)
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(PC_PREFIX ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH pc_to_prefix ${pc_folder} "/prefix")
  cmake_path(SET PC_PREFIX "\${pcfiledir}")
  cmake_path(APPEND PC_PREFIX ${pc_to_prefix})
endif()
cmake_path(SET PC_LIBDIR "\${prefix}")
cmake_path(APPEND PC_LIBDIR ${CMAKE_INSTALL_LIBDIR})
cmake_path(SET PC_INCLUDEDIR "\${prefix}")
cmake_path(APPEND PC_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})
function(hashvet_pkgconfig name description)
  cmake_parse_arguments(arg "" "REQUIRES;REQUIRES_PRIVATE;LIBS;LIBS_PRIVATE" ""
    ${ARGN})
  set(PC_NAME ${name})
  set(PC_DESCRIPTION ${description})
  set(PC_REQUIRES ${arg_REQUIRES})
  set(PC_REQUIRES_PRIVATE ${arg_REQUIRES_PRIVATE})
  set(PC_LIBS ${arg_LIBS})
  set(PC_LIBS_PRIVATE ${arg_LIBS_PRIVATE})
  configure_file(cmake/hashvet.pc.in
    ${PROJECT_BINARY_DIR}/hashvet-${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/hashvet-${name}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

set(core "hashvet-core = ${PROJECT_VERSION}")
set(absl "absl_status, absl_statusor, absl_strings, absl_span, absl_function_ref")
set(absl_private
  "absl_synchronization, absl_time, absl_flat_hash_map, absl_flat_hash_set, absl_cleanup")
if(BUILD_SHARED_LIBS)
  hashvet_pkgconfig(core "Hashes, search, lists and verdicts"
    REQUIRES ${absl} REQUIRES_PRIVATE "${absl_private}, libcrypto"
    LIBS_PRIVATE "-pthread")
else()
  # A static library brings its needs to every user, pkg-config --static or not.
  hashvet_pkgconfig(core "Hashes, search, lists and verdicts"
    REQUIRES "${absl}, ${absl_private}, libcrypto" LIBS "-pthread")
endif()
if(HASHVET_WITH_LEDGER AND BUILD_SHARED_LIBS)
  hashvet_pkgconfig(ledger "The ledger of lists"
    REQUIRES ${core} REQUIRES_PRIVATE sqlite3)
elseif(HASHVET_WITH_LEDGER)
  hashvet_pkgconfig(ledger "The ledger of lists" REQUIRES "${core}, sqlite3")
endif()
if(HASHVET_WITH_FEEDS AND BUILD_SHARED_LIBS)
  hashvet_pkgconfig(feeds "Feeds from clearinghouses into the ledger"
    REQUIRES "hashvet-ledger = ${PROJECT_VERSION}"
    REQUIRES_PRIVATE "libcurl, expat")
elseif(HASHVET_WITH_FEEDS)
  hashvet_pkgconfig(feeds "Feeds from clearinghouses into the ledger"
    REQUIRES "hashvet-ledger = ${PROJECT_VERSION}, libcurl, expat")
endif()
if(HASHVET_WITH_DECODE AND BUILD_SHARED_LIBS)
  hashvet_pkgconfig(decode "Picture bytes to pixels and hashes"
    REQUIRES ${core} REQUIRES_PRIVATE libjpeg LIBS_PRIVATE "-ldl")
elseif(HASHVET_WITH_DECODE)
  # The run path is where the module with the other codecs is found.
  hashvet_pkgconfig(decode "Picture bytes to pixels and hashes"
    REQUIRES "${core}, libjpeg"
    LIBS "-ldl -Wl,-rpath,\${libdir}/hashvet")
endif()
if(HASHVET_WITH_DECODE)
  # A shared library that brings its needs along: nothing is asked of its users.
  hashvet_pkgconfig(c "hashvet from C" LIBS "")
endif()
if(HASHVET_WITH_SANDBOX)
  hashvet_pkgconfig(sandbox "Pictures from strangers, decoded in a sandbox"
    REQUIRES ${core} LIBS_PRIVATE "-ldl")
endif()
if(HASHVET_WITH_OPENCV)
  # opencv4.pc names every library OpenCV has; only its headers are needed.
  hashvet_pkgconfig(opencv "cv::Mat to hashes"
    REQUIRES ${core} REQUIRES_PRIVATE opencv4 LIBS "-lopencv_core -lopencv_img_hash")
endif()
