"""A small, real Bolt app that shows every block and element, for the tests of the page."""

from typing import Any

from slack_sdk import WebClient

from tests.sandbox.tinybot import Json, TinyBot
from tests.support.desk import PATIENCE

COMMANDS = [
    ("/kit", "A form with every element"),
    ("/card", "A card with buttons"),
    ("/price", "A form that is worked out while one types"),
    ("/listing", "A list with menus and pages"),
    ("/show", "Every block that only shows something"),
]
COUNTRIES = ["Austria", "Belgium", "Croatia", "Denmark", "Estonia", "Finland", "Germany"]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str | None = None, **more: Any) -> Json:
    return {"text": plain(text), "value": value or text.lower(), **more}


def field(name: str, label: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": name, "label": plain(label), "element": {"action_id": name, **element}, **more}


STATES = [option("Pending payment"), option("Processing"), option("Completed")]
CONFIRM: Json = {
    "title": plain("Approve this price?"),
    "text": mrkdwn("Acme GmbH will pay *USD 11,462.50*."),
    "confirm": plain("Yes, approve"),
    "deny": plain("Not yet"),
}


def kit_blocks() -> list[Json]:
    """An input of every kind."""
    return [
        field(
            "customer",
            "Customer",
            {"type": "external_select", "min_query_length": 2, "placeholder": plain("Type a name")},
        ),
        field("states", "Order Status", {"type": "multi_static_select", "options": STATES}, optional=True),
        field(
            "product",
            "Product Type",
            {
                "type": "static_select",
                "placeholder": plain("Any product"),
                "option_groups": [
                    {
                        "label": plain("Compute"),
                        "options": [option("Elastic Cloud Server", "ecs"), option("Bare Metal", "bms")],
                    },
                    {"label": plain("Storage"), "options": [option("Object Storage", "obs")]},
                ],
                "initial_option": option("Bare Metal", "bms"),
            },
            hint=plain("Groups as in the catalogue"),
        ),
        field("tags", "Countries", {"type": "multi_external_select", "min_query_length": 0}, optional=True),
        field(
            "number",
            "Order No.",
            {"type": "plain_text_input", "min_length": 3, "max_length": 20, "initial_value": "CS2610"},
        ),
        field(
            "reason",
            "Reason",
            {"type": "plain_text_input", "multiline": True, "placeholder": plain("Why?")},
            optional=True,
        ),
        field(
            "amount", "Amount", {"type": "number_input", "is_decimal_allowed": True, "min_value": "0"}, optional=True
        ),
        field("from", "Ordered On from", {"type": "datepicker"}, optional=True),
        field("at", "Remind me at", {"type": "timepicker"}, optional=True),
        field(
            "how",
            "How",
            {"type": "radio_buttons", "options": [option("Amount"), option("Percentage"), option("New price")]},
            optional=True,
        ),
        field(
            "scope",
            "Scope",
            {
                "type": "checkboxes",
                "options": [
                    {"text": mrkdwn("*Customers*"), "value": "customers", "description": mrkdwn("Your own")},
                    {"text": mrkdwn("Resellers' Customers"), "value": "resellers"},
                ],
            },
            optional=True,
        ),
        field("who", "Manager", {"type": "users_select"}, optional=True),
        field("where", "Channel", {"type": "conversations_select"}, optional=True),
    ]


def view(title: str, blocks: list[Json], submit: str | None = "Search", **more: Any) -> Json:
    made = {
        "type": "modal",
        "callback_id": "form",
        "title": plain(title),
        "close": plain("Cancel"),
        "blocks": blocks,
        **more,
    }
    return {**made, "submit": plain(submit)} if submit else made


def card_blocks(state: str = ":large_yellow_circle: waiting for 1 manager") -> list[Json]:
    return [
        {"type": "section", "block_id": "state", "text": mrkdwn(f"Price adjustment PA-1042 · {state}")},
        {
            "type": "section",
            "block_id": "what",
            "text": mrkdwn(
                "*Acme GmbH* · CS2610A7F3 · Elastic Cloud Server\n"
                "USD 12,400.00 → *11,462.50*   (−12.5 % of list; maximum 30 %)"
            ),
        },
        {
            "type": "context",
            "block_id": "who",
            "elements": [mrkdwn("Asked by Sam · <!date^1791036000^{date_short} at {time}|some day> · _pay by 10 Oct_")],
        },
        {
            "type": "actions",
            "block_id": "buttons",
            "elements": [
                {
                    "type": "button",
                    "action_id": "approve",
                    "text": plain("Approve"),
                    "style": "primary",
                    "value": "PA-1042",
                    "confirm": CONFIRM,
                },
                {
                    "type": "button",
                    "action_id": "reject",
                    "text": plain("Reject"),
                    "style": "danger",
                    "value": "PA-1042",
                },
                {
                    "type": "button",
                    "action_id": "site",
                    "text": plain("Open the catalogue"),
                    "url": "https://example.com/catalogue",
                },
                {"type": "static_select", "action_id": "state", "placeholder": plain("Set a state"), "options": STATES},
                {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [option("View Order Details", "details"), option("Withdraw", "withdraw")],
                    "confirm": {**CONFIRM, "title": plain("Go on?")},
                },
            ],
        },
    ]


def result_blocks(page: int) -> list[Json]:
    rows: list[Json] = []
    for number in range(page * 3 - 2, page * 3 + 1):
        menu = {
            "type": "overflow",
            "action_id": "operation",
            "options": [
                option("View Order Details", f"details-{number}"),
                option("Payment Details", f"payment-{number}"),
                option("Adjust Price", f"adjust-{number}"),
            ],
        }
        text = (
            f"*CS2610A7F{number}*  :large_yellow_circle: Pending payment\n"
            "Acme GmbH · Elastic Cloud Server · Renewal\n"
            "*USD 12,400.00*  (list USD 13,100.00) · pay by 10 Oct (2 days left)"
        )
        rows.append({"type": "section", "block_id": f"order-{number}", "text": mrkdwn(text), "accessory": menu})
    return [
        {
            "type": "section",
            "block_id": "summary",
            "text": mrkdwn("*9 orders* · Customer “acme” · Pending payment"),
            "accessory": {"type": "button", "action_id": "refine", "text": plain("Refine")},
        },
        {"type": "divider"},
        *rows,
        {"type": "context", "block_id": "range", "elements": [mrkdwn(f"{page * 3 - 2}–{page * 3} of 9")]},
        {
            "type": "actions",
            "block_id": "pages",
            "elements": [
                {"type": "button", "action_id": "page-back", "text": plain("‹ Previous"), "value": str(page - 1)},
                {"type": "button", "action_id": "page-on", "text": plain("Next ›"), "value": str(page + 1)},
            ],
        },
    ]


def price_blocks(figure: str) -> list[Json]:
    """A form whose preview depends on what was typed."""
    live = {"type": "plain_text_input", "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    blocks = [
        {"type": "section", "block_id": "now", "text": mrkdwn("Now: USD *12,400.00*")},
        field("figure", "New price", live, dispatch_action=True),
        field("why", "Reason", {"type": "plain_text_input", "multiline": True}, optional=True),
    ]
    if figure:
        blocks.insert(1, {"type": "section", "block_id": "preview", "text": mrkdwn(f"Proposed: USD *{figure}*")})
    return blocks


def show_blocks() -> list[Json]:
    """Every block that only shows something."""
    return [
        {"type": "header", "text": plain("October orders :package:")},
        {
            "type": "section",
            "fields": [
                mrkdwn("*Customer*\nAcme GmbH"),
                mrkdwn("*Status*\n:large_green_circle: Completed"),
                mrkdwn("*Ordered On*\n3 Oct 2026"),
                mrkdwn("*Association*\nReferral"),
            ],
        },
        {
            "type": "section",
            "text": mrkdwn(
                "*bold* _italic_ ~gone~ `code` <https://example.com/a?b=1&amp;c=2|a link> "
                "<#C0NOTHING> &lt;b&gt;not bold&lt;/b&gt;\n"
                "> quoted\n```Official Amount   13,100.00\nafter discount    12,400.00```"
            ),
        },
        {"type": "divider"},
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "Rich ", "style": {"bold": True}},
                        {"type": "emoji", "name": "white_check_mark"},
                        {"type": "text", "text": " <i>text</i>"},
                    ],
                },
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "elements": [
                        {"type": "rich_text_section", "elements": [{"type": "text", "text": "first"}]},
                        {"type": "rich_text_section", "elements": [{"type": "text", "text": "second"}]},
                    ],
                },
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "a quote"}]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "fixed"}]},
            ],
        },
        {
            "type": "table",
            "column_settings": [{"is_wrapped": True}, {"align": "right"}],
            "rows": [
                [{"type": "raw_text", "text": "Discount"}, {"type": "raw_text", "text": "Amount"}],
                [{"type": "raw_text", "text": "Promotion <script>"}, {"type": "raw_text", "text": "−700.00"}],
                [{"type": "raw_text", "text": "Adjustment"}, {"type": "raw_text", "text": "−937.50"}],
            ],
        },
        {"type": "context", "elements": [mrkdwn(":warning: Prices without tax")]},
    ]


class PageBot(TinyBot):
    """While `gate` is cleared, it delays the acknowledgement of buttons, suggestions and submissions."""

    def _listen(self) -> None:
        for command in ("kit", "card", "price", "listing", "show", "file", "whisper", "slow", "stack", "say"):
            self.app.command(f"/{command}")(getattr(self, command))
        for action in ("approve", "reject", "state", "more", "operation", "refine", "site"):
            self.app.action(action)(self.acted)
        for action in ("page-on", "page-back"):
            self.app.action(action)(self.turned)
        for name in ("customer", "tags"):
            self.app.options(name)(self.suggested)
        self.app.action("figure")(self.worked_out)
        self.app.action("deeper")(self.pushed)
        self.app.view("form")(self.submitted)
        self.app.event("app_home_opened")(self.home)
        self.app.event("message")(self.evented)

    def of(self, kind: str) -> list[Json]:
        """All payloads of a kind, oldest first."""
        return [body for heard, body in self.heard if heard == kind]

    def kit(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=view("Customer Orders", kit_blocks()))

    def card(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.chat_postMessage(channel=body["channel_id"], text="Price adjustment PA-1042", blocks=card_blocks())

    def price(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=view("Adjust Price", price_blocks(""), "Submit"))

    def listing(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=view("Customer Orders", result_blocks(1), None))

    def show(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.chat_postMessage(channel=body["channel_id"], text="October orders", blocks=show_blocks())

    def stack(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        blocks = [
            field("note", "Note", {"type": "plain_text_input"}),
            {"type": "actions", "elements": [{"type": "button", "action_id": "deeper", "text": plain("Deeper")}]},
        ]
        client.views_open(trigger_id=body["trigger_id"], view=view("First", blocks, "Done"))

    def file(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.files_upload_v2(channel=body["channel_id"], content=b"a,b\n1,2\n", filename="orders.csv", title="Orders")

    def whisper(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.chat_postEphemeral(channel=body["channel_id"], user=body["user_id"], text="Nobody else reads this.")

    def say(self, ack: Any, body: Json, respond: Any) -> None:
        ack()
        respond(text=body["text"], response_type="in_channel")

    def slow(self, ack: Any, body: Json) -> None:
        self.gate.wait(PATIENCE)
        ack()
        self.heard.append(("command", body))

    def acted(self, ack: Any, body: Json) -> None:
        self.gate.wait(PATIENCE)
        ack()
        self.heard.append(("action", body))
        if body["actions"][0]["action_id"] in {"approve", "reject"}:
            channel, ts = body["channel"]["id"], body["message"]["ts"]
            done = card_blocks(":large_green_circle: Approved by a manager")[:3]
            self.app.client.chat_update(channel=channel, ts=ts, text="Approved", blocks=done)

    def turned(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        page = int(body["actions"][0]["value"])
        client.views_update(view_id=body["view"]["id"], view=view("Customer Orders", result_blocks(page), None))

    def worked_out(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        self.heard.append(("action", body))
        figure = body["actions"][0].get("value") or ""
        client.views_update(view_id=body["view"]["id"], view=view("Adjust Price", price_blocks(figure), "Submit"))

    def pushed(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        blocks = [{"type": "section", "text": mrkdwn("You are one deeper.")}]
        client.views_push(trigger_id=body["trigger_id"], view=view("Second", blocks, None))

    def suggested(self, ack: Any, body: Json) -> None:
        self.heard.append(("options", body))
        self.gate.wait(PATIENCE)
        ack(options=[option(name) for name in COUNTRIES if body["value"].lower() in name.lower()])

    def submitted(self, ack: Any, body: Json) -> None:
        self.gate.wait(PATIENCE)
        self.heard.append(("submission", body))
        ack(**self.on_submit)

    def evented(self, body: Json) -> None:
        self.heard.append(("event", body))

    def home(self, body: Json, client: WebClient) -> None:
        self.heard.append(("event", body))
        blocks = [{"type": "header", "text": plain("Welcome home")}, *card_blocks()[:2]]
        client.views_publish(user_id=body["event"]["user"], view={"type": "home", "blocks": blocks})
