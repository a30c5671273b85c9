"""Checks and migrates Django apps: one JSON line in, one out, until the input ends.

Runs as a script with warnings as errors, and knows nothing of this project. Django holds one project
a process, so each is handled in a fork of this one, which has Django imported already.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import django
import pymysql
from django.core import checks
from django.core.management import call_command

pymysql.install_as_MySQLdb()
for _module in ("contrib.postgres.functions", "db.models.functions", "core.management.commands.makemigrations"):
    importlib.import_module(f"django.{_module}")
for _module in ("backends.sqlite3.base", "migrations.autodetector", "migrations.executor"):
    importlib.import_module(f"django.db.{_module}")


def _database(told: dict[str, str]) -> dict[str, Any]:
    if told["engine"] == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": told["name"]}
    account = {"NAME": told["name"], "USER": told["user"], "PASSWORD": told["password"]}
    if told["engine"] == "mysql":
        return {"ENGINE": "django.db.backends.mysql", "HOST": told["socket"], **account}
    return {"ENGINE": "django.db.backends.postgresql", "HOST": str(Path(told["socket"]).parent), **account}


def migrate(folder: str, told: dict[str, str]) -> dict[str, object]:
    """Check the app `scratch` in this folder and migrate it; what the checks said, and the stored names."""
    from django.apps import apps
    from django.conf import settings

    sys.path.insert(0, folder)
    settings.configure(
        INSTALLED_APPS=["scratch"],
        DATABASES={"default": _database(told)},
        USE_TZ=True,
        # A text in a unique key may be longer than 255 characters since MySQL 5.7 and MariaDB 10.2.
        SILENCED_SYSTEM_CHECKS=["mysql.W003"],
    )
    django.setup()
    said = [str(message) for message in checks.run_checks(databases=["default"]) if not message.is_silenced()]
    if not said:
        call_command("makemigrations", "scratch", verbosity=0)
        call_command("migrate", verbosity=0)
        call_command("makemigrations", "scratch", check_changes=True, verbosity=0)
    models = apps.get_app_config("scratch").get_models()
    names = [[m._meta.db_table, *(f.column for f in m._meta.local_concrete_fields if f.column)] for m in models]
    return {"said": said, "names": names}


def _answer(line: str) -> None:
    """In a child: one line to the output, whatever happens."""
    try:
        answer = migrate(*json.loads(line))
    except BaseException as error:  # SystemExit too: that is how commands fail
        answer = {"error": f"{type(error).__name__}: {error}"}
    os.write(1, (json.dumps(answer) + "\n").encode())
    os._exit(0)


def main() -> None:
    """Answer line by line."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _answer(line)
        _, status = os.waitpid(child, 0)
        if status:
            os.write(1, (json.dumps({"error": f"the process ended with {status}"}) + "\n").encode())


if __name__ == "__main__":
    main()
