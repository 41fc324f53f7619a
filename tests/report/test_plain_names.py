"""Names of effects on the page: in letters for readers, as the files have them behind it."""

from strataforest.report.page.render import asset, template_of

ROWS = [{"effect_id": name, "reason": "50%41"} for name in ("%C3%96zkan2020|a", "L%C3%A9on%7C|a")]
CALL = '{{ searchable("x", "Left out", ["Effect", "Reason"], rows, ["effect_id", "reason"]) }}'


def test_umlauts_are_letters_and_percent_signs_of_others_stay():
    begin, end = "{% macro searchable", "{% endmacro %}"
    macro = begin + asset("page.html.j2").partition(begin)[2].partition(end)[0] + end
    text = template_of(macro + CALL).render(rows=ROWS, traces={"effects": {ROWS[0]["effect_id"]}})
    assert 'data-effect="%C3%96zkan2020|a">Özkan2020|a</button>' in text
    assert "<td>Léon%7C|a</td>" in text
    assert "<td>50%41</td>" in text
