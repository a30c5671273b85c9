"""How the admin shows it."""

from django.contrib import admin

from .models import Bicycle, Customer, Mechanic, Part, RepairOrder, RepairPart


class RepairPartInline(admin.TabularInline):
    """The parts of a repair, below it."""

    model = RepairPart
    extra = 0


@admin.register(RepairOrder)
class RepairOrderAdmin(admin.ModelAdmin):
    """The list and the form of the examples."""

    list_display = ("order_number", "bicycle", "mechanic", "status", "received_on", "due_on", "estimated_cost")
    list_filter = ("status", "warranty")
    search_fields = ("order_number",)
    ordering = ("order_number",)
    inlines = (RepairPartInline,)


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    """Customers with their addresses."""

    list_display = ("name", "email", "phone")


@admin.register(Bicycle)
class BicycleAdmin(admin.ModelAdmin):
    """Bicycles with their owners."""

    list_display = ("brand", "model", "frame_number", "owner")


admin.site.register([Mechanic, Part])
