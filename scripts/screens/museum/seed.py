"""Sample data, the same every time. Run with DJANGO_SETTINGS_MODULE set, after `migrate`."""

from datetime import date, timedelta
from decimal import Decimal

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402

from museum.models import Curator, Exhibition  # noqa: E402

SHOWS = [
    ("Salt, Rope and Tar", "dock", "9.50"),
    ("Lamps of the Coast", "tower", "6.00"),
    ("Maps Drawn from Memory", "north", "8.00"),
    ("The Ferry Years 1921-1968", "dock", "9.50"),
    ("Small Boats, Long Journeys", "north", "7.50"),
    ("Knots: A Working Alphabet", "tower", "0.00"),
]
SUMMARY = "Tools and photographs from four harbours, with the voices of the people who worked there."

User.objects.create_superuser("admin", "admin@example.com", "admin", first_name="Ines", last_name="Halloran")
curators = [Curator.objects.create(name=n) for n in ("Ines Halloran", "Teodor Blom", "Farida Aziz")]
for i, (title, gallery, price) in enumerate(SHOWS):
    opens = date(2025, 2, 1) + timedelta(days=45 * i)
    Exhibition.objects.create(
        title=title,
        gallery=gallery,
        curator=curators[i % 3],
        opens_on=opens,
        closes_on=None if i == 5 else opens + timedelta(days=120),
        admission_price=Decimal(price),
        summary=SUMMARY,
    )
