"""Common names by country, to invent people from. Nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass

_SPANISH_GIVEN = (
    "José Luis María Ana Carlos Rosa Juan Elena Miguel Lucía Pedro Carmen Jorge Sofía Marvin Karla Óscar "
    "Gladys Wilmer Yesenia Edwin Blanca Kevin Daniela Franklin Marisol Nelson Paola Rubén Irma Dayana Yander "
    "Selvin Heidy Elmer Ingrid Bayron Norma Darwin Leticia Ariel Mirna Julio Xiomara"
)
_SPANISH_FAMILY = (
    "García Hernández López Martínez González Rodríguez Pérez Ramírez Flores Rivera Gómez Díaz Reyes Morales "
    "Cruz Ortiz Gutiérrez Chávez Ramos Ruiz Mendoza Álvarez Castillo Romero Vásquez Rivas Aguilar Mejía Núñez "
    "Cabrera Peña Escobar Lemus Zelaya Turcios Orellana Alvarado Barrios Tzoc Ixcoy Chub Caal Quispe Mamani"
)


@dataclass(frozen=True)
class Culture:
    """Names of a country, the languages spoken (with weights), and its share of the people (per mille)."""

    country: str
    share: int
    given: tuple[str, ...]
    family: tuple[str, ...]
    languages: tuple[tuple[str, int], ...]


def _culture(country: str, share: int, given: str, family: str, languages: str) -> Culture:
    spoken = tuple(
        (tag, int(weight)) for tag, weight in (item.split(":") for item in languages.split())
    )
    return Culture(country, share, tuple(given.split()), tuple(family.split()), spoken)


CULTURES: tuple[Culture, ...] = (
    _culture("Honduras", 170, _SPANISH_GIVEN, _SPANISH_FAMILY, "es:97 cab:3"),
    _culture("Guatemala", 170, _SPANISH_GIVEN, _SPANISH_FAMILY, "es:90 mam:4 quc:4 kek:2"),
    _culture("El Salvador", 90, _SPANISH_GIVEN, _SPANISH_FAMILY, "es:100"),
    _culture("Cuba", 90, _SPANISH_GIVEN, _SPANISH_FAMILY, "es:100"),
    _culture("Nicaragua", 80, _SPANISH_GIVEN, _SPANISH_FAMILY, "es:98 miq:2"),
    _culture("Venezuela", 90, _SPANISH_GIVEN, _SPANISH_FAMILY, "es:100"),
    _culture("Ecuador", 60, _SPANISH_GIVEN, _SPANISH_FAMILY, "es:95 qu:5"),
    _culture("Colombia", 60, _SPANISH_GIVEN, _SPANISH_FAMILY, "es:100"),
    _culture(
        "Jamaica", 30, "Andre Keisha Damion Shanice Omar Tanya Jermaine Alicia",
        "Brown Campbell Clarke Grant Reid Walker", "en:100",
    ),
    _culture(
        "Ghana", 25, "Kwame Ama Kofi Akosua Yaw Abena Kojo Efua",
        "Mensah Owusu Boateng Asante Appiah Osei", "en:100",
    ),
    _culture(
        "Brazil", 30, "João Ana Marcos Juliana Rafael Camila Thiago Larissa",
        "Silva Souza Oliveira Santos Lima Pereira", "pt:100",
    ),
    _culture(
        "Haiti", 30, "Jean Marie Pierre Rose Wilner Guerline Frantz Nadège",
        "Jean-Baptiste Joseph Pierre Louis Charles Saint-Fleur", "ht:100",
    ),
    _culture(
        "China", 20, "Wei Fang Jun Li Ming Xiu Lei Yan",
        "Wang Li Zhang Liu Chen Yang", "zh-Hans:100",
    ),
    _culture(
        "India", 20, "Gurpreet Harjit Manjit Simran Rajinder Jaspreet",
        "Singh Kaur Gill Sandhu Dhillon", "pa-Guru:80 hi:20",
    ),
    _culture(
        "Russia", 12, "Иван Мария Сергей Ольга Дмитрий Анна",
        "Иванов Смирнов Кузнецов Попов Соколов", "ru:100",
    ),
    _culture(
        "Cameroon", 10, "Emmanuel Brigitte Blaise Solange",
        "Ngwa Tabe Fru Nkeng", "fr:60 en:40",
    ),
    _culture(
        "Afghanistan", 8, "Ahmad Zahra Karim Laila",
        "Rahimi Noori Hakimi Azizi", "prs:70 ps:30",
    ),
    _culture(
        "Ethiopia", 5, "Abebe Tigist Dawit Hana",
        "Bekele Tesfaye Alemu Haile", "am:80 ti:20",
    ),
)  # fmt: skip


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COUNSEL_GIVEN = _words(
    "Alice Ben Chloe David Esther Farah Grace Hugo Irene Jonah Kira Leo Maya Noor Owen Priya Quinn Rita"
)
COUNSEL_FAMILY = _words(
    "Abbott Barnes Castro Dorsey Ellis Foster Greene Hart Irwin Jacobs Klein Lowe Moss Nguyen Ortega"
)
FIRM_WORDS = _words(
    "Harbor Northgate Cedar Lantern Bridge Meridian Juniper Anchor Summit Willow Beacon Prairie"
)
FIRM_KINDS = (
    "Immigrant Legal Center",
    "Immigration Law, PLLC",
    "Asylum Defense Project",
    "Law Office",
)
TOWNS = (
    ("Cedar Valley", "TX"), ("Pine Ridge", "LA"), ("Red Mesa", "AZ"), ("Lakeview", "GA"), ("Stone Creek", "CA"),
    ("Bayou Bend", "LA"), ("Dry Fork", "NM"), ("Elk Grove", "CO"), ("Harper", "FL"), ("Millbrook", "PA"),
    ("Orchard", "WA"), ("Sandy Point", "MD"), ("Twin Rivers", "NV"), ("Walnut Hill", "OH"), ("Whitfield", "MS"),
    ("Granite Falls", "MN"), ("Eastport", "NJ"), ("Cottonwood", "TX"), ("Mesquite Flats", "TX"), ("Ironwood", "CA"),
)  # fmt: skip
