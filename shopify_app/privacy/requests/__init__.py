"""What was asked for the sake of people, as the merchant sees it: answers to hand over, certificates of erasure."""
