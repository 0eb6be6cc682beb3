"""What to say where not all collections, or not all of what stands in them, can be chosen from."""

from shopify_app.language import Words
from shopify_app.products.model import CollectionReading


def left_out(reading: CollectionReading | None, words: Words) -> list[str]:
    """A sentence for each thing that is missing; none where everything was read."""
    if reading is None:
        return [words.text("Your collections have not been read yet.")]
    said = []
    if reading.left_out:
        said.append(
            words.plural(
                "You have {n} collection more than Wafa reads; it is left out.",
                "You have {n} collections more than Wafa reads; they are left out.",
                reading.left_out,
            )
        )
    if reading.cut_short:
        said.append(
            words.plural(
                "{n} collection holds more products than Wafa reads; the rest of them is left out.",
                "{n} collections hold more products than Wafa reads; the rest of them is left out.",
                reading.cut_short,
            )
        )
    return said
