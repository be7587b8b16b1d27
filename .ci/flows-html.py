#!/usr/bin/env python3
"""Opens the page of `ecrlint flows --format html` in a real browser and uses it: pointer, keyboard, search, themes, no script,
hostile names, five hundred flows. Nothing may be requested from a network.

    .ci/flows-html.py PATH/TO/ecrlint [FOLDER FOR SCREENSHOTS]

Drives Debian's chromium by chromedriver's own protocol (https://www.w3.org/TR/webdriver2/), so it needs nothing but these two.
"""

import base64
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT / "tests/fixtures/flows/terraform"
HOSTILE = "</script><img src=x onerror=window.pwned=1>'\"&amp;"

KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Up": "\ue013", "Down": "\ue015", "End": "\ue010", "Home": "\ue011"}


class Browser:
    """One session of a headless browser, with an empty profile of its own."""

    def __init__(self, size=(1500, 1000), dark=False, script=True):
        self.profile = tempfile.mkdtemp(prefix="flows-html-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.session = ""
        self.until(lambda: self.call("GET", "/status")["ready"])
        arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={self.profile}", f"--window-size={size[0]},{size[1]}",
        ]
        if dark:
            arguments.append("--blink-settings=preferredColorScheme=0")
        options = {"binary": shutil.which("chromium"), "args": arguments}
        if not script:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        wanted = {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
        }}}
        # On a busy machine a browser may die while it starts: that says nothing about the page.
        for left in reversed(range(3)):
            try:
                self.session = f"/session/{self.call('POST', '/session', wanted)['sessionId']}"
                break
            except urllib.error.HTTPError:
                if not left:
                    raise
                time.sleep(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{self.session}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    @staticmethod
    def until(holds, seconds=30):
        end = time.monotonic() + seconds
        while True:
            try:
                if holds():
                    return
            except OSError:
                pass
            if time.monotonic() > end:
                raise SystemExit("the browser does not get there")
            time.sleep(0.05)

    def open(self, page, anchor=""):
        self.call("POST", "/url", {"url": page.as_uri() + anchor})

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, css):
        found = self.call("POST", "/elements", {"using": "css selector", "value": css})
        return [next(iter(one.values())) for one in found]

    def click(self, css):
        self.call("POST", f"/element/{self.find(css)[0]}/click", {})

    def press(self, *keys):
        actions = []
        for key in keys:
            key = KEYS.get(key, key)
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def shoot(self, path):
        if path:
            path.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))

    def explained(self):
        """The text of the explanation that can be seen, and the verdict of the link it is for."""
        return self.run(
            "const one = [...document.querySelectorAll('article')].find(a => getComputedStyle(a).display !== 'none');"
            "return one ? one.innerText : null;"
        )

    def requested(self, page):
        """Addresses that the page has asked for since the last time."""
        addresses = []
        for entry in self.call("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            sent = message["params"] if message["method"] == "Network.requestWillBeSent" else None
            # What the browser's own first tab loads is not the page's.
            if sent and sent["documentURL"].startswith(page.as_uri()):
                addresses.append(sent["request"]["url"])
        return addresses

    def complaints(self):
        """Errors and warnings on the console: a violation of the content security policy is one."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})]


failures = []


def check(what, holds):
    print(f"  {'ok  ' if holds else 'FAIL'} {what}")
    if not holds:
        failures.append(what)


def draw(ecrlint, folder, page):
    done = subprocess.run(
        [ecrlint, "flows", "--format", "html", "--output", page], cwd=folder, capture_output=True, text=True
    )
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return page


def quiet(browser, page):
    addresses = browser.requested(page)
    check("the page itself was requested", any(address.startswith(page.as_uri()) for address in addresses))
    foreign = [address for address in addresses if not address.startswith((page.as_uri(), "data:"))]
    check(f"nothing is requested {foreign or ''}", not foreign)
    complaints = browser.complaints()
    check(f"nothing is complained of {complaints or ''}", not complaints)


def broken(folder):
    """The seed scenario without the right to pull, with an endpoint that lets no log through."""
    shutil.copytree(SEED, folder)
    service = folder / "infra/service.tf"
    service.write_text(service.read_text().replace('          "ecr:BatchGetImage",\n', "", 1))
    network = folder / "infra/network.tf"
    network.write_text(network.read_text().replace('"logs:PutLogEvents", # endpoint', ""))


CHOSEN = "const one = document.querySelector('.row[aria-current]'); return one && one.dataset.why;"
FOCUSED = "const one = document.activeElement; return one && one.dataset ? one.dataset.why || null : null;"
SEEN = "return [...document.querySelectorAll('.row')].filter(r => !r.classList.contains('dim') && !r.closest('.group').hidden).length;"


def use(browser, page, shots):
    browser.open(page)
    check("the worst link is explained at once", "does not allow" in (browser.explained() or "") or "No policy of role shop-exec allows" in browser.explained())
    browser.shoot(shots and shots / "light.png")

    browser.click('.row.denied[aria-label*="pulls"] text')
    text = browser.explained()
    check("a click explains the denial", "No policy of role shop-exec allows ecr:BatchGetImage" in text)
    check("with its place", "infra/service.tf:38:18" in text)
    check("with the line", '"ecr:GetDownloadUrlForLayer",' in text)
    check("with what mends it", "add ecr:BatchGetImage to the actions" in text)
    check("one link is current", len(browser.find(".row[aria-current=true]")) == 1)
    check("its line is marked", len(browser.find(".line.chosen")) == 1)
    browser.click(".line.ok .hit")
    check("a click on a line explains it", browser.explained().startswith("ok"))

    browser.press("Escape")
    check("Escape closes the explanation", browser.explained() is None)
    browser.open(page)
    browser.press("Escape")
    for _ in range(40):
        browser.press("Tab")
        if browser.run(FOCUSED):
            break
    first = browser.run(FOCUSED)
    check("Tab leads to the first link", first is not None)
    browser.press("Enter")
    check("Enter explains it", browser.run(CHOSEN) == first and browser.explained() is not None)
    browser.press("Down")
    second = browser.run(FOCUSED)
    check("Down goes to the next", second != first and browser.run(CHOSEN) == second)
    browser.press("Up")
    check("Up goes back", browser.run(FOCUSED) == first)
    browser.press("d")
    check("d goes to what is denied", browser.run("return document.activeElement.dataset.verdict;") == "denied")
    browser.press("End")
    last = browser.run("const all = document.querySelectorAll('.row'); return all[all.length - 1].dataset.why;")
    check("End goes to the last", browser.run(FOCUSED) == last)

    links = browser.run(SEEN)
    browser.click(".chip.denied")
    denied = browser.run(SEEN)
    check("a chip shows one verdict", 0 < denied < links)
    browser.click(".chip.denied")
    check("and all again", browser.run(SEEN) == links)
    browser.press("/")
    browser.press(*"secret")
    check("what is typed is found", 0 < browser.run(SEEN) < links)
    browser.press(*"xyzzy")
    check("and what is not there is not", browser.run(SEEN) == 0 and not browser.run("return document.getElementById('nothing').hidden;"))
    browser.press("Escape")
    check("Escape empties the search", browser.run(SEEN) == links)

    before = browser.run("return getComputedStyle(document.body).backgroundColor;")
    browser.click("#theme")
    check("the theme changes", browser.run("return getComputedStyle(document.body).backgroundColor;") != before)
    browser.click("#theme")
    check("every link has a name", browser.run("return [...document.querySelectorAll('.row')].every(r => r.getAttribute('aria-label').length > 10);"))
    tree = browser.call("POST", "/goog/cdp/execute", {"cmd": "Accessibility.getFullAXTree", "params": {}})["nodes"]
    of_role = lambda *roles: [n for n in tree if n.get("role", {}).get("value") in roles and not n.get("ignored")]
    nameless = [n["role"]["value"] for n in of_role("link", "button", "searchbox", "complementary") if not n.get("name", {}).get("value")]
    check(f"what can be used has a name for those who cannot see it {nameless or ''}", not nameless)
    check("links are links to them", len(of_role("link")) == links)
    quiet(browser, page)


def contrast(browser, page, theme):
    """Text against what is behind it, as https://www.w3.org/TR/WCAG22/#contrast-minimum asks."""
    browser.open(page)
    browser.run("document.documentElement.dataset.theme = arguments[0];", theme)
    weak = browser.run("""
        const parts = c => { const x = document.createElement('canvas').getContext('2d'); x.fillStyle = c; x.fillRect(0, 0, 1, 1); return [...x.getImageData(0, 0, 1, 1).data].slice(0, 3); };
        const light = c => { const [r, g, b] = parts(c).map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
        const value = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
        const pairs = [['--text', '--card'], ['--text', '--faint'], ['--text', '--page'], ['--soft', '--card'], ['--soft', '--faint'], ['--soft', '--page'], ['--accent', '--card']];
        for (const verdict of ['ok', 'denied', 'unknown', 'conditional']) pairs.push(['--' + verdict, '--card'], ['--' + verdict, '--faint'], ['--' + verdict, '--' + verdict + '-bg']);
        return pairs.map(([a, b]) => { const x = light(value(a)), y = light(value(b)); return [a, b, (Math.max(x, y) + .05) / (Math.min(x, y) + .05)]; }).filter(p => !(p[2] >= 4.5)).map(p => p.join(' '));
    """)
    check(f"text can be read in the {theme} theme {weak or ''}", not weak)


def hostile(folder):
    """The seed scenario in which every name that a person chooses is markup."""
    inner = folder / "a\"><img src=x onerror=window.pwned=2>"
    inner.mkdir(parents=True)
    for path in SEED.rglob("*"):
        if path.is_file():
            text = path.read_text()
            for name in ("shop-exec", "shop-task", "/ecs/shop", "shop/db-Ab12Cd"):
                text = text.replace(f'"{name}"', json.dumps(name + HOSTILE).replace("&", "&"))
            text = text.replace("  image:\n", f"  {json.dumps(HOSTILE)}:\n").replace(":v1", ":<script>window.pwned=3</script>").replace("#", f"# {HOSTILE} ")
            place = folder / path.relative_to(SEED) if ".github" in path.parts else inner / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)


def many(folder, count):
    folder.mkdir()
    network = (SEED / "infra/network.tf").read_text()
    out = [(SEED / "infra/main.tf").read_text(), network.replace("aws_iam_role.exec.arn", '"*"').replace("Resource = aws_ecr_repository.app.arn", 'Resource = "*"')]
    trust = '{ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }] }'
    for at in range(count):
        repository = at // 5
        if at % 5 == 0:
            out.append(f'resource "aws_ecr_repository" "r{repository}" {{\n  name = "team/app-{repository}"\n}}\n')
        pull = '"ecr:BatchGetImage", ' if at % 40 else ""
        out.append(f'''
resource "aws_iam_role" "e{at}" {{
  name               = "exec-{at}"
  assume_role_policy = jsonencode({trust})
}}
resource "aws_iam_role_policy" "e{at}" {{
  role   = aws_iam_role.e{at}.name
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = [{pull}"ecr:GetDownloadUrlForLayer", "ecr:GetAuthorizationToken"], Resource = "*" }}] }})
}}
resource "aws_ecs_task_definition" "t{at}" {{
  family                   = "svc-{at}"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.e{at}.arn
  container_definitions    = jsonencode([{{ name = "a", image = "${{aws_ecr_repository.r{repository}.repository_url}}:v{at}", essential = true }}])
}}
resource "aws_ecs_service" "s{at}" {{
  name            = "svc-{at}"
  task_definition = aws_ecs_task_definition.t{at}.arn
  launch_type     = "FARGATE"
  network_configuration {{
    subnets = [aws_subnet.a.id]
  }}
}}
''')
    (folder / "main.tf").write_text("".join(out))


def main():
    ecrlint = Path(sys.argv[1]).resolve()
    shots = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
    missing = [tool for tool in ("chromium", "chromedriver") if not shutil.which(tool)]
    if missing:
        raise SystemExit(f"{' and '.join(missing)} not found: Debian's packages chromium and chromium-driver")
    with tempfile.TemporaryDirectory() as temporary:
        temporary = Path(temporary)
        broken(temporary / "broken")
        page = draw(ecrlint, temporary / "broken", temporary / "broken.html")
        print("a page in use")
        with Browser() as browser:
            use(browser, page, shots)
            contrast(browser, page, "light")
            contrast(browser, page, "dark")
        with Browser(dark=True) as browser:
            browser.open(page)
            browser.shoot(shots and shots / "dark.png")
        print("on a telephone")
        with Browser(size=(500, 900)) as browser:
            browser.open(page)
            check("nothing lies over the drawing", browser.explained() is None)
            browser.click('.row.denied text')
            check("until it is asked for", "does not allow" in browser.explained() or "allows" in browser.explained())
            check("the page is not wider than the screen", browser.run("return document.documentElement.scrollWidth <= innerWidth;"))
            browser.shoot(shots and shots / "narrow.png")
        print("without script")
        with Browser(script=False) as browser:
            browser.open(page, "#f0-2")
            source = browser.call("GET", "/source")
            check("script is off", 'class="js"' not in source)
            shown = [one for one in browser.find("article") if browser.call("GET", f"/element/{one}/displayed")]
            check("an anchor shows its explanation", len(shown) == 1)
            check("the links are there", len(browser.find("a.row")) > 5)

        print("hostile names")
        hostile(temporary / "hostile")
        page = draw(ecrlint, temporary / "hostile", temporary / "hostile.html")
        with Browser() as browser:
            browser.open(page)
            for _ in range(12):
                browser.press("Down")
            check("nothing was run", browser.run("return window.pwned === undefined;"))
            check("no markup came in", browser.run("return document.images.length === 0 && document.scripts.length === 1;"))
            check("the names can be read", "onerror=window.pwned" in browser.run("return document.body.textContent;"))
            check("there are links", browser.run(SEEN) > 5)
            browser.shoot(shots and shots / "hostile.png")
            quiet(browser, page)

        print("five hundred flows")
        many(temporary / "many", 500)
        page = draw(ecrlint, temporary / "many", temporary / "many.html")
        with Browser() as browser:
            start = time.monotonic()
            browser.open(page)
            check("it opens in ten seconds", time.monotonic() - start < 10)
            links = browser.run(SEEN)
            check(f"every link is there ({links})", links >= 1500)
            check("what all holds is closed", browser.run("return document.querySelectorAll('.group:not([open])').length > 50;"))
            browser.press("/")
            start = time.monotonic()
            browser.press(*"exec-321")
            check("the search finds one role", 0 < browser.run(SEEN) <= 6)
            check("in ten seconds", time.monotonic() - start < 10)
            browser.press("Escape")
            browser.click(".chip.denied")
            browser.shoot(shots and shots / "many.png")
            quiet(browser, page)

        print("nothing to show")
        (temporary / "none").mkdir()
        page = draw(ecrlint, temporary / "none", temporary / "none.html")
        with Browser() as browser:
            browser.open(page)
            check("says so", "No file in sight moves an image" in browser.run("return document.body.innerText;"))
            browser.press("Down", "d", "Enter", "Escape")
            quiet(browser, page)
    if failures:
        raise SystemExit(f"{len(failures)} of the checks failed")


if __name__ == "__main__":
    main()
