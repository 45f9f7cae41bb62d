// SPDX-License-Identifier: MIT
// A button on each block of code. Of a session it copies what was typed: no prompts, no output.
"use strict";

(() => {
  const PROMPT = /^nsh(?:\[[^\[\]\s]+\])?>(?: (.*))?$/;
  const SHELL = /^\$ (.*)$/;
  const MORE = "...> ";
  const chinese = document.documentElement.lang.startsWith("zh");
  const WORDS = chinese ? { copy: "复制", done: "已复制", failed: "无法复制" } : { copy: "copy", done: "copied", failed: "cannot copy" };

  const typed = (text) => {
    const commands = [];
    let inCommand = false;
    for (const line of text.split("\n")) {
      const found = PROMPT.exec(line) || SHELL.exec(line);
      if (found) {
        if (found[1]) commands.push(found[1]);
        inCommand = true;
      } else if (inCommand && line.startsWith(MORE)) {
        commands.push(line.slice(MORE.length));
      } else {
        inCommand = false;
      }
    }
    return commands.length ? commands.join("\n") + "\n" : text;
  };

  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea"); // a page from a file or over http has no clipboard
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("refused");
  };

  for (const pre of document.querySelectorAll("div[class*='highlight-']:not(.highlight-text) > div.highlight > pre")) {
    const text = pre.textContent;
    const button = document.createElement("button");
    button.className = "copy-button";
    button.type = "button";
    button.textContent = WORDS.copy;
    button.addEventListener("click", async () => {
      try {
        await copy(typed(text));
        button.textContent = WORDS.done;
      } catch {
        button.textContent = WORDS.failed;
      }
      setTimeout(() => { button.textContent = WORDS.copy; }, 1500);
    });
    pre.parentElement.append(button);
  }
})();
