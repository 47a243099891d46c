"""A page that tests have one after the other, each as if it were new.

A new page in a new context costs more than most of what is then done in it: Chromium starts a
process, and compiles and evaluates the whole interface anew. So a page is left where it shows
nothing, and the next address of the same server is only another place in it. Where a test leaves
more than that, the next one has the page loaded anew, or another page. A test for which it matters
what the interface keeps in memory (the table of runs keeps where its reader stood) goes to
``about:blank`` first.
"""

from __future__ import annotations

from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize

VIEWPORT: ViewportSize = {"width": 1440, "height": 900}

# How long a page may take for anything, in milliseconds: a busy machine is slow, not wrong.
PATIENCE = 20_000

# No page has this address, so that nothing of the last one stays.
_NOWHERE = "#/left"

_IS_TIDY = """() => {
  document.activeElement?.blur();
  const isTidy = !localStorage.length && !sessionStorage.length
    && !document.querySelector("[role=dialog], [role=menu], [role=listbox]")
    && !document.querySelector("[role=status] *, [type=password]");
  localStorage.clear();
  sessionStorage.clear();
  return isTidy;
}"""


class Tab:
    """A page of a browser, and the page after it where that one could not be kept."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._page: Page | None = None
        self._failures: list[str] = []

    def take(self, failures: list[str]) -> Page:
        """Return the page.

        Args:
            failures: Takes what fails in it from now on.

        """
        self._failures = failures
        if self._page is None:
            # Motion is drawn frame by frame, which would be half of what a click costs: only where
            # a test asks for it.
            context = self._browser.new_context(viewport=VIEWPORT, reduced_motion="reduce")
            self._page = context.new_page()
            self._page.set_default_timeout(PATIENCE)
            self._page.on("pageerror", lambda error: self._failures.append(str(error)))
            self._page.on("console", self._hear)
        return self._page

    def leave(self) -> None:
        """Make the page as it was, so far as a test may have changed it."""
        page = self._page
        assert page is not None
        if len(page.context.pages) > 1 or page.context.cookies():
            self.close()
            return
        page.unroute_all()
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size(VIEWPORT)
        page.mouse.move(0, 0)
        if not page.url.startswith("http"):
            return
        page.evaluate(f"location.hash = '{_NOWHERE}'")
        sign_in = page.locator("[type=password]")
        page.get_by_text("There is no such page").or_(sign_in).wait_for()
        if not page.evaluate(_IS_TIDY):
            page.goto("about:blank")

    def blank(self) -> None:
        """Show nothing: the page would go on asking a server that is about to be gone."""
        if self._page is not None:
            self._page.goto("about:blank")

    def close(self) -> None:
        """Close the page; the next test gets another one."""
        if self._page is not None:
            self._page.context.close()
            self._page = None

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self._failures.append(said.text)
