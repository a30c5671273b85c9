"""What a bicycle workshop writes down."""

from django.db import models


class Customer(models.Model):
    """Someone who brings a bicycle."""

    name = models.CharField(max_length=120)
    email = models.EmailField(unique=True)
    phone = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.name


class Mechanic(models.Model):
    """Someone who repairs it."""

    name = models.CharField(max_length=120)
    hourly_rate = models.DecimalField(max_digits=8, decimal_places=2)

    def __str__(self) -> str:
        return self.name


class Bicycle(models.Model):
    """What is repaired."""

    owner = models.ForeignKey(Customer, on_delete=models.CASCADE)
    brand = models.CharField(max_length=80)
    model = models.CharField(max_length=80)
    frame_number = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        return f"{self.brand} {self.model}"


class Part(models.Model):
    """What is built in."""

    name = models.CharField(max_length=120)
    part_number = models.CharField(max_length=40, unique=True)
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)

    def __str__(self) -> str:
        return self.name


class RepairOrder(models.Model):
    """One stay of one bicycle in the workshop."""

    class Status(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "Waiting"
        IN_REPAIR = "in_repair", "In repair"
        READY = "ready", "Ready"
        COLLECTED = "collected", "Collected"

    order_number = models.CharField(max_length=20, unique=True)
    bicycle = models.ForeignKey(Bicycle, on_delete=models.PROTECT)
    mechanic = models.ForeignKey(Mechanic, on_delete=models.SET_NULL, null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.WAITING)
    received_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    estimated_cost = models.DecimalField(max_digits=8, decimal_places=2)
    warranty = models.BooleanField(default=False)
    notes = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.order_number


class RepairPart(models.Model):
    """A part used in a repair."""

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.CASCADE)
    part = models.ForeignKey(Part, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)

    def __str__(self) -> str:
        return f"{self.quantity} x {self.part}"
