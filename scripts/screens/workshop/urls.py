"""One address: the admin."""

from django.contrib import admin
from django.urls import path

admin.site.site_header = "Workshop"
admin.site.site_title = "Workshop"
admin.site.enable_nav_sidebar = False
urlpatterns = [path("admin/", admin.site.urls)]
