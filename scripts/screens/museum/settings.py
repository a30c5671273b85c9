"""Settings of a museum's site made with Wagtail: its exhibitions are snippets in Wagtail's admin."""

SECRET_KEY = "only-for-a-photograph"
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "museum",
    *(f"wagtail.{n}" for n in "contrib.forms contrib.redirects embeds sites users snippets documents images".split()),
    *(f"wagtail.{n}" for n in "search admin".split()),
    "wagtail",
    "modelcluster",
    "taggit",
    *(f"django.contrib.{n}" for n in "auth contenttypes sessions messages staticfiles".split()),
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "museum.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "museum.sqlite3"}}
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = "media"
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
WAGTAIL_SITE_NAME = "Harbour Museum"
WAGTAILADMIN_BASE_URL = "http://127.0.0.1"
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
