"""Python modules that we wrote: what they may consist of, and what they are when they are imported elsewhere.

source -> ast, node by node against a list -> a fresh interpreter in an empty folder -> tables and columns as JSON
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from tests.outside import python_package

Tables: TypeAlias = "dict[str, list[str]] | str"
"""Table -> columns, as the library has them; or what it said against them."""

_STATEMENTS = (ast.Module, ast.ImportFrom, ast.Import, ast.alias, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.Pass)
_EXPRESSIONS = (
    *(ast.Name, ast.Attribute, ast.Constant, ast.Call, ast.keyword, ast.Tuple, ast.List, ast.Dict, ast.Subscript),
    *(ast.Starred, ast.UnaryOp, ast.USub, ast.BinOp, ast.BitOr, ast.Load, ast.Store),
)
_SOURCES = frozenset("__future__ datetime decimal typing uuid sqlalchemy django".split())
_BUILTINS = frozenset("int str bool float bytes list dict tuple object type".split())
_DUNDERS = frozenset({"__tablename__", "__table_args__", "__mapper_args__"})


def check_nodes(source: str) -> None:
    """Only imports of what we need, classes and assignments; and every name is imported, defined here, or a type."""
    tree = ast.parse(source)
    bound = set(_BUILTINS)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Constant), ast.dump(node)
            assert isinstance(node.value.value, str), ast.dump(node)
            continue
        assert isinstance(node, _STATEMENTS + _EXPRESSIONS), ast.dump(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            assert {m.partition(".")[0] for m in modules} <= _SOURCES, modules
            bound |= {(a.asname or a.name).partition(".")[0] for a in node.names}
        elif isinstance(node, ast.ClassDef) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
            name = node.name if isinstance(node, ast.ClassDef) else node.id
            assert not name.startswith("__") or name in _DUNDERS, name
            bound.add(name)
    loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    assert loaded <= bound, loaded - bound


_SQLALCHEMY = """
import importlib.util, json, sys
from pathlib import Path
from sqlalchemy.orm import configure_mappers
found = []
for i, file in enumerate(json.load(sys.stdin)):
    try:
        spec = importlib.util.spec_from_file_location(f"models_{i}", file)
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        configure_mappers()
        tables = module.Base.metadata.tables
        found.append({t.name: [c.name for c in t.columns] for t in tables.values()})
        module.Base.registry.dispose()
    except Exception as error:
        found.append(f"{type(error).__name__}: {error}")
print(json.dumps(found))
"""

_DJANGO = """
import json, os, sys
import django
from django.conf import settings
files = json.load(sys.stdin)
apps = [os.path.basename(os.path.dirname(f)) for f in files]
sys.path.insert(0, os.getcwd())
settings.configure(
    INSTALLED_APPS=[], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
from django.apps.registry import apps as registry
from django.core.checks import run_checks
found = []
for app in apps:
    try:
        registry.app_configs.clear(); registry.all_models.clear(); registry.clear_cache()
        registry.apps_ready = registry.models_ready = registry.ready = registry.loading = False
        registry.populate([app])
        errors = [str(e) for e in run_checks() if e.level >= 40]
        models = registry.get_app_config(app).get_models()
        found.append("; ".join(errors) or {m._meta.db_table: [f.column for f in m._meta.local_fields] for m in models})
    except Exception as error:
        found.append(f"{type(error).__name__}: {error}")
print(json.dumps(found))
"""


def import_sqlalchemy(sources: Sequence[str]) -> list[Tables]:
    """What SQLAlchemy has for each module after importing it and configuring its mappers."""
    python_package("sqlalchemy")
    return _run(_SQLALCHEMY, sources)


def import_django(sources: Sequence[str]) -> list[Tables]:
    """What Django has for each module as the models of an app, after its system checks."""
    python_package("django")
    return _run(_DJANGO, sources)


def _run(script: str, sources: Sequence[str]) -> list[Tables]:
    """What the script prints about these modules, in a folder that has nothing else in it before and after."""
    with TemporaryDirectory(prefix="modules-") as folder:
        files = []
        for i, source in enumerate(sources):
            app = Path(folder, f"app_{i}")
            app.mkdir()
            (app / "__init__.py").touch()
            (app / "models.py").write_text(source, encoding="utf-8")
            files.append(str(app / "models.py"))
        done = subprocess.run(
            [sys.executable, "-B", "-W", "error", "-c", script],
            input=json.dumps(files),
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=folder,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert {p.name for p in Path(folder).iterdir()} == {f"app_{i}" for i in range(len(sources))}
    answers: list[Tables] = json.loads(done.stdout)
    assert len(answers) == len(sources)
    return answers
