"""The mail of a demo on its terminal."""

import io

from django.core.mail import EmailMessage

from core.mail import RULE, DemoBackend


def test_a_mail_is_a_block_with_its_receiver_its_subject_and_its_text():
    stream = io.StringIO()
    mail = EmailMessage("Your link", "Open\n\nhttp://127.0.0.1:8000/x\n", to=["ann@example.org"])
    DemoBackend(stream=stream).send_messages([mail])
    lines = ["  Mail to ann@example.org", "  Subject: Your link", "", "  Open", "", "  http://127.0.0.1:8000/x"]
    assert stream.getvalue().strip("\n-").split("\n") == [RULE, *lines, RULE]
