"""The opening gift: points for orders of before the programme, given once it is on."""
