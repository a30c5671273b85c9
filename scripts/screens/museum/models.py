"""What a museum shows."""

from django.db import models
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet


class Curator(models.Model):
    """Who puts an exhibition together."""

    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class Exhibition(models.Model):
    """A show in one of the galleries."""

    class Gallery(models.TextChoices):
        """Where it hangs."""

        NORTH = "north", "North wing"
        TOWER = "tower", "Tower room"
        DOCK = "dock", "Dock hall"

    title = models.CharField(max_length=160)
    gallery = models.CharField(max_length=20, choices=Gallery.choices)
    curator = models.ForeignKey(Curator, on_delete=models.PROTECT)
    opens_on = models.DateField()
    closes_on = models.DateField(null=True, blank=True)
    admission_price = models.DecimalField(max_digits=6, decimal_places=2)
    summary = models.TextField(blank=True)
    wheelchair_access = models.BooleanField(default=True)

    panels = (
        FieldPanel("title"),
        FieldRowPanel([FieldPanel("gallery"), FieldPanel("curator")]),
        FieldRowPanel([FieldPanel("opens_on"), FieldPanel("closes_on"), FieldPanel("admission_price")]),
        FieldPanel("summary"),
        FieldPanel("wheelchair_access"),
    )

    def __str__(self) -> str:
        return self.title


class ExhibitionViews(SnippetViewSet):
    """The list and the form of exhibitions."""

    model = Exhibition
    icon = "image"
    list_display = ("title", "get_gallery_display", "curator", "opens_on", "closes_on", "admission_price")
    add_to_admin_menu = True
    menu_label = "Exhibitions"


register_snippet(ExhibitionViews)
register_snippet(Curator)
