"""The language of searches: filters, orders and page tokens, and the fields that they may name.

`lexer` cuts a text into tokens, `parser` makes the syntax tree of `tree`, `fields` says what each
noun offers, `ordering` reads ``order_by``, `paging` makes and reads page tokens, and `excerpts`
shows where a text is wrong. Nothing here knows SQL.
"""
