#!/usr/bin/env python3
"""Builds the wheel, installs it into a clean virtual environment, and runs the
tests there: first with nothing else, then with NumPy, PIL and pyarrow.

  run_in_venv.py SOURCE BUILD_TREE SCRATCH PROGRAM [TEST…]
  run_in_venv.py --spark SOURCE BUILD_TREE SCRATCH PROGRAM

With --spark: the tests on Spark, and no others, in the environment that a run
without has made. The library is the one of the build tree: nothing of it is compiled again. What
builds the wheel, and the libraries that the tests meet, are in .venv-scale, made
by `./dev setup python`, and `./dev setup spark` adds Spark; without them this
exits 77, which ctest calls skipped.
"""

import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77
BARE = ("test_package",)  # what must work without any other package
ON_SPARK = ("test_spark", "test_spark_cluster")


def run(*command, **more):
    subprocess.run([str(part) for part in command], check=True, **more)


def site_packages(python):
    return subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True).stdout.strip()


def build_wheel(tools, source, build_tree, scratch):
    wheels = scratch / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    options = [f"cmake.define.HASHVET_BUILD_TREE={build_tree}",
               f"build-dir={scratch / 'build'}"]
    if shutil.which("ccache"):
        options.append("cmake.define.CMAKE_CXX_COMPILER_LAUNCHER=ccache")
    run(tools, "-m", "pip", "wheel", "--quiet", "--no-deps",
        "--no-build-isolation", "--disable-pip-version-check", "-w", wheels,
        source / "python", *(f"-C{option}" for option in options))
    (wheel,) = wheels.glob("hashvet-*.whl")
    return wheel


def tools_python(source):
    return source / ".venv-scale" / "bin" / "python"


def make(source, build_tree, scratch):
    """The interpreter of a clean virtual environment with the package alone;
    None where there is nothing to build it with."""
    tools = tools_python(source)
    if not tools.exists():
        return None
    scratch.mkdir(parents=True, exist_ok=True)
    wheel = build_wheel(tools, source, build_tree, scratch)
    clean = scratch / "clean"
    run(sys.executable, "-m", "venv", "--clear", clean)
    python = clean / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-index",
        "--disable-pip-version-check", wheel)
    return python


def add_others(source, python):
    """Lets it see the other packages, none of which is ours."""
    path = pathlib.Path(site_packages(python)) / "scale.pth"
    path.write_text(site_packages(tools_python(source)) + "\n")


def skip(why):
    if os.environ.get("HASHVET_EXPECT_SCALE"):  # .ci/run sets it
        sys.exit(f"HASHVET_EXPECT_SCALE is set, but: {why}")
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def test_on_spark(python, tests, env):
    if not python.exists() or subprocess.run(
            [python, "-c", "import pandas, pyspark"], capture_output=True,
            env=env).returncode != 0:
        skip("no pyspark, which `./dev setup spark` installs")
    if shutil.which("java") is None:
        skip("no java, which `./dev setup spark` installs")
    run(python, "-m", "unittest", *ON_SPARK, cwd=tests, env=env)


def main():
    on_spark = sys.argv[1] == "--spark"
    if on_spark:
        del sys.argv[1]
    source, build_tree, scratch, program = map(pathlib.Path, sys.argv[1:5])
    tests = pathlib.Path(__file__).resolve().parent
    env = {**os.environ, "HASHVET_PROGRAM": str(program),
           "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("PYTHONPATH", None)
    if on_spark:
        test_on_spark(scratch / "clean" / "bin" / "python", tests, env)
        return
    python = make(source, build_tree, scratch)
    if python is None:
        skip("no .venv-scale, which `./dev setup python` makes")
    chosen = sys.argv[5:] or sorted(
        {p.stem for p in tests.glob("test_*.py")} - set(ON_SPARK))
    for stage in (True, False):
        names = [name for name in chosen if (name in BARE) == stage]
        if not names:
            continue
        if not stage:
            add_others(source, python)
        run(python, "-m", "unittest", *names, cwd=tests, env=env)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as failed:
        sys.exit(f"failed: {' '.join(map(str, failed.cmd))}")
