"""Names in words: `api_keys` -> "API keys", as a person writes them.

Everything that turns a name into a heading, a noun or a label does it here, so that an acronym is written the same
wherever it stands.
"""

from __future__ import annotations

from ghost_architect.schema.naming import word_set

_CAPITALS = word_set(
    """2fa abc api apr asa asn ata atc atd bcs bic bmi bpm cdn ci cidr cip cpc cpm cpu cpv crt csi css csv ctr cv cve
    cvss cwe dkim dmarc dna dns dob ean epc epp epss eta etd eui ewc faq fqdn fx gb gdpr gl gpa gpg gps gpu grn
    gss gtin hdr hr hs html http https iata iban icao icd id idn imei imo inn iops ip ipi isbn iso isrc issn
    iswc ivr json kpi kyc mac mcc mel mfa moq mpn mrn mrr msn mtbf mvp nda nfc nps oclc ocr oee orcid otp pcn
    pdf pnr po ppm pto qr ram rfi rfid rfp rfq rma roi rpm rr rss rsvp sdk seo sepa sha sim sku sla sms smtp
    spdx spf sql ssh ssl sso tld tls tmx ttl tv ui un upc url usb utc utm uuid uv vat vhf vin vip vm vo vpn wav
    wip wmo wo xml xp zip"""
)
"""Acronyms among the words of names. Those that are words too ("who", "met", "stat", "no") are not among them."""

_WRITTEN = {
    "bl": "B/L", "ab": "A/B", "co2": "CO2", "gbps": "Gbps", "gib": "GiB", "ios": "iOS", "iot": "IoT", "ipv4": "IPv4",
    "ipv6": "IPv6", "kwh": "kWh", "mbps": "Mbps", "oauth": "OAuth", "ph": "pH", "uom": "UoM", "wifi": "Wi-Fi",
}  # fmt: skip
"""Words with capitals of their own, wherever in a phrase they stand."""


def phrase(name: str) -> str:
    """A name in words, the first with a capital: "Dna kits" is not how anybody writes it."""
    words = " ".join(map(_word, name.split("_")))
    first = name.partition("_")[0]
    return words if first in _WRITTEN else words[:1].upper() + words[1:]


def small(text: str) -> str:
    """A phrase as it stands inside of a sentence: "New API key" is "new API key" there."""
    return " ".join(w if w in _KEPT or sum(map(str.isupper, w)) > 1 else w.lower() for w in text.split(" "))


_KEPT = frozenset(_WRITTEN.values())


def _word(word: str) -> str:
    if word in _WRITTEN:
        return _WRITTEN[word]
    if word in _CAPITALS:
        return word.upper()
    one = word.removesuffix("s")
    return f"{one.upper()}s" if one != word and one in _CAPITALS else word
