"""The review in other programs' words: R's metafor, Stata's meta, RevMan's data rows."""
