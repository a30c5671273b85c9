"""Screens that show nothing a table would hold: their truth is empty. A reader that finds tables here invents them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ..apps.app import Thing
from ..looks.html import Html, join, tag
from ..stage import Drawing, Stage

_CLAIMS = (
    "Less paper, more time",
    "Everything in one place",
    "Built for teams that move",
    "Know what is going on",
    "The simple way to run your business",
    "Ready in minutes",
    "Loved by small teams",
    "Work the way you like",
)
_FEATURES = (
    ("Fast setup", "Import what you have and start the same day."),
    ("Works offline", "Keep going when the line is down."),
    ("Secure by design", "Your data stays where you want it."),
    ("Open interface", "Connect the tools that you already use."),
    ("Reports that matter", "See trends before they become problems."),
    ("Friendly support", "People answer, usually within the hour."),
    ("Mobile ready", "All of it in your pocket."),
    ("Fair pricing", "Pay for what you use, cancel at any time."),
)
_SENTENCES = (
    "The old mill had been empty for thirty years when the first volunteers came.",
    "Nobody expected the harvest to be over so early.",
    "Prices rose again last month, though more slowly than in spring.",
    "What began as a weekend idea is now a small company.",
    "The council will vote on the plan before the end of the year.",
    "Rain is expected in the north, with strong winds along the coast.",
    "She had learned the trade from her uncle and never looked back.",
    "The results surprised even those who had run the study.",
    "Trains will run less often until the bridge has been repaired.",
    "Visitors are asked to leave their bags at the entrance.",
    "It took two winters to find the mistake.",
    "Most of the shops on the square have closed since then.",
)
_HEADLINES = (
    "What the river left behind",
    "A quiet change in the harbour",
    "Why small bakeries survive",
    "Ten years after the flood",
    "The last ferry",
    "How we learned to wait",
)
_SUMS = {
    "Total revenue": "money",
    "Average order": "money",
    "Monthly recurring": "money",
    "Active users": "count",
    "Sessions": "count",
    "Visitors": "count",
    "New this week": "count",
    "Open items": "count",
    "Conversion": "share",
    "Growth": "share",
    "Churn": "share",
    "Uptime": "share",
    "Response time": "time",
    "Time on page": "time",
}
"""What is summed up, and what such a sum looks like."""


def login(stage: Stage, thing: Thing) -> Drawing:
    """Signing in: who types here is no new row."""
    del thing
    rng, kit = stage.rng, stage.kit
    who = rng.choice(["Email", "Email address", "Username", "User name or email"])
    fields = [
        kit.field(who, kit.input(placeholder=rng.choice(["", "you@example.com"]))),
        kit.field("Password", kit.input("aaaaaaaa" if rng.random() < 0.4 else "", "password")),
    ]
    if rng.random() < 0.2:
        fields = [kit.field(rng.choice(["Verification code", "One-time code"]), kit.input(placeholder="000000"))]
    more = (
        kit.row(
            kit.checkbox(rng.choice(["Remember me", "Keep me signed in"])), kit.link("Forgot password?"), spread=True
        )
        if rng.random() < 0.7
        else join()
    )
    others = (
        kit.stack(
            *(kit.button(f"Continue with {n}") for n in rng.sample(["Google", "Microsoft", "GitHub", "Apple"], 2))
        )
        if rng.random() < 0.35
        else join()
    )
    words = rng.choice(["Sign in", "Log in", "Login"])
    foot = kit.words(rng.choice(["No account yet? Sign up", "Need help? Contact your administrator", ""]), role="muted")
    title = kit.heading(rng.choice([words, f"Welcome to {stage.app.name}", "Welcome back", stage.app.name]), 2)
    card = tag(
        "div",
        kit.card(title, *fields, more, kit.button(words, "primary"), others, foot),
        style="width:min(380px,92vw);margin:auto",
    )
    if stage.window.width > 1000 and rng.random() < 0.35:
        side = tag("div", kit.picture("100%", "100%"), style="flex:1")
        return Drawing(
            tag("div", tag("div", card, style="flex:1;display:flex"), side, style="display:flex;height:100vh"),
            words,
            framed=False,
        )
    return Drawing(tag("div", card, style="display:flex;height:100vh"), words, framed=False)


def marketing(stage: Stage, thing: Thing) -> Drawing:
    """A page that sells the product."""
    del thing
    rng, kit = stage.rng, stage.kit
    links = (
        tag("a", n, href="#")
        for n in rng.sample(["Product", "Pricing", "Customers", "Docs", "Blog", "Company", "Careers"], 4)
    )
    bar = tag(
        "header",
        tag("span", stage.app.name, class_="x-brand"),
        *links,
        tag("span", kit.button("Log in"), " ", kit.button("Try it free", "primary"), class_="x-push"),
        class_="x-topbar x-plain",
    )
    claim = tag("h1", rng.choice(_CLAIMS), style="font-size:2.6em;line-height:1.15;margin:0")
    under = tag(
        "p",
        f"{stage.app.name} keeps track so that you do not have to. No card needed.",
        style="font-size:1.15em;color:var(--muted);margin:0",
    )
    hero = tag(
        "div",
        claim,
        under,
        kit.row(kit.button("Start free trial", "primary"), kit.button("Watch the film")),
        class_="x-stack",
        style="padding:7vh 6vw;align-items:center;text-align:center",
    )
    columns = 1 if stage.window.narrow else 3
    cards = (kit.card(tag("b", n), tag("div", s)) for n, s in rng.sample(_FEATURES, 6 if columns == 3 else 3))
    body = [hero, tag("div", kit.grid(*cards, columns=columns), style="padding:0 6vw")]
    if rng.random() < 0.4:
        body.insert(1, tag("div", kit.picture("100%", "26vh"), style="padding:0 6vw 3vh"))
    return Drawing(tag("div", bar, *body), "Home", framed=False)


def sums(stage: Stage, thing: Thing) -> Drawing:
    """A dashboard of nothing but figures and curves: what they count is stored elsewhere, if at all."""
    del thing
    rng, kit = stage.rng, stage.kit
    columns = 2 if stage.window.width < 800 else rng.choice([3, 4])
    tiles = (
        kit.stat(
            n, _figure(stage, _SUMS[n]), rng.choice(["+4.1% since last week", "−2% vs. last month", "", "on target"])
        )
        for n in rng.sample(list(_SUMS), columns * rng.choice([1, 2]))
    )
    charts = (
        kit.card(_bars(stage) if rng.random() < 0.5 else _curve(stage), title=f"{n} by month")
        for n in rng.sample(list(_SUMS), 2)
    )
    span = rng.choice(["Last 30 days", "This quarter", "Today", "Year to date"])
    head = kit.row(kit.heading(rng.choice(["Dashboard", "Overview", "Analytics"])), kit.button(span), spread=True)
    return Drawing(
        kit.stack(head, kit.grid(*tiles, columns=columns), kit.grid(*charts, columns=1 if columns == 2 else 2)),
        "Dashboard",
    )


def _figure(stage: Stage, kind: str) -> str:
    writing, rng = stage.rows.writing, stage.rng
    match kind:
        case "money":
            return writing.money(rng.randint(40, 90_000))
        case "share":
            return rng.choice([f"{rng.randint(1, 99)}%", f"{rng.randint(1, 99)}.{rng.randint(1, 9)}%"])
        case "time":
            return rng.choice([f"{rng.randint(80, 900)} ms", f"{rng.randint(1, 9)}m {rng.randint(10, 59)}s"])
        case _:
            return rng.choice([writing.number(rng.randint(12, 90_000)), f"{rng.randint(1, 90)}.{rng.randint(1, 9)}K"])


def _bars(stage: Stage) -> Html:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug")
    bars = (
        tag(
            "div",
            tag(
                "div", style=f"height:{stage.rng.randint(15, 130)}px;background:var(--accent);border-radius:3px 3px 0 0"
            ),
            tag("small", m),
            style="flex:1;text-align:center",
        )
        for m in months
    )
    return tag("div", *bars, style="display:flex;gap:9px;align-items:flex-end;height:160px")


def _curve(stage: Stage) -> Html:
    points = " ".join(f"{i * 40},{stage.rng.randint(10, 110)}" for i in range(11))
    line = f'<polyline points="{points}" fill="none" stroke="var(--accent)" stroke-width="2.500"/>'
    return tag(
        "div", Html(f'<svg viewBox="0 0 400 120" width="100%" height="150" preserveAspectRatio="none">{line}</svg>')
    )


def photograph(stage: Stage, thing: Thing) -> Drawing:
    """A picture and nothing else."""
    del thing
    rng = stage.rng
    shapes = "".join(_spot(rng) for _ in range(rng.randint(8, 30)))
    blur = (
        f'<filter id="b"><feGaussianBlur stdDeviation="{rng.randint(1, 6)}"/></filter><g filter="url(#b)">{shapes}</g>'
    )
    picture = f'<svg viewBox="0 0 100 100" width="100%" height="100%" preserveAspectRatio="none">{blur}</svg>'
    ground = (
        f"linear-gradient({rng.randrange(360)}deg,hsl({rng.randrange(360)} 45% 60%),hsl({rng.randrange(360)} 40% 30%))"
    )
    return Drawing(tag("div", Html(picture), style=f"width:100vw;height:100vh;background:{ground}"), "", framed=False)


def _spot(rng: Random) -> str:
    x, y, radius = rng.randint(0, 100), rng.randint(0, 100), rng.randint(4, 40)
    colour = f"hsl({rng.randrange(360)} {rng.randint(20, 70)}% {rng.randint(25, 75)}%)"
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}" opacity=".75"/>'


def blank(stage: Stage, thing: Thing) -> Drawing:
    """Nothing, or a page that has not loaded."""
    del thing
    said = stage.rng.choice(
        ["", "", "Loading...", "404", "Something went wrong. Please try again.", "You do not have access to this page."]
    )
    return Drawing(
        tag("div", said, style="display:flex;height:100vh;align-items:center;justify-content:center"), "", framed=False
    )


def article(stage: Stage, thing: Thing) -> Drawing:
    """A text to read."""
    del thing
    rng, kit = stage.rng, stage.kit
    lines: Sequence[str] = rng.sample(_SENTENCES, 9)
    paragraphs = (tag("p", " ".join(lines[i : i + 3]), style="margin:0 0 1em") for i in (0, 3, 6))
    picture = kit.picture("100%", "30vh") if rng.random() < 0.6 else join()
    top = kit.words(
        f"{rng.choice(['Opinion', 'Report', 'Travel', 'Local news'])} · {rng.randint(3, 14)} min read", role="muted"
    )
    body = tag(
        "article",
        top,
        tag("h1", rng.choice(_HEADLINES), style="margin:.2em 0 .6em"),
        picture,
        *paragraphs,
        style="max-width:680px;margin:0 auto;padding:28px 18px;line-height:1.7",
    )
    return Drawing(body, "", framed=False)
