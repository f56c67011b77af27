"""What every page must be, whoever made it."""

from __future__ import annotations

from collections import Counter

from lxml import html


def lint(text: str) -> html.HtmlElement:
    """Fail on a page without exactly one h1, with ids used twice, inputs without a label, or anything inline."""
    page = html.document_fromstring(text) if "<html" in text else html.fragment_fromstring(text, create_parent="div")
    if "<html" in text:
        assert len(page.xpath("//h1")) == 1, f"{len(page.xpath('//h1'))} h1 on {page.findtext('.//title')}"
        assert page.get("lang"), "the page names no language"
        assert (page.findtext(".//title") or "").strip(), "the page has no title"
    twice = [id_ for id_, times in Counter(page.xpath("//@id")).items() if times > 1]
    assert not twice, f"ids used twice: {twice}"
    labelled = set(page.xpath("//label/@for"))
    for field in page.xpath("//input[not(@type='hidden')]|//select|//textarea"):
        named = field.get("aria-label") or field.get("id") in labelled or field.xpath("ancestor::label")
        assert named or field.get("type") == "submit", f"no label for {html.tostring(field)[:120]!r}"
    assert not page.xpath("//@style"), "inline style"
    assert not page.xpath("//script[not(@src)]|//style"), "inline script or style"
    assert not [name for name in page.xpath("//@*") if name.attrname and name.attrname.startswith("on")], (
        "inline handler"
    )
    for image in page.xpath("//img"):
        assert image.get("alt") is not None, "an image without alt"
    for name in ("aria-labelledby", "aria-describedby"):
        for value in page.xpath(f"//@{name}"):
            for id_ in value.split():
                assert page.xpath("//*[@id=$id]", id=id_), f"{name} points at nothing: {id_}"
    return page
