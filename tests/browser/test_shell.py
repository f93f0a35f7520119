"""The frame around every page: seen, walked by keyboard, without JavaScript, in both languages."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django import Settings

from breach.models import User
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser]


@pytest.fixture
def handbook(settings: Settings, supervisor: User, visitor: Visitor) -> Visitor:
    """Signed in, in front of the component page, which exists only while building."""
    settings.DEBUG = True
    visitor.arrive_as(supervisor)
    visitor.open(reverse("components"))
    return visitor


def test_every_component_in_every_state_is_sound(handbook: Visitor) -> None:
    expect(handbook.page.get_by_text("This panel replaced its placeholder.")).to_be_visible()
    handbook.assert_sound("components")


def test_a_form_with_errors_is_sound_and_takes_the_focus(handbook: Visitor) -> None:
    page = handbook.open(reverse("components") + "?form=wrong&banners")
    expect(page.get_by_role("alert").filter(has_text="There are 6 problems")).to_be_focused()
    assert page.title().startswith("Error:")
    page.get_by_role("link", name="One of few: This field is required.").click()
    expect(page.get_by_label("Reached")).to_be_focused()
    handbook.assert_sound("components-wrong")


def test_a_running_job_moves_by_itself_until_it_is_finished(handbook: Visitor) -> None:
    live = handbook.page.locator(".live")
    expect(live.get_by_text("8 of 40 (20.0%)")).to_be_visible()
    expect(live.get_by_text("Finished.")).to_be_visible(timeout=15_000)


def test_every_error_page_wears_the_same_dress(handbook: Visitor) -> None:
    for code in ("400", "403", "404", "500", "503", "csrf"):
        page = handbook.open(reverse("component-part", args=[code]))
        expect(page.get_by_role("link", name="Breach Notice")).to_be_visible()
    handbook.complaints.clear()  # the browser reports the status itself
    handbook.assert_sound("error")


def test_the_sign_in_page_is_sound(visitor: Visitor) -> None:
    visitor.open(reverse("sign-in"))
    visitor.assert_sound("sign-in")


def test_the_keyboard_reaches_the_content_first_and_always_shows_where_it_is(
    handbook: Visitor,
) -> None:
    page = handbook.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    for _stop in range(30):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "(() => { const style = getComputedStyle(document.activeElement);"
            " return style.outlineStyle + ' ' + parseFloat(style.outlineWidth); })()"
        )
        style, width = outline.split()
        assert style != "none", page.evaluate("document.activeElement.outerHTML")
        assert float(width) >= 2


def test_the_menu_and_the_way_out_work_without_javascript(
    plain_visitor: Visitor, supervisor: User
) -> None:
    page = plain_visitor.sign_in(supervisor.username)
    page.set_viewport_size({"width": 390, "height": 900})
    home = page.get_by_role("navigation", name="Main").get_by_role("link", name="Home")
    expect(home).to_be_hidden()
    page.get_by_text("Menu", exact=True).click()
    expect(home).to_be_visible()
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(plain_visitor.base + reverse("home"))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_pages_speak_spanish_when_asked_and_remember_it(visitor: Visitor) -> None:
    page = visitor.open(reverse("sign-in"))
    page.get_by_role("button", name="Español").click()
    expect(page.get_by_role("heading", name="Iniciar sesión")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "es"
    visitor.open(reverse("sign-in"))
    expect(page.get_by_role("button", name="English")).to_be_visible()
    visitor.assert_sound("sign-in-es")


def test_forced_colours_keep_edges_and_chips(handbook: Visitor) -> None:
    handbook.page.emulate_media(forced_colors="active")
    edge = handbook.page.locator(".chip").first.evaluate("e => getComputedStyle(e).borderTopStyle")
    assert edge == "solid"
    handbook.assert_sound("components-forced-colours")


def test_print_leaves_navigation_and_buttons_away(handbook: Visitor) -> None:
    handbook.page.emulate_media(media="print")
    expect(handbook.page.locator(".site-nav")).to_be_hidden()
    expect(handbook.page.locator(".user-menu")).to_be_hidden()
    expect(handbook.page.get_by_role("heading", level=1)).to_be_visible()


def test_the_component_page_does_not_exist_in_production(
    visitor: Visitor, supervisor: User
) -> None:
    visitor.arrive_as(supervisor)
    page = visitor.open(reverse("components"))
    expect(page.get_by_role("heading", name="There is nothing here for you")).to_be_visible()
