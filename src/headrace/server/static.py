"""What a browser gets: for now one page that says what this server is and how to fill it."""

from __future__ import annotations

import html
from string import Template

from headrace.version import VERSION

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Headrace</title>
<style>
  :root { color-scheme: light dark; --line: #8884; --quiet: #777; }
  body { font: 15px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 12vh auto;
         padding: 0 1rem }
  h1 { font-size: 1.25rem; margin: 0 } p { margin: .75rem 0 } small { color: var(--quiet) }
  pre { border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; overflow-x: auto;
        font: 13px/1.6 ui-monospace, monospace }
</style>
<h1>Headrace <small>$version</small></h1>
<p>This is a tracking server for machine learning. It speaks MLflow's REST protocol: training
scripts that use <code>mlflow</code> or <code>headrace</code> can log to it.</p>
<pre>import headrace
headrace.set_tracking_uri("$address")
headrace.log_metric("loss", 0.25)</pre>
<p>See what was logged:</p>
<pre>MLFLOW_TRACKING_URI=$address headrace runs list</pre>
<p><small>The calls it offers: <a href="$address/api/1.0/headrace/openapi.json">openapi.json</a>
</small></p>
</html>
""")


def first_page(address: str) -> bytes:
    """Return the HTML of the first page.

    Args:
        address: The server's own address as the browser named it; it is escaped.

    """
    return _PAGE.substitute(version=html.escape(VERSION), address=html.escape(address)).encode()
