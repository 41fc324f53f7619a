"""What the seed paper prints, as rows of the sheet `published`."""

STATED = {"positive_favours": "treat"}
# analysis, domain, platform, measure, k, estimate, low, high, I2, favourable
POOLED = """
domain|knowledge|||  |1.065|0.185|1.944||yes
domain|glycemic|||  |−0.519|−0.719|−0.319||yes
domain|behavior|||  |0.359|0.010|0.709||yes
domain|attitude|||  |0.887|−0.523|2.298||
domain|clinical_other|||  |−0.138|−0.618|0.342||no
domain|complication||RR|3|0.67|0.45|1.00||
platform||WhatsApp||8|0.108|0.004|0.213||
platform||WeChat||5|−0.227|−0.567|0.113||
platform||LINE||3|0.464|0.247|0.654||
platform||Facebook Messenger||4|0.577|0.103|1.051||
platform||Telegram||4|0.191|0.027|0.355||
platform||Naver Band||4|0.806|0.165|1.447||
platform_by_domain|glycemic|WeChat||11|−0.734|−0.980|−0.487|85.2|yes
platform_by_domain|glycemic|WhatsApp||3|−0.217|−0.701|0.268|78.0|
platform_by_domain|glycemic|Facebook Messenger||2|NE||||
platform_by_domain|glycemic|LINE||1|NE||||
platform_by_domain|glycemic|Telegram||1|NE||||
platform_by_domain|glycemic|Naver Band||1|NE||||
platform_by_domain|behavior|WhatsApp||5|0.754|0.363|1.145|78.3|yes
platform_by_domain|behavior|WeChat||8|0.121|−0.536|0.779|96.0|
platform_by_domain|behavior|Facebook Messenger||1|NE||||
platform_by_domain|behavior|LINE||1|NE||||
platform_by_domain|behavior|Telegram||1|NE||||
platform_by_domain|behavior|Naver Band||1|NE||||
platform_by_domain|clinical_other|WeChat||7|−0.467|−0.744|−0.190|96.0|yes
platform_by_domain|clinical_other|WhatsApp||3|0.830|−1.090|2.750||
platform_by_domain|clinical_other|Facebook Messenger||1|NE||||
platform_by_domain|clinical_other|LINE||0|NE||||
platform_by_domain|clinical_other|Telegram||0|NE||||
platform_by_domain|clinical_other|Naver Band||0|NE||||
platform_by_domain|attitude|first platform||1|NE||||
platform_by_domain|attitude|second platform||3|0.887|−0.523|2.298|97.3|
platform_by_domain|complication|first platform|RR|2|NE||||
platform_by_domain|complication|second platform|RR|1|NE||||
platform_by_domain|complication|other platforms|RR|0|NE||||
platform_by_domain|knowledge|first platform||4|1.001|0.081|1.920|97.6|
platform_by_domain|knowledge|second platform||2|NE||||
platform_by_domain|knowledge|LINE||2|NE||||
"""
# domain, scale, smallest, largest, largest change
LEFT_OUT = """
knowledge|SMD|0.66|1.21|0.41
glycemic|SMD|−0.56|−0.46|0.055
behavior|SMD|0.27|0.44|0.09
attitude|SMD|0.35|1.50|
complication|logRR|−0.44|0.51|
clinical_other|SMD|−0.34|−0.05|
"""
# quantity, reason, value, of, percent
COUNTS = """
records_identified||2042||
records_after_deduplication||345||
full_text_assessed||345||
reports_excluded||322||
reports_excluded|not a randomised trial|310||
reports_excluded|incomplete or not extractable data|11||
reports_excluded|poor quality|1||
studies_included||23||
rob_overall_some_concerns||23|23|100
rob_d1_low||4|23|17.4
rob_d1_some_concerns||19|23|82.6
rob_d3_low||5|23|21.7
rob_d3_some_concerns||18|23|78.3
"""
GROUPING = ("domain", "platform")


def _lines(text):
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def rows():
    """Return the rows of the paper."""
    found = []
    names = ("analysis", "domain", "platform", "measure", "k", "estimate", "ci_low", "ci_high")
    for line in _lines(POOLED):
        row = dict(zip((*names, "i2", "favourable"), line, strict=True))
        found.append(row | ({} if row["measure"] == "RR" else STATED))
    names = ("domain", "loo_measure", "loo_min", "loo_max", "loo_max_change")
    for line in _lines(LEFT_OUT):
        row = dict(zip(names, line, strict=True))
        found.append(row | {"analysis": "domain", "loo_reversal": "no"})
    for line in _lines(COUNTS):
        found.append(dict(zip(("quantity", "reason", "value", "of", "percent"), line, strict=True)))
    found.append({"estimate": "0.002", "p_value": "0.598", "r2": "1.3", "note": "weeks"})
    for number, row in enumerate(found, start=2):
        row |= {"source_file": "paper.csv", "source_tab": "", "source_row": str(number)}
    return found
