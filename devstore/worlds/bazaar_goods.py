"""What the bazaar sells, who buys there, and when people in Kuwait shop more or less."""

from datetime import date, timedelta

GOODS: list[tuple[str, str, str, int]] = [
    ("دهن عود كمبودي 3 مل", "45.000", "Oud", 3),
    ("عود مروكي فاخر 50 غ", "38.500", "Oud", 3),
    ("بخور دوسري 40 غ", "9.750", "Oud", 8),
    ("معمول بخور ملكي", "7.250", "Oud", 8),
    ("Oud & Amber Eau de Parfum 100 ml", "28.000", "Perfume", 7),
    ("Taif Rose Perfume 50 ml", "22.500", "Perfume", 6),
    ("White Musk Oil 12 ml", "5.500", "Perfume", 10),
    ("عطر مسك الطهارة", "4.250", "Perfume", 10),
    ("عطر الشعر بالعنبر", "6.900", "Perfume", 7),
    ("Travel Perfume Set", "14.750", "Perfume", 4),
    ("قهوة عربية بالهيل 500 غ", "4.500", "Coffee", 16),
    ("Ethiopia Guji Beans 250 g", "5.250", "Coffee", 13),
    ("Cold Brew Bottle, six pack", "7.500", "Coffee", 6),
    ("هيل أخضر فاخر 250 غ", "6.250", "Coffee", 6),
    ("دلة قهوة نحاسية", "18.000", "Coffee", 2),
    ("تمر سكري مفتل 1 كغ", "3.750", "Dates", 12),
    ("تمر خلاص محشي باللوز", "6.500", "Dates", 9),
    ("Date Maamoul Box", "4.950", "Dates", 9),
    ("علبة ضيافة فاخرة", "16.500", "Dates", 4),
    ("عباية كريب سوداء", "32.000", "Abayas", 4),
    ("Linen Abaya, Sand", "36.500", "Abayas", 3),
    ("عباية مطرزة", "54.000", "Abayas", 2),
    ("شيلة حرير", "8.500", "Abayas", 4),
    ("Kids Dishdasha", "11.250", "Clothing", 3),
    ("مبخرة خزف", "12.750", "Home", 3),
]
"""Title, price in KWD, kind, and how often it is bought beside the others."""


def _words(text: str) -> list[str]:
    return text.split()


ARABIC_FIRST = _words(
    "فاطمة نورة مريم شيخة دانة لولوة حصة منيرة عائشة سارة هيا بدرية غنيمة دلال أسماء العنود ريم نوف "
    "محمد أحمد عبدالله خالد فهد سعود يوسف علي ناصر مشاري بدر طلال عبدالعزيز حمد جاسم فيصل سالم مبارك"
)
ARABIC_LAST = _words(
    "العنزي المطيري الرشيدي العازمي الهاجري الشمري الكندري الفضلي العجمي الظفيري القحطاني البلوشي "
    "الصباح الغانم الخرافي المرزوق الصالح الكاظمي بهبهاني معرفي دشتي أشكناني الحربي السبيعي الدوسري"
)
ENGLISH_FIRST = _words(
    "Maria Priya Anita Sarah Emily Joanna Grace Leila Hannah Nadia Amira Rose Divya Chloe Fatima Dana "
    "Ahmed Omar John David Rajesh Arun Michael Hassan Karim Daniel Jose Imran Peter Samir Vikram Tom"
)
ENGLISH_LAST = _words(
    "Santos Nair Sharma Khan Fernandes Cruz Thomas Mathew Hussain Ali Smith Reyes Iyer Haddad Mansour "
    "Brown Garcia Joseph Rahman Silva Wilson Nasser Pereira Abraham Taylor Malik Varghese Lopez"
)

_RAMADAN = {
    2023: (3, 23),
    2024: (3, 11),
    2025: (3, 1),
    2026: (2, 18),
    2027: (2, 8),
    2028: (1, 28),
    2029: (1, 16),
    2030: (1, 6),
}
_TO_EID, _TO_SACRIFICE = timedelta(days=30), timedelta(days=97)
_WEEKDAYS = (0.92, 0.90, 0.95, 1.18, 1.12, 1.02, 0.98)

COLLECTIONS = {
    "العود والبخور": ("Oud",),
    "Perfumes": ("Perfume",),
    "القهوة والتمر": ("Coffee", "Dates"),
    "عبايات وملابس": ("Abayas", "Clothing"),
    "Gifts | هدايا": ("Oud", "Perfume", "Home", "Gift card"),
    "Home": ("Home",),
}
"""Which kinds of goods stand in which collection."""
LANDS = (("KW", 78), ("SA", 10), ("AE", 5), ("QA", 3), ("BH", 2), ("OM", 1), ("GB", 1))
"""Where people have it sent to, of a hundred of them."""


def offer(day: date) -> str:
    """What the automatic discount of a busy day is called."""
    starts = _RAMADAN.get(day.year)
    if starts is not None and timedelta(-7) <= day - date(day.year, *starts) < _TO_EID:
        return "عرض رمضان"
    return "White Friday" if _white_friday(day) > 1 else "عرض الموسم"


def busyness(day: date) -> float:
    """How much is bought on a day, 1 on an ordinary one: week, summer, Ramadan, feasts, White Friday."""
    weight = _WEEKDAYS[day.weekday()]
    if day.month in {7, 8}:
        weight *= 0.78
    if (day.month, day.day) in {(2, 25), (2, 26)}:
        weight *= 1.35
    return weight * _feasts(day) * _white_friday(day)


def _feasts(day: date) -> float:
    starts = _RAMADAN.get(day.year)
    if starts is None:
        return 1.0
    ramadan = date(day.year, *starts)
    eid = ramadan + _TO_EID
    if eid - timedelta(days=10) <= day < eid:
        return 1.9
    if ramadan - timedelta(days=7) <= day < eid:
        return 1.35
    if eid <= day < eid + timedelta(days=3):
        return 0.5
    sacrifice = ramadan + _TO_SACRIFICE
    return 1.4 if sacrifice - timedelta(days=7) <= day < sacrifice else 1.0


def _white_friday(day: date) -> float:
    last = date(day.year, 11, 30)
    friday = last - timedelta(days=(last.weekday() - 4) % 7)
    distance = (day - friday).days
    if distance == 0:
        return 2.6
    return 1.6 if -3 <= distance <= 3 else 1.0
