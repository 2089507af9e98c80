"""`python -m clients.generate SCHEMA FOLDER`: what openapi-generator makes of the schema, in three languages.

Says which language is left out, and what is missing for it.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

OPTIONS = "disallowAdditionalPropertiesIfNotPresent=false,hideGenerationTimestamp=true"
# javac finds Jackson in the generator's own jar, and the rest where Debian and Ubuntu install it.
JARS = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in ("geronimo-annotation-1.3-spec", "httpmime", "httpclient", "httpcore", "commons-logging")
]
JAR_PACKAGES = "libgeronimo-annotation-1.3-spec-java libhttpmime-java"


class Language(NamedTuple):
    """A generator of openapi-generator's, its options, and the commands that its client needs."""

    generator: str
    options: str
    needs: tuple[str, ...]
    jars: list[Path] = []


LANGUAGES = {
    "python": Language("python", "packageName=inventory_openapi", ("java",)),
    "go": Language("go", "packageName=inventory,withGoMod=false,generateInterfaces=false", ("java", "go")),
    "java": Language(
        "java",
        "library=native,openApiNullable=false,useSingleRequestParameter=true,invokerPackage=inventory,"
        "apiPackage=inventory.api,modelPackage=inventory.model",
        ("java", "javac"),
        JARS,
    ),
}


def missing(language: Language) -> str:
    """Return what is not installed of what the language needs; empty if everything is there."""
    commands = [command for command in language.needs if shutil.which(command) is None]
    packages = [JAR_PACKAGES] if any(not jar.exists() for jar in language.jars) else []
    return ", ".join([*commands, *packages])


def main(schema: Path, folder: Path) -> None:
    for name, language in LANGUAGES.items():
        if lacking := missing(language):
            print(f"There is no {name} client of openapi-generator: {lacking} is not installed.", file=sys.stderr)
        else:
            generate(language, schema, folder / f"openapi-{name}")


def generate(language: Language, schema: Path, folder: Path) -> None:
    """Make the client anew. Raises CalledProcessError if the generator refuses the schema."""
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--additional-properties", f"{OPTIONS},{language.options}"]
    command = ["openapi-generator-cli", "generate", "-i", str(schema), "-g", language.generator, "-o", str(folder)]
    subprocess.run([*command, *options], stdout=subprocess.DEVNULL, check=True)  # noqa: S603


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
