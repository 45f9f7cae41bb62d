# SPDX-License-Identifier: MIT
"""A real headless Chromium: pages at a width, dark or light, with or without JavaScript; what they asked for and said.

No page may ask for anything from another machine, and none can: names and
addresses other than this machine's lead nowhere.
"""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

PROGRAMS = ("chromium", "chromedriver")
"""What must be on PATH; Debian has them in the packages chromium and chromium-driver."""

PATIENCE = 20.0
"""Seconds that a page may take to do something."""

_OURS = {"file", "data", "blob", "about", "chrome", "devtools"}
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # it refuses root otherwise; what it shows is ours
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


def missing() -> str:
    """The first of the programs that is not there; empty when all are."""
    return next((program for program in PROGRAMS if shutil.which(program) is None), "")


def is_foreign(url: str) -> bool:
    """Does this address lead to another machine?"""
    parts = urlsplit(url)
    return parts.scheme not in _OURS and parts.hostname not in _THIS_MACHINE


class Chromium:
    """The running program. Every page is a tab of its own; `close` ends them all."""

    def __init__(self, folder: Path) -> None:
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for argument in (*_ARGUMENTS, f"--user-data-dir={folder}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = Chrome(options, Service(shutil.which("chromedriver")))
        self._first = self.driver.current_window_handle

    def page(
        self,
        address: str | Path = "about:blank",
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        reduced_motion: bool = False,
        printed: bool = False,
        javascript: bool = True,
    ) -> Page:
        """A new tab that shows a file or an address of this machine, loaded to its end."""
        self.driver.switch_to.new_window("tab")
        page = Page(self.driver)
        page.resize(width, height)
        page.prefers(dark=dark, reduced_motion=reduced_motion, printed=printed)
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not javascript})
        page.open(address)
        return page

    def forget(self) -> None:
        """Close every page, and drop what they have asked for and said."""
        for handle in self.driver.window_handles:
            if handle != self._first:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(self._first)
        for kind in ("browser", "performance"):
            _log(self.driver, kind)  # reading empties it

    def close(self) -> None:
        """End the program."""
        self.driver.quit()


class Page:
    """One tab. Elements are named by CSS selectors."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver
        self.handle = driver.current_window_handle
        self.complaints: list[str] = []
        """What went to the console as an error or a warning, uncaught exceptions too."""
        self.requests: list[str] = []
        """Every address that was asked for, the page's own included."""

    def open(self, address: str | Path) -> None:
        """Go there, and wait until the page is loaded."""
        self.use()
        self.driver.get(address.resolve().as_uri() if isinstance(address, Path) else address)

    def use(self) -> None:
        """Make this the tab that is driven; needed only where there are several."""
        if self.driver.current_window_handle != self.handle:
            self.driver.switch_to.window(self.handle)

    def resize(self, width: int, height: int = 900) -> None:
        """The window's inside, in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.command("Emulation.setDeviceMetricsOverride", **size)

    def prefers(self, *, dark: bool = False, reduced_motion: bool = False, printed: bool = False) -> None:
        """What the reader's system says: his colours, whether things may move, whether this is paper."""
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced_motion else "no-preference"},
        ]
        self.command("Emulation.setEmulatedMedia", media="print" if printed else "screen", features=features)

    def command(self, name: str, **arguments: object) -> dict[str, Any]:
        """One command of the Chrome DevTools Protocol."""
        return dict(self.driver.execute_cdp_cmd(name, arguments) or {})

    def run(self, script: str, *arguments: object) -> Any:
        """The value of JavaScript with a `return`; the arguments are `arguments[0]` and so on."""
        return self.driver.execute_script(script, *arguments)

    def text(self, selector: str = "body") -> str:
        """The text of the first such element, whether it can be seen or not."""
        return str(self.run("return document.querySelector(arguments[0]).textContent", selector))

    def shown(self, selector: str = "body") -> str:
        """The text of it that a reader sees."""
        return str(self.run("return document.querySelector(arguments[0]).innerText", selector))

    def click(self, selector: str) -> None:
        """A click of the mouse in the middle of the first such element; fails where something lies above it."""
        self.driver.find_element("css selector", selector).click()

    def press(self, key: str) -> None:
        """A key on what has the focus: a character, or a name such as `ArrowRight`, `Home`, `Tab`, `Escape`."""
        arguments: dict[str, object] = {"key": key, "code": "Space" if key == " " else key}
        if len(key) == 1 or key == "Enter":
            arguments["text"] = "\r" if key == "Enter" else key
        if code := _KEY_CODES.get(key):
            arguments["windowsVirtualKeyCode"] = code
        self.command("Input.dispatchKeyEvent", type="keyDown", **arguments)
        self.command("Input.dispatchKeyEvent", type="keyUp", **arguments)

    def wait(self, condition: str, *arguments: object) -> Any:
        """Wait until this JavaScript expression is true, and return its value."""
        deadline = time.monotonic() + PATIENCE
        while not (value := self.run(f"return ({condition})", *arguments)):
            assert time.monotonic() < deadline, f"not so within {PATIENCE:.0f} s: {condition}"
            time.sleep(0.01)  # the browser announces nothing
        return value

    def picture(self, path: Path, *, whole: bool = False) -> Path:
        """A screenshot as PNG: of the window, or of the whole page."""
        taken = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole))
        path.write_bytes(base64.b64decode(str(taken["data"])))
        return path

    def _clip(self, whole: bool) -> dict[str, object]:
        if not whole:
            return {}
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {**size, "scale": 1}}

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window; 0 when nobody has to scroll sideways."""
        return int(self.run("let e = document.scrollingElement; return Math.max(0, e.scrollWidth - e.clientWidth)"))

    def listen(self) -> None:
        """Read what the tabs asked for and said since the last time, into `requests` and `complaints`."""
        self.complaints += [str(entry["message"]) for entry in _log(self.driver, "browser") if _is_bad(entry)]
        for entry in _log(self.driver, "performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(str(message["params"]["request"]["url"]))

    def problems(self) -> list[str]:
        """What no page of ours may do: complain on the console, or ask for something from another machine."""
        self.listen()
        return [*self.complaints, *(f"asked for {url}" for url in self.requests if is_foreign(url))]


_KEY_CODES = {" ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39, "ArrowUp": 38, "ArrowDown": 40}
_KEY_CODES |= {"Tab": 9, "Enter": 13, "Escape": 27, "PageUp": 33, "PageDown": 34}


def _log(driver: Chrome, kind: str) -> Sequence[dict[str, Any]]:
    entries: Sequence[dict[str, Any]] = driver.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def _is_bad(entry: dict[str, Any]) -> bool:
    return entry["level"] in ("SEVERE", "WARNING")
