"""Where a Chromium is, and how to get one where that is possible."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The browser's path: the one named in CHROMIUM, or the first that is installed."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def main() -> None:
    """Install Debian's Chromium when root allows; say loudly when there will be no browser tests."""
    if find():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests ...")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
        subprocess.run(["apt-get", "update"], **quiet)
        packages = ["chromium", "fonts-noto-core", "fonts-inter"]
        done = subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", *packages], **quiet)
        if done.returncode == 0 and find():
            return
    print(f"BROWSER TESTS WILL BE SKIPPED: {missing()}", file=sys.stderr)


def missing() -> str:
    """Why there is no browser, and what to do."""
    return "no Chromium found. Install one (Debian: apt-get install chromium) or set CHROMIUM to its path."


if __name__ == "__main__":
    main()
