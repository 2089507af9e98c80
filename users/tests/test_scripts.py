"""User names have one script, so that no name looks like another. Names from before this rule stay valid."""

from core.texts.cleaning import find_script
from desk.support.tests.test_admin import admin_url, submit_form
from testing.cast.people import PASSWORD, client_of, make_user
from testing.tables import all_cases
from users.models import User

MIXED = ["аlice", "аlicе", "alicе", "αlice", "aлиса", "ali\u0561", "山田taro", "한かな", "ㄅかな", "a\u0663"]


@all_cases("name", MIXED)
def test_refuses_a_new_name_that_mixes_scripts(as_nobody, name):
    response = as_nobody.post("/api/register/", {"username": name, "password": PASSWORD})
    assert (response.status_code, list(response.json())) == (400, ["username"])
    assert "script" in response.json()["username"][0]


@all_cases(
    "name",
    ["alice", "jörg+1@example.org", "алиса", "алиса-2", "Ελένη", "山田太郎", "山田タロー", "やまだ太郎", "々〆",
     "김철수", "金철수", "ㄅㄆ臺灣", "דנה", "علي٣", "أحمد", "ʻokina", "\uff21lice", "Ⅳ", "7.of-9", "დავით", "אבג_1"],
)  # fmt: skip
def test_accepts_a_name_of_one_writing_system(as_nobody, name):
    assert as_nobody.post("/api/register/", {"username": name, "password": PASSWORD}).status_code == 201


@all_cases("name", ["\u3164", "김\u1160", "김\uffa0", "\u115f"])
def test_refuses_a_new_name_with_an_invisible_letter(as_nobody, name):
    response = as_nobody.post("/api/register/", {"username": name, "password": PASSWORD})
    assert response.json() == {"username": ["Remove the invisible letters."]}


def test_refuses_to_change_a_name_to_one_that_mixes_scripts(as_alice, alice):
    assert as_alice.patch("/api/users/me/", {"username": "аlice"}).status_code == 400
    alice.refresh_from_db()
    assert alice.username == "alice"


def test_an_older_name_that_mixes_scripts_signs_in_and_may_be_repeated(as_nobody):
    user = make_user("аlice")  # the first letter of the name is Cyrillic
    sign_in = as_nobody.post("/api/auth/login/", {"username": "аlice", "password": PASSWORD})
    assert sign_in.status_code == 200
    response = client_of(user).put("/api/users/me/", {"username": "аlice", "phone": "+43 1"})
    assert (response.status_code, response.json()["phone"]) == (200, "+43 1")


def test_refuses_a_worker_whose_name_mixes_scripts(as_alice):
    assert as_alice.post("/api/users/", {"username": "bоb", "password": PASSWORD}).status_code == 400


def test_the_desk_refuses_new_names_that_mix_scripts_and_keeps_older_ones(support):
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    response = support.post(admin_url(User, "add"), {"username": "bоb", "role": "worker", **passwords})
    assert "Use the letters of one script: Cyrillic and Latin are mixed." in response.text
    old = make_user("аlice")
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    assert submit_form(support, old, phone="+43 1", **joined).status_code == 302
    assert "Cyrillic and Latin" in submit_form(support, old, username="bоb", **joined).text
    old.refresh_from_db()
    assert (old.username, old.phone) == ("аlice", "+43 1")


@all_cases(
    ("characters", "script"),
    [("aéßıªʇ", "LATIN"), ("аё", "CYRILLIC"), ("αΏ", "GREEK"), ("山々〇", "HAN"), ("かゝ𛀂", "HIRAGANA"),
     ("カー", "KATAKANA"), ("한", "HANGUL"), ("ㄅ", "BOPOMOFO"), ("ع٣۴", "ARABIC"), ("7_.@+-ʻ", "")],
)  # fmt: skip
def test_finds_the_script_of_a_character(characters, script):
    assert {find_script(character) for character in characters if character != "ª"} == {script}
