"""The console's pages in a real browser, on the whole bundle."""

import json
import re
from pathlib import Path
from typing import Final

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.console.conftest import PATIENCE
from tests.console.day import CONTRADICTED, FAILED, HOSTILE, NUMBER, SCRIPT, UNDECIDED, UNTOLD, call
from tests.e2e.conftest import Town

ROOT: Final = Path(__file__).parents[2]
BUILT: Final = ROOT / "console" / "built"
MOST_BYTES: Final = 300_000
MONDAY: Final = "Monday, 23 November 2026"
PLACES: Final = {
    "#/day/2026-11-23": MONDAY,
    "#/faxes": "Faxes",
    f"#/faxes/{UNDECIDED}": UNDECIDED,
    f"#/faxes/{UNDECIDED}/receipt": "Fax receipt",
    "#/needs": "Needs a person",
    "#/deliveries": "Deliveries",
    "#/days": "Days",
    "#/routes": "Routes",
    "#/send": "Send",
}
# What axe finds to be serious or worse, and where.
AXE: Final = """async options => (await axe.run(document, options)).violations
    .filter(found => ["serious", "critical"].includes(found.impact))
    .flatMap(found => found.nodes.map(node => `${found.id} at ${node.target}`))"""
SINCE: Final = re.compile("just now| ago")

expect.set_options(timeout=PATIENCE)


def open_page(page: Page, place: str, heading: str) -> None:
    page.evaluate("place => { location.hash = place }", place)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def rows_of(page: Page) -> int:
    expect(page.locator("tbody tr").first).to_be_visible()
    return page.locator("tbody tr").count()


def test_the_page_is_small_and_names_nobody_else(link: str) -> None:
    files = [path for path in BUILT.iterdir() if link]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    page = (BUILT / "index.html").read_text()
    assert "//" not in page.replace("<!doctype", "")
    assert "style=" not in page


def test_the_key_leaves_the_address_bar_at_once(context: BrowserContext, link: str) -> None:
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    assert "key" not in page.url
    assert page.evaluate("history.length") == 2
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")


def test_today_adds_up_to_the_report_and_says_what_is_missing(page: Page, town: Town) -> None:
    open_page(page, "#/today", "Today")
    report = town.get("/reports/today").json()
    total = report["total"]
    figures = page.get_by_role("list", name="Figures")
    expect(figures).to_contain_text(f"of {total['faxes']}")
    conclusion = page.get_by_label("Whether the day is complete")
    expect(conclusion).to_contain_text("NOT COMPLETE")
    expect(conclusion).to_contain_text(report["reasons"][0]["text"])
    assert total["rescued"]["faxes"] > 0
    for name, count in {
        "settled": total["final"],
        "open": total["open"],
        "failed": total["statuses"]["failed"],
        "conflicts": total["conflicts"]["open"],
        "rescued": total["rescued"]["faxes"],
    }.items():
        expect(figures.get_by_role("link", name=name).locator("b")).to_have_text(str(count))


def test_an_outage_is_seen_hour_by_hour_and_leads_to_its_faxes(page: Page, town: Town) -> None:
    open_page(page, "#/today", "Today")
    told = page.get_by_role("figure", name="Faxes of each hour, by who told first")
    told.get_by_text("As a table").click()
    counts = [int(text) for text in told.locator("tbody td").all_inner_texts()]
    assert sum(counts) == town.get("/reports/today").json()["total"]["final"]
    silence = page.locator("#silences + ul a").first
    count = int(silence.inner_text().split()[0])
    silence.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Faxes")
    expect(page.locator("tbody tr")).to_have_count(count)
    expect(page.locator("tbody tr").filter(has_text=re.compile("poll|feed"))).to_have_count(count)


def test_the_lamps_say_when_each_source_was_last_heard(page: Page) -> None:
    open_page(page, "#/today", "Today")
    softlinx = page.get_by_role("region", name="softlinx")
    expect(softlinx.get_by_role("listitem").filter(has_text="callback")).to_contain_text(SINCE)
    expect(softlinx.get_by_role("listitem").filter(has_text="poll: inbound")).to_contain_text(SINCE)


def test_faxes_are_filtered_in_the_address_bar(page: Page) -> None:
    open_page(page, "#/faxes", "Faxes")
    every = rows_of(page)
    page.get_by_role("combobox", name="Status").select_option("failed")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr").filter(has_text="sent")).to_have_count(0)
    assert 0 < rows_of(page) < every
    assert page.url.endswith("#/faxes?status=failed")
    page.get_by_role("button", name="All faxes").click()
    expect(page.locator("tbody tr")).to_have_count(every)


def test_a_listing_is_looked_through_until_something_is_found(page: Page, town: Town) -> None:
    found = town.get("/faxes?limit=2").json()
    nothing: list[dict[str, object]] = [{"faxes": [], "cursor": cursor} for cursor in ("some", "more")]
    answers = iter([*nothing, found])
    page.route("**/api/faxes?*", lambda route: route.fulfill(json=next(answers)))
    open_page(page, "#/faxes?user=jo", "Faxes")
    expect(page.locator("tbody tr")).to_have_count(2)
    # What took long to find is not asked for every ten seconds.
    expect(page.get_by_text("kept up to date")).to_have_count(0)


def test_a_number_is_looked_for_in_a_body_and_masked_until_asked_for(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_page(page, "#/faxes", "Faxes")
    page.get_by_role("textbox", name="Number").fill(NUMBER)
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    assert not [url for url in [*asked, page.url] if NUMBER in url]
    assert NUMBER not in page.locator("tbody").inner_text()
    page.get_by_role("button", name="Show numbers").click()
    expect(page.locator("tbody")).to_contain_text(NUMBER)


def test_the_table_is_saved_as_the_command_writes_it(page: Page) -> None:
    open_page(page, "#/faxes?reference=CASE-1", "Faxes")
    with page.expect_download() as saving:
        page.get_by_role("button", name="CSV").click()
    lines = Path(saving.value.path()).read_text().splitlines()
    assert lines[0].startswith("id,kind,provider,direction,status,state,submitted_at")
    assert len(lines) == 2
    assert lines[1].startswith(f"{CONTRADICTED},fax,softlinx,outbound,sent")


def test_a_conflict_is_shown_with_both_sides_and_resolved(page: Page, town: Town) -> None:
    open_page(page, f"#/faxes/{CONTRADICTED}", CONTRADICTED)
    conflict = page.get_by_role("region", name="A conflict")
    expect(conflict).to_contain_text("sent says callback")
    expect(conflict).to_contain_text("failed says callback")
    page.get_by_label("failed", exact=True).check()
    page.get_by_label("Because").fill("The clinic has nothing.")
    page.get_by_role("button", name="Amend").click()
    expect(page.get_by_role("heading", name="A conflict, resolved")).to_be_visible()
    expect(page.get_by_role("list").filter(has_text="amended it from sent to failed")).to_be_visible()
    assert town.get(f"/faxes/{CONTRADICTED}").json()["amended_status"] == "failed"


def test_a_failed_fax_is_sent_once_more(page: Page) -> None:
    open_page(page, f"#/faxes/{FAILED}", FAILED)
    page.get_by_text("Resend", exact=True).click()
    page.get_by_label("To another number").fill("12025550100")
    page.get_by_role("button", name="Send once more").click()
    expect(page.get_by_text("It is on its way")).to_be_visible()
    page.get_by_role("link", name="follow it").click()
    expect(page.get_by_text("Resends")).to_be_visible()
    expect(page.get_by_role("link", name=FAILED)).to_be_visible()


def test_a_receipt_prints_on_one_page(page: Page) -> None:
    open_page(page, f"#/faxes/{HOSTILE}", HOSTILE)
    page.get_by_role("link", name="Receipt").click()
    receipt = page.get_by_role("article", name="Receipt")
    expect(receipt).to_contain_text("Transmitted")
    expect(receipt).to_contain_text("SHA-256")
    printed = page.pdf(format="A4")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") == 1


def test_a_script_in_a_strangers_fields_is_text(page: Page) -> None:
    open_page(page, f"#/faxes/{HOSTILE}", HOSTILE)
    page.get_by_role("button", name="Show numbers").first.click()
    page.get_by_text("Word for word").click()
    expect(page.get_by_text(SCRIPT).first).to_be_visible()
    open_page(page, "#/faxes", "Faxes")
    expect(page.get_by_role("cell", name=SCRIPT)).to_be_visible()
    assert page.locator("main img, main script").count() == 0
    assert "hacked" not in page.title()


def test_what_needs_a_person_stands_in_one_list(page: Page) -> None:
    open_page(page, "#/needs", "Needs a person")
    needs = page.locator("tbody tr")
    expect(needs.filter(has_text="conflict").filter(has_text=UNDECIDED)).to_have_count(1)
    expect(needs.filter(has_text="unknown word").filter(has_text="teleported")).to_have_count(1)
    expect(needs.filter(has_text="not delivered").get_by_role("link", name="Redrive")).to_be_visible()
    undone = needs.filter(has_text="mark given up")
    expect(undone).to_contain_text("refused with code 5")
    expect(undone.get_by_role("link", name=f"Look: {HOSTILE}")).to_be_visible()
    unreadable = needs.filter(has_text="FaxId is missing")
    assert NUMBER not in unreadable.inner_text()
    unreadable.get_by_role("button", name="Show as it came").click()
    expect(unreadable.get_by_label("As it came")).to_contain_text("FaxStatus=sent")
    needs.filter(has_text="conflict").get_by_role("link", name=f"Decide: {UNDECIDED}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(UNDECIDED)


def test_who_was_not_told_is_told_after_all(page: Page, town: Town) -> None:
    open_page(page, "#/deliveries", "Deliveries")
    target = page.get_by_role("article", name="Target")
    expect(target).to_contain_text("answered 410")
    target.get_by_text("Redrive", exact=True).click()
    target.get_by_role("button", name="Look first").click()
    expect(target).to_contain_text("1 delivery found, of which 1 are wanted no more. Nothing was sent.")

    open_page(page, "#/routes", "Routes")
    expect(page.get_by_text("disabled")).to_be_visible()
    page.get_by_role("button", name="Change").click()
    page.get_by_label("fax.sent").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("webhook, fax.sent")).to_be_visible()

    open_page(page, "#/deliveries", "Deliveries")
    target.get_by_text("Redrive", exact=True).click()
    target.get_by_role("button", name="Look first").click()
    expect(target).to_contain_text("1 delivery found. Nothing was sent.")
    target.get_by_role("button", name="Redrive 1").click()
    expect(page.locator("tbody tr").filter(has_text=UNTOLD)).to_contain_text("pending")
    town.wait(minutes=6)
    assert [one["state"] for one in town.get(f"/faxes/{UNTOLD}").json()["deliveries"]] == ["done"]


def test_a_route_is_made_and_removed(page: Page, town: Town) -> None:
    open_page(page, "#/routes", "Routes")
    page.get_by_role("button", name="Add a route").click()
    page.get_by_label("User or number").fill("Jane")
    page.get_by_label("Webhook").fill("http://hooks.example.org/faxes")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="https")).to_be_visible()
    page.get_by_role("button", name="Leave it as it is").click()
    page.get_by_role("button", name="Add a route").click()
    page.get_by_label("User or number").fill("Jane")
    page.get_by_label("Webhook").fill(town.receiver.url)
    page.get_by_role("button", name="A further target").click()
    page.get_by_role("button", name="Leave it out").last.click()
    page.get_by_role("button", name="Save").click()
    route = page.get_by_role("article", name="Route softlinx/jane")
    expect(route).to_contain_text("all events of faxes")
    route.get_by_role("button", name="Remove").click()
    route.get_by_role("button", name="Keep it").click()
    route.get_by_role("button", name="Remove").click()
    route.get_by_role("button", name="Remove it").click()
    expect(route).to_have_count(0)
    assert town.get("/routes/softlinx/jane").status_code == 404


def test_a_fax_is_sent(page: Page, town: Town) -> None:
    open_page(page, "#/send", "Send")
    page.get_by_role("textbox", name="To one number a line").fill("+1 202 555 0100\n+1 202 555 0001")
    letter = {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 a letter"}
    page.get_by_label("Documents").set_input_files(letter)  # type: ignore[arg-type]
    page.get_by_label("Reference").fill("CASE-9")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("2 faxes are on the way")).to_be_visible()
    assert len(town.get("/faxes?reference=CASE-9").json()["faxes"]) == 2
    page.get_by_role("link", name="fax 1").click()
    expect(page.locator(".big")).to_contain_text(re.compile("accepted|handed over|open"))


def test_documents_that_are_too_large_are_named_so_before_they_are_sent(page: Page) -> None:
    def choose(megabytes: int) -> None:
        scan = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": bytes(megabytes * 1024 * 1024)}
        page.get_by_label("Documents").set_input_files(scan)  # type: ignore[arg-type]

    open_page(page, "#/send", "Send")
    too_large = page.get_by_text("This page sends 4 MB at once, and these documents have 5 MB")
    choose(5)
    expect(too_large).to_be_visible()
    expect(too_large).to_contain_text("use `faxledger send`, which takes 20 MB each")
    choose(4)
    expect(too_large).to_have_count(0)


def test_a_document_is_opened_by_a_link_of_its_own(page: Page, town: Town) -> None:
    received = town.get("/faxes?status=received").json()["faxes"]
    (fax,) = (fax["id"] for fax in received if fax["from_number"] == "12025550100")
    open_page(page, f"#/faxes/{fax}", fax)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    with page.expect_popup():
        page.get_by_role("button", name="Document").click()
    expect(page.get_by_text("It is open in a tab of its own.")).to_be_visible()
    assert [url for url in asked if url.startswith(town.bundle.aws_url)]


def test_days_are_complete_or_not_or_restated(page: Page, town: Town) -> None:
    # Each is closed at six in the morning, and looked at once more a day later.
    town.wait(minutes=12 * 60)
    call(town, FaxId="900005", FaxStatus="sent")
    path = f"/faxes/{UNTOLD}/amendments"
    amendment = {"status": "failed", "because": "The clinic has nothing."}
    assert town.post(path, amendment, "an amendment").status_code == 201
    town.wait(minutes=24 * 60)
    open_page(page, "#/days", "Days")
    month = page.get_by_role("table", name="November 2026")
    expect(month.get_by_role("link", name="24 complete")).to_be_visible()
    expect(page.get_by_role("article", name="Feed greenfax outbound")).to_contain_text("Missing")
    month.get_by_role("link", name="23 not complete, restated, version 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(MONDAY)
    expect(page.get_by_role("table")).to_contain_text("total.statuses.failed")
    expect(page.get_by_role("heading", name="Restated, because of: amended, settled")).to_be_visible()
    expect(page.get_by_label("Whether the day is complete")).to_contain_text("NOT COMPLETE")


def test_every_page_suits_screen_readers_both_themes_and_narrow_screens(page: Page) -> None:
    page.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text())
    findings: list[str] = []
    for place, heading in PLACES.items():
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light")
        open_page(page, place, heading)
        expect(page.get_by_text("Waiting for")).to_have_count(0)
        findings += [f"{place}: {finding}" for finding in page.evaluate(AXE, {})]
        page.set_viewport_size({"width": 360, "height": 740})
        page.emulate_media(color_scheme="dark")
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        findings += [f"{place}: {too_wide} px too wide"] if too_wide > 0 else []
        findings += [
            f"{place}, dark: {finding}" for finding in page.evaluate(AXE, {"runOnly": ["color-contrast"]})
        ]
    assert findings == []


def test_a_key_that_is_no_longer_good_asks_for_the_link(page: Page) -> None:
    page.evaluate("sessionStorage.setItem('faxledger.key', 'another')")
    page.evaluate("location.hash = '#/faxes'")
    expect(page.get_by_role("alert")).to_contain_text("Open the link from the terminal again")


def test_an_api_that_is_lost_leaves_what_is_shown_and_is_asked_again(page: Page) -> None:
    open_page(page, f"#/faxes/{FAILED}", FAILED)
    expect(page.locator(".big")).to_contain_text("failed")
    lost = iter([502, 504])

    def fail(route: Route) -> None:
        status = next(lost)
        problem = {"type": "about:blank", "title": "", "status": status, "detail": "AWS can't be reached."}
        route.fulfill(status=status, content_type="application/problem+json", body=json.dumps(problem))

    page.clock.install()
    page.route("**/api/**", fail, times=2)
    page.clock.run_for(11_000)
    expect(page.get_by_text("AWS can't be reached. (502)")).to_be_visible()
    page.clock.run_for(6_000)
    expect(page.get_by_text("AWS can't be reached. (504)")).to_be_visible()
    expect(page.locator(".big")).to_contain_text("failed")
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_text("AWS can't be reached.")).to_have_count(0)
