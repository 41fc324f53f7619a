"""What mkdocs runs while it builds the site: pages whose truth stands elsewhere."""

import includes
from columns import columns_page
from formulas import formula_pages
from keys import keys_page
from mkdocs.structure.files import File


def on_files(files, config):
    """Add the generated pages."""
    pages = {"reference/keys.md": keys_page(), "reference/columns.md": columns_page()}
    for address, text in (pages | formula_pages()).items():
        files.append(File.generated(config, address, content=text))
    return files


def on_page_markdown(markdown, page, config, files):
    """Put the text of READMEs where a page includes it."""
    return includes.expanded(markdown, page.file.src_uri)
