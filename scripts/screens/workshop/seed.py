"""Sample data, the same every time. Run with DJANGO_SETTINGS_MODULE set, after `migrate`."""

from datetime import date, timedelta
from decimal import Decimal

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402

from workshop.models import Bicycle, Customer, Mechanic, Part, RepairOrder, RepairPart  # noqa: E402

PEOPLE = [
    "Ada Brandt",
    "Jonas Okafor",
    "Mireille Dubois",
    "Tomas Lindqvist",
    "Priya Raman",
    "Owen Castell",
    "Lena Fischer",
]
BICYCLES = [
    ("Kestrel", "Commuter 7"),
    ("Nordwind", "Tour 28"),
    ("Alba", "Gravel R2"),
    ("Kestrel", "Cargo Plus"),
    ("Tanager", "City E"),
    ("Alba", "Road S1"),
    ("Nordwind", "Junior 20"),
]
PARTS = [
    ("Chain 11-speed", "CH-1108", "32.90"),
    ("Brake pads, rear", "BP-2040", "14.50"),
    ("Inner tube 28 in", "IT-2807", "7.95"),
]
COSTS = ["86.00", "45.50", "212.40", "39.90", "128.75", "64.00", "310.00"]
NOTES = "Rear wheel out of true, please check the spokes. Customer needs it before the weekend."

User.objects.create_superuser("admin", "admin@example.com", "admin", first_name="Ada")
customers = [
    Customer.objects.create(name=n, email=f"{n.split()[0].lower()}@example.com", phone=f"+44 20 7946 0{110 + i}")
    for i, n in enumerate(PEOPLE)
]
mechanics = [Mechanic.objects.create(name=n, hourly_rate=Decimal("48.00")) for n in ("R. Novak", "S. Iyer", "B. Holm")]
parts = [Part.objects.create(name=n, part_number=k, unit_price=Decimal(p)) for n, k, p in PARTS]
for i, (owner, (brand, model)) in enumerate(zip(customers, BICYCLES, strict=True)):
    bicycle = Bicycle.objects.create(owner=owner, brand=brand, model=model, frame_number=f"WB{48213 + 977 * i}K")
    received = date(2025, 3, 3) + timedelta(days=i)
    order = RepairOrder.objects.create(
        order_number=f"R-{2041 + i}",
        bicycle=bicycle,
        mechanic=None if i == 3 else mechanics[i % 3],
        status=RepairOrder.Status.values[i % 4],
        received_on=received,
        due_on=None if i == 3 else received + timedelta(days=5),
        estimated_cost=Decimal(COSTS[i]),
        warranty=i in (1, 4),
        notes=NOTES if i == 2 else "",
    )
    for part in parts[: 1 + i % 3]:
        RepairPart.objects.create(repair_order=order, part=part, quantity=1 + i % 2, unit_price=part.unit_price)
