"""Names of any script in the letters of the English alphabet."""

from core.texts.folding import transliterate
from testing.tables import all_cases


@all_cases(
    ("name", "spelled"),
    [
        ("Größe (Øl)", "grosse (ol)"), ("Щётка", "shchetka"), ("Производитель", "proizvoditel"), ("Σειρά", "seira"),
        ("الماركة", "almarkm"), ("מותג", "mvtg"), ("ブランド", "burando"), ("브랜드", "beuraendeu"),
        ("品牌", "54c1724c"), ("रंग", "raga"), ("მარკა", "marka"), ("1 😀", "1 😀"),
    ],
)  # fmt: skip
def test_letters_of_each_script_have_a_sound(name, spelled):
    assert transliterate(name) == spelled
