#!/usr/bin/env python3
"""Installs hashvet and builds other people's projects on it, each way there is.

  install_test.py static SOURCE BUILD SCRATCH CXX   installs BUILD as it is
  install_test.py shared SOURCE BUILD SCRATCH CXX   builds shared libraries in
                                                    SCRATCH and installs these

What BUILD compiled is in the compiler cache, so that most of a build of hashvet
is a look-up, where ccache is installed.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

KIND = sys.argv[1]
SOURCE, BUILD, SCRATCH = map(pathlib.Path, sys.argv[2:5])
CXX = sys.argv[5]
del sys.argv[1:6]
HERE = SOURCE / "tests" / "install"
PREFIX = SCRATCH / "prefix"

# Its compiler flags, so that the compiler cache knows hashvet's objects.
RELEASE_PRESET = ("-DHASHVET_CCACHE=ON", "-DHASHVET_DEVELOPER=ON",
                  "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON")

sys.path.append(str(SOURCE / "tests" / "support"))
from make_picture import waves, write_bmp, write_png  # noqa: E402


def run(*command, expect_failure=False, **more_environment):
    done = subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=os.environ | more_environment)
    if (done.returncode != 0) != expect_failure:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code "
                             f"{done.returncode}\n{done.stdout}")
    return done.stdout


def configure(source, build, *options, **more):
    return run("cmake", "-S", source, "-B", build, "-G", "Ninja",
               f"-DCMAKE_CXX_COMPILER={CXX}", "-DCMAKE_BUILD_TYPE=Release",
               *RELEASE_PRESET, "--no-warn-unused-cli", *options, **more)


def fresh(name):
    """An empty folder for a consumer's build."""
    folder = SCRATCH / "consumers" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def library(name):
    found = sorted(PREFIX.glob(f"lib*/**/libhashvet_{name}.so.*"))
    return found[-1]  # the full version: the others are links to it


def setUpModule():
    shutil.rmtree(PREFIX, ignore_errors=True)
    if KIND == "static":
        run("cmake", "--install", BUILD, "--prefix", PREFIX)
    else:
        build = SCRATCH / "build"
        configure(SOURCE, build, "-DBUILD_SHARED_LIBS=ON",
                  "-DHASHVET_BUILD_PROGRAMS=OFF")
        run("cmake", "--build", build)
        run("cmake", "--install", build, "--prefix", PREFIX)
    global PICTURES
    PICTURES = SCRATCH / "a.png", SCRATCH / "a.bmp"
    write_png(PICTURES[0], waves(3, 2, 5))
    write_bmp(PICTURES[1], waves(3, 2, 5))


class EveryWayToLink(unittest.TestCase):
    def consume(self, name, *arguments, subproject=False):
        """Builds the project HERE/name and returns what its program prints."""
        build = fresh(name)
        where = ("-DHASHVET_SOURCE" if subproject else "-DCMAKE_PREFIX_PATH")
        configure(HERE / name, build,
                  f"{where}={SOURCE if subproject else PREFIX}")
        run("cmake", "--build", build, "--target", "consumer")
        return run(build / "consumer", *arguments)

    def test_find_package_core_brings_no_codec(self):
        self.assertIn("hashed", self.consume("core"))
        linked = run("ldd", SCRATCH / "consumers" / "core" / "consumer")
        self.assertNotRegex(linked, "jpeg|opencv|png")

    def test_find_package_decode_reads_png_through_the_installed_module(self):
        out = self.consume("decode", *PICTURES)
        self.assertEqual(out, "hashed, 96 x 96\n" * 2)
        linked = run("ldd", SCRATCH / "consumers" / "decode" / "consumer")
        self.assertNotIn("opencv", linked)
        # No other module may have stood in for the installed one.
        module = next(PREFIX.glob("lib*/hashvet/libhashvet_webcodecs*"))
        away = module.with_suffix(".away")
        module.rename(away)
        try:
            told = run(SCRATCH / "consumers" / "decode" / "consumer",
                       PICTURES[0], expect_failure=True)
            self.assertIn("webcodecs", told)
        finally:
            away.rename(module)

    def test_find_package_opencv(self):
        self.assertIn("hashed", self.consume("opencv"))

    def test_pkg_config(self):
        pkgconfig = next(PREFIX.glob("lib*/**/pkgconfig"))
        where = {"PKG_CONFIG_PATH": str(pkgconfig),
                 "LD_LIBRARY_PATH": str(pkgconfig.parent)}
        for module, name, arguments in (("core", "core", ()),
                                        ("decode", "decode", PICTURES),
                                        ("opencv", "opencv", ())):
            program = fresh(f"pkgconfig_{module}") / "consumer"
            flags = run("pkg-config", "--cflags", "--libs",
                        f"hashvet-{module}", **where).split()
            run(CXX, "-std=c++20", HERE / name / "main.cc", *flags, "-o",
                program)
            self.assertIn("hashed", run(program, *arguments, **where))

    def test_a_c_program_needs_no_more_than_the_c_library(self):
        pkgconfig = next(PREFIX.glob("lib*/**/pkgconfig"))
        where = {"PKG_CONFIG_PATH": str(pkgconfig),
                 "LD_LIBRARY_PATH": str(pkgconfig.parent)}
        program = fresh("c") / "match_from_c"
        flags = run("pkg-config", "--cflags", "--libs", "hashvet-c",
                    **where).split()
        run("cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
            SOURCE / "examples" / "match_from_c.c", *flags, "-o", program)
        told = run(program, "/nonexistent.hvs", PICTURES[0],
                   expect_failure=True, **where)
        self.assertIn("match_from_c: cannot examine: No such file", told)
        needed = run("readelf", "-d", program)
        self.assertRegex(needed, r"NEEDED.*\[libhashvet_c\.so\.1\]")
        self.assertNotRegex(needed, r"NEEDED.*(absl|stdc\+\+|hashvet_core)")

    @unittest.skipIf(KIND == "shared", "the same for both kinds")
    def test_add_subdirectory(self):
        out = self.consume("subdirectory", *PICTURES, subproject=True)
        self.assertEqual(out, "hashed, 96 x 96\n" * 2)

    @unittest.skipIf(KIND == "shared", "the same for both kinds")
    def test_fetch_content(self):
        self.assertIn("hashed", self.consume("fetch_content", subproject=True))

    def test_a_missing_component_is_told_by_name(self):
        told = configure(HERE / "missing_component", fresh("missing_component"),
                         f"-DCMAKE_PREFIX_PATH={PREFIX}", expect_failure=True)
        self.assertIn("telepathy", told)
        self.assertRegex(told, r"core,\s+ledger,\s+feeds,\s+decode,\s+sandbox,\s+c,\s+opencv")

    def test_every_installed_header_compiles(self):
        include = PREFIX / "include"
        headers = sorted(path.relative_to(include)
                         for path in include.rglob("*.h"))
        self.assertGreater(len(headers), 30)
        source = fresh("headers") / "all.cc"
        source.write_text("".join(f'#include "{path}"\n' for path in headers))
        run(CXX, "-std=c++20", "-fsyntax-only", f"-I{include}",
            *run("pkg-config", "--cflags", "opencv4").split(), source)


@unittest.skipIf(KIND == "static", "of shared libraries")
class SharedLibraries(unittest.TestCase):
    def test_the_name_carries_the_version_that_compatibility_ends_with(self):
        for name in ("core", "decode", "sandbox", "opencv"):
            dynamic = run("readelf", "-d", library(name))
            self.assertRegex(dynamic,
                             rf"SONAME.*\[libhashvet_{name}\.so\.0\.1\]")

    def test_only_what_headers_export_is_visible(self):
        exported = set()
        for header in (PREFIX / "include").rglob("*.h"):
            text = header.read_text()
            exported.update(re.findall(
                r"(?:class|struct) HASHVET_EXPORT (\w+)", text))
            exported.update(re.findall(
                r"^HASHVET_EXPORT\b[^;{(]*?(\w+)\(", text, re.MULTILINE))
        for name in ("core", "decode", "sandbox", "opencv"):
            visible = run("nm", "-D", "--defined-only", "--demangle",
                          library(name)).splitlines()
            self.assertTrue(visible)
            for line in visible:
                symbol = line.split(maxsplit=2)[2]
                owner = re.match(
                    r"(?:(?:vtable|typeinfo|typeinfo name) for )?"
                    r"hashvet::(\w+)", symbol)
                self.assertTrue(owner and owner[1] in exported,
                                f"libhashvet_{name}.so shows {symbol}")


if __name__ == "__main__":
    unittest.main()
