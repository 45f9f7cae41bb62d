# SPDX-License-Identifier: MIT
"""What a browser is asked about the looks of a page."""

from __future__ import annotations

from tests.browser.chromium import Page

_FAINT = """
const [least] = arguments;
const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
const luminance = (colour) => {
  const [r, g, b] = colour.slice(0, 3).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = numbers(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] > 0.99) return colour;
  }
  return getComputedStyle(document.documentElement).colorScheme === "dark" ? [0, 0, 0] : [255, 255, 255];
};
const faint = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const style = getComputedStyle(element);
  if (!walker.currentNode.data.trim() || ["SCRIPT", "STYLE"].includes(element.tagName)) continue;
  if (style.visibility === "hidden" || !element.checkVisibility()) continue;
  const found = contrast(numbers(style.color), behind(element));
  const words = walker.currentNode.data.trim().slice(0, 30);
  if (found < least) faint.add(`${found.toFixed(2)} ${element.tagName}.${element.className} ${words}`);
}
return [...faint];
"""


def faint(page: Page, least: float = 4.5) -> list[str]:
    """The texts whose contrast with what is behind them is less than this (WCAG 2.2, 1.4.3)."""
    found: list[str] = page.run(_FAINT, least)
    return found
