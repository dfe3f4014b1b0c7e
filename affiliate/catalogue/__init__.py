"""Offers and flows taken together: copies, which country goes where, tables in and out."""
