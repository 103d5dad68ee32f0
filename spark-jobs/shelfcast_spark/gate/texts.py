"""Texts as JavaScript cuts and writes them: by UTF-16 units, and without halves of a pair."""


def well_formed(text: str) -> str:
    """The text with U+FFFD in the place of each half of a surrogate pair, as UTF-8 is written from JavaScript."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def cut(text: str, units: int) -> str:
    """The first UTF-16 units of the text, well-formed."""
    if len(text) > units or not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "surrogatepass")
    return well_formed(text)
