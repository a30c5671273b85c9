"""Sample data, the same every time but for ids. Run with DJANGO_SETTINGS_MODULE set, after `migrate`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from oscar.apps.address.models import Country  # noqa: E402
from oscar.apps.basket.models import Basket  # noqa: E402
from oscar.apps.catalogue.categories import create_from_breadcrumbs  # noqa: E402
from oscar.apps.catalogue.models import Product, ProductClass  # noqa: E402
from oscar.apps.order.models import Order, ShippingAddress  # noqa: E402
from oscar.apps.order.utils import OrderCreator  # noqa: E402
from oscar.apps.partner.models import Partner  # noqa: E402
from oscar.apps.partner.strategy import Default  # noqa: E402
from oscar.apps.shipping.methods import FixedPrice  # noqa: E402
from oscar.core.prices import Price  # noqa: E402

PRODUCTS = [
    ("Ash handle garden spade", "FF-1001", "38.50", 24, "Tools"),
    ("Bypass secateurs", "FF-1002", "22.00", 61, "Tools"),
    ("Copper watering can 5 l", "FF-2001", "54.90", 9, "Watering"),
    ("Oak raised bed 120 x 80", "FF-3001", "129.00", 7, "Beds & planters"),
    ("Terracotta pot 24 cm", "FF-3002", "11.75", 140, "Beds & planters"),
    ("Wild meadow seed mix 250 g", "FF-4001", "8.95", 88, "Seeds"),
]
BUYERS = [
    ("Hanna", "Voss", "14 Mill Lane", "Leeds", "LS1 4DY"),
    ("Samuel", "Adeyemi", "7 Harbour Road", "Bristol", "BS1 5TY"),
    ("Claire", "Montague", "32 Station Street", "York", "YO1 7EP"),
    ("Diego", "Serrano", "5 Orchard Close", "Norwich", "NR2 1AD"),
]
STATES = ["Shipped", "Being processed", "Pending", "Cancelled", "Pending", "Shipped"]

User = get_user_model()
User.objects.create_superuser("admin", "admin@example.com", "admin-admin")
uk = Country.objects.create(
    iso_3166_1_a2="GB", iso_3166_1_a3="GBR", iso_3166_1_numeric="826", printable_name="United Kingdom",
    name="United Kingdom", is_shipping_country=True,
)  # fmt: skip
goods = ProductClass.objects.create(name="Garden goods")
partner = Partner.objects.create(name="Main warehouse", code="main")
products = []
for title, sku, price, stock, category in PRODUCTS:
    product = Product.objects.create(title=title, upc=sku, product_class=goods, description="Made to last.")
    product.categories.add(create_from_breadcrumbs(category))
    product.stockrecords.create(
        partner=partner, partner_sku=sku, price_currency="GBP", price=Decimal(price), num_in_stock=stock
    )
    products.append(product)
for i, state in enumerate(STATES):
    first, last, line, city, postcode = BUYERS[i % len(BUYERS)]
    email = f"{first.lower()}@example.com"
    buyer = User.objects.filter(email=email).first() or User.objects.create_user(
        first.lower(), email, "not-used", first_name=first, last_name=last
    )
    basket = Basket.objects.create(owner=buyer)
    basket.strategy = Default()
    for k in range(1 + i % 3):
        basket.add_product(products[(2 * i + k) % len(products)], 1 + (i + k) % 3)
    shipping = FixedPrice(charge_excl_tax=Decimal("4.95"), charge_incl_tax=Decimal("4.95"))
    shipping.code, shipping.name = "standard", "Standard delivery"
    charge = Price("GBP", Decimal("4.95"), Decimal("4.95"))
    total = Price("GBP", basket.total_excl_tax + charge.excl_tax, basket.total_incl_tax + charge.incl_tax)
    address = ShippingAddress.objects.create(
        first_name=first, last_name=last, line1=line, line4=city, postcode=postcode, country=uk,
        phone_number=f"+44207946022{i}", notes="Please leave it with the neighbours." if i == 5 else "",
    )  # fmt: skip
    order = OrderCreator().place_order(basket, total, shipping, charge, user=buyer, shipping_address=address)
    placed = datetime(2025, 4, 7, 9, 12, tzinfo=UTC) + timedelta(days=2 * i, hours=3 * i)
    Order.objects.filter(pk=order.pk).update(status=state, date_placed=placed)
    order.lines.update(status=state)
    basket.submit()
START = datetime(2025, 1, 8, 8, 30, tzinfo=UTC)
for i, user in enumerate(User.objects.order_by("pk")):
    User.objects.filter(pk=user.pk).update(date_joined=START + timedelta(days=11 * i, hours=2 * i))
