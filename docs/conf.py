"""How Sphinx builds this documentation (tox -e docs)."""

from __future__ import annotations

from importlib.metadata import version as installed_version

project = "trackerkit"
author = "the trackerkit maintainers"
project_copyright = "the trackerkit maintainers. Apache-2.0"
release = installed_version("trackerkit")
version = ".".join(release.split(".")[:2])

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["data", "_build"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"trackerkit {release}"
