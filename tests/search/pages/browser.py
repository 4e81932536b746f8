"""A page in headless Chromium, where there is one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

DRIVERS = "chromium", "chromedriver"


@contextmanager
def open_browser(profile: Path) -> Iterator[Any]:
    """Chromium, driven by Selenium, with a profile of its own; skips the test where either is not installed."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="pages are tested by selenium, which is not installed")
    missing = [name for name in DRIVERS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"pages are tested in a browser, and {' and '.join(missing)} cannot be found")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    # Containers have little shared memory, and run as root, where Chromium has no sandbox.
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", f"user-data-dir={profile}"):
        options.add_argument(f"--{argument}")
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.set_script_timeout(30)
        yield driver
    finally:
        driver.quit()


def resize(driver: Any, width: int, *, dark: bool = False) -> None:
    """Make the window so many pixels wide, and its system light or dark."""
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def open_page(driver: Any, file: Path) -> float:
    """Load a page with charts; the seconds until they are drawn."""
    driver.get(file.as_uri())
    return float(
        driver.execute_async_script(
            """const done = arguments[0], look = () => {
                const [mark] = performance.getEntriesByName("picture");
                mark ? done(mark.startTime / 1000) : setTimeout(look, 20);
            };
            look();"""
        )
    )


def complaints(driver: Any) -> list[str]:
    """What the page's scripts have complained of."""
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
