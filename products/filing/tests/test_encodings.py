"""A file is read in the encoding that its letters show, or that its user names."""

from products.filing.tests.importing import import_file, upload
from products.filing.tests.test_page import find_result, send
from products.models import Product
from testing.reading.browser import Browser

POLISH = "name;price\nŁyżka;12,50\n".encode("cp1250")
DOUBTFUL = b"name;price\nM\x81\x8d\x9dller;5\n"


def test_a_polish_file_comes_in_with_its_letters(as_alice):
    answer = import_file(as_alice, POLISH)
    assert answer["encoding"] == "windows-1250"
    assert answer["notes"] == ["The file is not UTF-8: it is read as Windows-1250."]
    assert Product.objects.get().name == "Łyżka"


def test_a_client_can_name_the_encoding(as_alice):
    import_file(as_alice, "name;price\nТea;5\n".encode("cp1251"), "?encoding=windows-1251")
    assert Product.objects.get().name == "Тea"


def test_a_wrong_name_of_an_encoding_is_refused(as_alice):
    answer = upload(as_alice, POLISH, "?encoding=latin-7")
    assert (answer.status_code, list(answer.json())) == (400, ["encoding"])


def test_a_doubtful_encoding_is_asked_with_samples(as_alice):
    answer = upload(as_alice, DOUBTFUL).json()
    assert (answer["code"], answer["encodings"]["windows-1251"]) == ("invalid_file", "MЃЌќller;5")
    assert "windows-1251: MЃЌ" in answer["detail"]
    assert import_file(as_alice, DOUBTFUL, "?encoding=windows-1251")["created"] == 1


def test_the_page_offers_each_encoding_with_a_sample(alice):
    browser = Browser(alice)
    assert "windows-1251: MЃЌќller;5" in find_result(send(browser, DOUBTFUL, dry_run="true"))
    assert '<option value="windows-1250" selected>' in send(browser, POLISH, dry_run="true").content.decode()
