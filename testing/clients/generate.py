"""`python -m testing.clients.generate SCHEMA FOLDER`: generate clients in three languages with openapi-generator.

A language whose requirements are not installed is skipped. A message names what is missing.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

OPTIONS = "disallowAdditionalPropertiesIfNotPresent=false,hideGenerationTimestamp=true"
# Jackson is part of the generator's jar. Debian and Ubuntu install the other jars in these places.
JARS = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in ("geronimo-annotation-1.3-spec", "httpmime", "httpclient", "httpcore", "commons-logging")
]
JAR_PACKAGES = "libgeronimo-annotation-1.3-spec-java libhttpmime-java"


class Language(NamedTuple):
    """A generator of openapi-generator with its options, and the commands and jars that its client needs."""

    generator: str
    options: str
    commands: tuple[str, ...]
    jars: list[Path] = []


LANGUAGES = {
    "python": Language("python", "packageName=inventory_openapi", ("java",)),
    "go": Language(
        "go", "packageName=inventory,withGoMod=false,generateInterfaces=false,enumClassPrefix=true", ("java", "go")
    ),
    "java": Language(
        "java",
        "library=native,openApiNullable=false,useSingleRequestParameter=true,invokerPackage=inventory,"
        "apiPackage=inventory.api,modelPackage=inventory.model",
        ("java", "javac"),
        JARS,
    ),
}


def missing_requirements(language: Language) -> str:
    """Return the missing commands and packages that the language needs, separated by commas."""
    commands = [command for command in language.commands if shutil.which(command) is None]
    packages = [JAR_PACKAGES] if any(not jar.exists() for jar in language.jars) else []
    return ", ".join([*commands, *packages])


def main(schema: Path, folder: Path) -> None:
    for name, language in LANGUAGES.items():
        if missing := missing_requirements(language):
            print(f"Skipping openapi-generator's {name} client: {missing} is not installed.", file=sys.stderr)
        else:
            generate(language, schema, folder / f"openapi-{name}")


def generate(language: Language, schema: Path, folder: Path) -> None:
    """Replace the client in the folder. Raise CalledProcessError if the generator rejects the schema."""
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--additional-properties", f"{OPTIONS},{language.options}"]
    command = ["openapi-generator-cli", "generate", "-i", str(schema), "-g", language.generator, "-o", str(folder)]
    subprocess.run([*command, *options], stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
