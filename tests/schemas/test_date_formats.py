"""How dates are written is said once and without doubt; what does not say it is refused."""

import pytest

from schemas.date_formats import date_formats


@pytest.mark.parametrize(
    ("form", "text", "iso"),
    [
        ("%d.%m.%Y", "03.02.2026", "2026-02-03"),
        ("%d.%m.%Y", "3.2.2026", "2026-02-03"),
        ("%m/%d/%Y", "01/02/2013", "2013-01-02"),
        ("%Y%m%d", "20130102", "2013-01-02"),
        ("%d-%b-%Y", "03-feb-2026", "2026-02-03"),
        ("%d %B %y", "3 February 69", "1969-02-03"),
        ("%d.%m.%Y %H:%M", "03.02.2026 18:30", "2026-02-03 18:30:00"),
        ("%m/%d/%Y %I:%M %p", "2/3/2026 12:30 AM", "2026-02-03 00:30:00"),
        ("%d/%b/%Y:%H:%M:%S %z", "03/Feb/2026:18:30:05 +0100", "2026-02-03 18:30:05+01:00"),
        ("%d.%m.%Y", "31.02.2026", None),
        ("%d/%m/%Y", "01/13/2026", None),
        ("%d.%m.%Y", "03.02.26", None),
        ("%d%m%Y", "1122013", None),  # two days
        ("epoch_s", "1772438400", "2026-03-02 08:00:00"),
        ("epoch_s", "1772438400.5", "2026-03-02 08:00:00.500000"),
        ("epoch_s", "-1", "1969-12-31 23:59:59"),
        ("epoch_ms", "1772438400123", "2026-03-02 08:00:00.123000"),
        ("epoch_us", "1772438400123456", "2026-03-02 08:00:00.123456"),
        ("epoch_ns", "1772438400123456789", "2026-03-02 08:00:00.123456"),
        ("epoch_s", "1772438400123", None),  # the year 58136
        ("epoch_s", "1.7e9", None),
        ("epoch_ms", "2026-03-02", None),
    ],
)
def test_a_text_is_read_as_it_is_said_to_be_written(form: str, text: str, iso: str | None) -> None:
    assert [each.iso(text) for each in date_formats([form])] == [iso]


@pytest.mark.parametrize(
    ("forms", "problem"),
    [
        (["dd.mm.yyyy"], "'dd.mm.yyyy' needs a year, once: %Y or %y"),
        (["%d.%m"], "needs a year, once"),
        (["%d.%d.%Y"], "needs a month, once: %m or %b or %B"),
        (["%d.%m.%Y %M:%M"], "has %M twice"),
        (["%d.%m.%Y%"], "'%d.%m.%Y%' has %; valid: %Y, %y, %m"),
        (["%x"], "'%x' has %x; valid: %Y, %y, %m"),
        (["%d.%m.%Y %I:%M"], "needs either %H, or %I and %p"),
        (["%d/%m/%Y", "%m/%d/%Y"], "'%d/%m/%Y' and '%m/%d/%Y' read '01/02/2003' as different days"),
        (["%Y-%d-%m"], "'%Y-%m-%d' and '%Y-%d-%m' read '2003-02-01' as different days"),
        (["%d%m%y", "%y%m%d"], "read '010203' as different days"),
        (["epoch_s", "epoch_ms"], "'epoch_s' and 'epoch_ms' read '1044072306' as different days"),
        (["%Y%m%d", "epoch_s"], "read '20030201' as different days"),
        (["epoch"], "'epoch' needs a year, once"),
    ],
)
def test_what_leaves_a_doubt_is_refused(forms: list[str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("(", r"\(")):
        date_formats(forms)
