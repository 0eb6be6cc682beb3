"""Why somebody is not written to, in words, and what would change it."""

from shopify_app.language import Words

OTHER = "Another reason"
MAY = "You may write to them"
BECAUSE = {
    "never_asked": "Were never asked, or did not tick the box",
    "said_no": "Do not want your e-mails",
    "unconfirmed": "Have not confirmed yet that they want your e-mails",
    "no_address": "Left no e-mail address, or are no customer of yours yet",
    "bought": "Have bought since",
    "has_it": "Somebody of the same household has bought it since",
    "bought_lately": "Had bought something the day before",
}
"""By the gate's reason."""
HELPS: dict[str | None, str] = {
    "never_asked": "Switch on the box for e-mails at the checkout, in Shopify under Settings, Checkout.",
    "said_no": "Nothing, and that is right: they would be sorry, and so would you.",
    "unconfirmed": "They have an e-mail from Shopify in which they can confirm it.",
    "no_address": "Ask for an e-mail address at the checkout, in Shopify under Settings, Checkout.",
}


def title_of(reason: str | None, words: Words) -> str:
    """What is said of the carts of a reason; None for those whose owners may be written to."""
    return words.text(BECAUSE.get(reason, OTHER) if reason else MAY)
