"""Global ids, as the Admin API writes them."""


def number_of(gid: object, kind: str) -> int:
    """The number in a global id of this kind; -1, which nothing has, where it is none."""
    number = str(gid).removeprefix(f"gid://shopify/{kind}/")
    return int(number) if number.isdecimal() else -1
