# SPDX-License-Identifier: MIT
"""The few words of the site that stand on no page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """`folder`: where its pages are on the site; '' for the top."""

    code: str
    name: str
    folder: str


LANGUAGES = {"en": Language("en", "English", ""), "zh_CN": Language("zh-CN", "中文", "zh")}

_WORDS = {
    "en": {
        "terminal": "In a second terminal: <code>{}</code>",
        "moving": "{}: the commands of this page, typed and answered",
        "drawing": "{}: the network of this page, drawn by graph",
        "play": "Play it step by step",
        "back": "to the page",
        "begin": "Begin with lesson one",
        "commands": "All commands",
        "lessons": "The lessons",
    },
    "zh_CN": {
        "terminal": "在另一个终端中：<code>{}</code>",
        "moving": "{}：本页命令的输入与输出",
        "drawing": "{}：由 graph 画出的本页网络",
        "play": "逐步播放",
        "back": "返回页面",
        "begin": "从第一课开始",
        "commands": "全部命令",
        "lessons": "全部课程",
    },
}


def words(language: str) -> dict[str, str]:
    """The words in a language."""
    return _WORDS[language]
