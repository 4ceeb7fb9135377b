"""Slack's text as HTML: what its reader sees, and that no input can become markup."""

from datetime import datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.page import mrkdwn, rich
from sandbox.page.mrkdwn import Reader

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
AT = 1_791_036_000  # 3 Oct 2026, 14:00 UTC


def reader(zone: ZoneInfo = BERLIN, *, twelve_hours: bool = False) -> Reader:
    return Reader(
        zone=zone,
        twelve_hours=twelve_hours,
        now=lambda: datetime(2026, 10, 4, 9, 0, tzinfo=zone),
        user_name={"U1": "Sam Salinger", "U2": "<b>Bob</b>"}.get,
        channel_name={"C1": "orders"}.get,
        user_id="U1",
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("*bold* and _italic_ and ~gone~", "<strong>bold</strong> and <em>italic</em> and <s>gone</s>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("* not bold*", "* not bold*"),
        ("`*code*` &amp; `a<b`", "<code>*code*</code> &amp; <code>a&lt;b</code>"),
        ("```\nOfficial  1\n  *x*```after", "<pre>Official  1\n  *x*</pre>after"),
        ("one\ntwo", "one<br>two"),
        ("> quoted\n> more\nplain", "<blockquote>quoted<br>more</blockquote>plain"),
        (">>> all\nof it", "<blockquote>all<br>of it</blockquote>"),
        ("&lt;b&gt; &amp;amp; <", "&lt;b&gt; &amp;amp; &lt;"),
        ("&lt;@U1&gt;", "&lt;@U1&gt;"),
        ("<#C1> <#C9>", '<span class="mention">#orders</span> <span class="mention">#private</span>'),
        ("<@U1>", '<span class="mention mention-me">@Sam Salinger</span>'),
        ("<@U2>", '<span class="mention">@&lt;b&gt;Bob&lt;/b&gt;</span>'),
        ("<!here>", '<span class="mention mention-me">@here</span>'),
        ("<javascript:alert(1)|click>", "click"),
        (":no_such_emoji: at 14:05:06", ":no_such_emoji: at 14:05:06"),
    ],
)
def test_markup_is_slacks(written: str, shown: str) -> None:
    assert mrkdwn.to_html(written, reader()) == shown


def test_links_open_beside_the_page_and_keep_their_address() -> None:
    shown = mrkdwn.to_html("<https://example.com/a?b=1&amp;c=2|*there*>", reader())
    assert 'href="https://example.com/a?b=1&amp;c=2"' in shown
    assert 'target="_blank" rel="noopener noreferrer">*there*</a>' in shown


def test_bare_addresses_become_links_unless_verbatim() -> None:
    assert ">https://example.com/x</a>." in mrkdwn.to_html("see https://example.com/x.", reader())
    assert mrkdwn.to_html("see https://example.com/x.", reader(), verbatim=True) == "see https://example.com/x."


def test_state_emoji_are_drawn_and_can_still_be_copied_and_heard() -> None:
    shown = mrkdwn.to_html(":large_yellow_circle: pending", reader())
    assert 'class="disc disc-yellow"' in shown
    assert "\U0001f7e1" in shown
    assert mrkdwn.to_html("\U0001f7e1 pending", reader()).count("disc-yellow") == 1


@pytest.mark.parametrize(
    ("zone", "twelve_hours", "shown"),
    [(BERLIN, False, "Yesterday 16:00"), (NEW_YORK, True, "Yesterday 10:00 AM")],
)
def test_dates_are_told_in_the_readers_zone(zone: ZoneInfo, twelve_hours: bool, shown: str) -> None:
    made = mrkdwn.to_html(
        f"<!date^{AT}^{{date_short_pretty}} {{time}}|fallback>", reader(zone, twelve_hours=twelve_hours)
    )
    assert f">{shown}</time>" in made


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("{date_num}", "2026-10-03"),
        ("{date_slash}", "10/03/2026"),
        ("{date}", "October 3rd, 2026"),
        ("{date_short}", "Oct 3, 2026"),
        ("{date_long}", "Saturday, October 3rd, 2026"),
        ("on {date_pretty}", "on yesterday"),
        ("{time_secs}", "16:00:00"),
        ("{ago}", "17 hours ago"),
    ],
)
def test_each_date_token(form: str, shown: str) -> None:
    assert f">{shown}</time>" in mrkdwn.to_html(f"<!date^{AT}^{form}|x>", reader())


@pytest.mark.parametrize("broken", ["<!date^soon^{date}|later &amp; so>", "<!date^1^|later &amp; so>"])
def test_a_date_that_cannot_be_told_shows_its_fallback(broken: str) -> None:
    assert "later &amp; so" in mrkdwn.to_html(broken, reader())


def test_plain_text_has_emoji_names_and_no_markup() -> None:
    assert mrkdwn.plain_to_html("*x* <y>\n:lock:") == (
        '*x* &lt;y&gt;<br><span class="emoji" title=":lock:">\U0001f512</span>'
    )


class _Tags(HTMLParser):
    """Collects the tags that a browser would read from some HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


_PIECES = st.sampled_from(
    [
        *"<>&\"'*_~`|^@#!a0\n \ue000\ue001",
        *("```", "script", "img src=x ", "onerror=", "javascript:", "https://e.x/", "{time}", "<@U2>", "&lt;", ":x:"),
        "<!date^1791036000^",
    ]
)
_ALLOWED = {"strong", "em", "s", "code", "pre", "br", "blockquote", "a", "span", "time"}


@given(st.lists(_PIECES, max_size=25).map("".join))
def test_whatever_is_written_only_harmless_tags_come_out(written: str) -> None:
    tags = _Tags()
    tags.feed(mrkdwn.to_html(written, reader()))
    tags.feed(mrkdwn.plain_to_html(written))
    tags.feed(rich.markdown({"text": written}, reader()))
    for tag, attributes in tags.seen:
        assert tag in _ALLOWED | {"div", "p", "ol", "ul", "li", "hr", "img", *(f"h{level}" for level in range(1, 7))}
        assert not any(name.startswith("on") for name in attributes)
        for name in ("href", "src"):
            address = attributes.get(name)
            assert address is None or not address.lower().lstrip().startswith(("javascript:", "data:", "vbscript:"))


def test_rich_text_keeps_its_styles_and_escapes_its_words() -> None:
    block = {
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "<i> & *x*", "style": {"bold": True, "strike": True}},
                    {"type": "user", "user_id": "U1"},
                    {"type": "link", "url": "https://example.com", "text": "there"},
                ],
            }
        ]
    }
    shown = rich.rich_text(block, reader())
    assert "<s><strong>&lt;i&gt; &amp; *x*</strong></s>" in shown
    assert "@Sam Salinger" in shown
    assert ">there</a>" in shown


def test_a_table_has_a_head_and_aligned_columns() -> None:
    block = {
        "column_settings": [{}, {"align": "right"}],
        "rows": [
            [{"type": "raw_text", "text": "Discount"}, {"type": "raw_text", "text": "Amount"}],
            [{"type": "raw_text", "text": "A & <B>"}, {"type": "raw_text", "text": "1.00"}],
        ],
    }
    shown = rich.table(block, reader())
    assert '<th scope="col" style="text-align:right;white-space:nowrap">Amount</th>' in shown
    assert ">A &amp; &lt;B&gt;</td>" in shown
