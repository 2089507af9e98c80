"""The mail of a demo, printed as a block that stands out between the lines of the log."""

from typing import Any

from django.core.mail.backends import console

RULE = "=" * 78


class EmailBackend(console.EmailBackend):
    def write_message(self, message: Any) -> None:
        head = [f"Mail to {', '.join(message.to)}", f"Subject: {message.subject}", ""]
        text = "\n".join(f"  {line}".rstrip() for line in [*head, *message.body.splitlines()])
        self.stream.write(f"\n{RULE}\n{text}\n{RULE}\n\n")
