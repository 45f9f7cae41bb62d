// The bar of a player, its keys, and the time that passes. What is played is a stage:
//   end            the last position; 0 is before anything happened
//   at             where it is
//   unit           the smallest difference between two positions, for the slider
//   chapters       [{title, at}]
//   show(at)       be there, at once
//   here()         the position that a reader is at
//   rest()         show everything, as a page without a player
//   perform(wait)  go on to the next stop, as it happens; wait(milliseconds) passes the time
//   next(), previous()      the stops around where it is
//   told()         where it is, for the bar; said() the same in words, to be read aloud
//   command()      what was typed last
const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

const ICONS = {
  play: "M3 1.5v13l11-6.5z",
  pause: "M3 1.5h3.6v13H3zM9.4 1.5H13v13H9.4z",
  back: "M2 2h2.6v12H2zM14 2v12L5.6 8z",
  forward: "M11.4 2H14v12h-2.6zM2 2v12l8.4-6z",
};

const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  svg.firstChild.setAttribute("d", ICONS[name]);
  return svg;
};

const SPEEDS = [0.5, 0.75, 1, 1.5, 2, 3, 4];
const KEYS = [
  ["space", "play, pause"],
  ["→", "step forward; at once what is being typed"],
  ["←", "step back"],
  ["Home", "to the beginning"],
  ["End", "to the end"],
  ["0 – 9", "to that tenth of it"],
  ["+  −", "faster, slower"],
  ["c", "copy the command"],
  ["Esc", "stop, and show everything"],
  ["?", "these keys"],
];

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedTheOldWay(text); // a page from a server without TLS is not given the clipboard
  }
}

function copiedTheOldWay(text) {
  const focused = document.activeElement;
  const area = element("textarea", { class: "heard" });
  area.value = text;
  document.body.append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  return isDone;
}

class Interrupted extends Error {}

class Player {
  constructor(stage) {
    this.stage = stage;
    this.run = null; // {stopped, hurried}: what is under way
    this.build();
    document.addEventListener("keydown", (event) => this.key(event));
    this.moved("reading");
  }

  build() {
    const button = (label, name, act) => {
      const made = element("button", { type: "button", "aria-label": say(label), title: say(label), class: name });
      if (ICONS[name]) made.append(icon(name));
      made.addEventListener("click", act);
      return made;
    };
    const choice = (label, name, options) => {
      const made = element("select", { "aria-label": say(label), title: say(label), class: name });
      made.append(...options.map(([value, text]) => element("option", { value }, text)));
      return made;
    };
    this.back = button("step back", "back", () => this.backward());
    this.toggle = button("play", "play", () => this.playOrPause());
    this.forth = button("step forward", "forward", () => this.forward());
    this.slider = element("input", { type: "range", min: 0, max: this.stage.end, step: this.stage.unit, "aria-label": say("position") });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.place = element("output", { "aria-hidden": "true" });
    this.speed = choice("speed", "speed", SPEEDS.map((value) => [value, `${value}×`]));
    this.speed.value = "1";
    this.chapters = choice("jump to a heading", "chapters", [["", say("jump to …")], ...this.stage.chapters.map((one, at) => [at, one.title])]);
    this.chapters.hidden = !this.stage.chapters.length;
    this.chapters.addEventListener("change", () => this.jump());
    const help = button("keys", "help", () => this.help.showModal());
    help.append("?");
    this.heard = element("p", { class: "heard", role: "status", "aria-live": "polite" });
    this.bar = element("div", { class: "player", role: "group", "aria-label": say("player") });
    this.bar.append(this.back, this.toggle, this.forth, this.slider, this.place, this.speed, this.chapters, help, this.heard);
    this.help = this.helped();
    document.body.append(this.bar, this.help);
    document.documentElement.classList.add("has-player");
  }

  helped() {
    const list = element("dl");
    for (const [keys, what] of KEYS) {
      const names = keys.split("  ").map((name) => element("kbd", {}, say(name)));
      list.append(element("dt", {}, ...names.flatMap((name) => [name, " "])), element("dd", {}, say(what)));
    }
    const close = element("button", {}, say("close"));
    const form = element("form", { method: "dialog" }, close);
    return element("dialog", { "aria-label": say("keys of the player") }, element("h2", {}, say("Keys")), list, form);
  }

  // What the bar shows, after every move.
  moved(state) {
    this.state = state;
    const { stage } = this;
    const isPlaying = state === "playing" || state === "stepping";
    const name = isPlaying ? "pause" : "play";
    this.toggle.replaceChildren(icon(name));
    this.toggle.setAttribute("aria-label", say(name));
    this.toggle.title = say(name);
    this.slider.value = stage.at;
    this.slider.setAttribute("aria-valuetext", stage.told());
    this.place.textContent = stage.told();
    this.back.setAttribute("aria-disabled", String(stage.at <= 0));
    this.forth.setAttribute("aria-disabled", String(stage.at >= stage.end && !isPlaying && state !== "reading"));
    this.bar.dataset.state = state;
    this.bar.dataset.at = stage.at;
    if (state !== "playing") this.heard.textContent = state === "reading" ? "" : stage.said();
  }

  // Milliseconds at the chosen speed; at once when somebody is in a hurry; never where motion is not wanted.
  async wait(run, milliseconds) {
    let left = stillness.matches && milliseconds < 1000 ? 0 : milliseconds;
    while (left > 0 && !run.hurried && !run.stopped) {
      const part = Math.min(left, 100);
      const pace = Number(this.speed.value);
      await new Promise((resolve) => {
        run.wake = resolve;
        setTimeout(resolve, part / pace);
      });
      left -= part;
    }
    if (run.stopped) throw new Interrupted();
  }

  stop() {
    if (this.run) {
      this.run.stopped = true;
      this.run.wake?.();
      this.run = null;
    }
  }

  async start(isStep) {
    this.stop();
    const { stage } = this;
    if (this.state === "reading") stage.show(stage.here());
    else if (!isStep && stage.at >= stage.end) stage.show(0);
    const run = (this.run = { stopped: false, hurried: false });
    this.moved(isStep ? "stepping" : "playing");
    try {
      while (stage.at < stage.end) {
        await stage.perform((milliseconds) => this.wait(run, milliseconds), () => this.moved(this.state));
        if (isStep || run.hurried) break;
      }
    } catch (problem) {
      if (!(problem instanceof Interrupted)) throw problem;
      return; // whoever interrupted says what is next
    }
    this.run = null;
    this.moved("paused");
  }

  playOrPause() {
    if (this.run) this.go(this.stage.at);
    else this.start(false);
  }

  forward() {
    if (this.run) {
      this.run.hurried = true;
      this.run.wake?.();
    } else this.start(true);
  }

  backward() {
    this.go(this.stage.previous());
  }

  go(at) {
    this.stop();
    this.stage.show(Math.min(Math.max(at, 0), this.stage.end));
    this.moved("paused");
  }

  jump() {
    const chapter = this.stage.chapters[Number(this.chapters.value)];
    if (this.chapters.value === "" || !chapter) return;
    this.go(chapter.at);
    chapter.reach?.();
    this.chapters.value = "";
  }

  rest() {
    this.stop();
    this.stage.rest();
    this.moved("reading");
  }

  faster(by) {
    const at = SPEEDS.indexOf(Number(this.speed.value)) + by;
    if (at >= 0 && at < SPEEDS.length) this.speed.value = String(SPEEDS[at]);
  }

  async copy() {
    const command = this.stage.command();
    if (command !== null) this.heard.textContent = say((await copied(command)) ? "copied" : "could not be copied");
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || this.help.open) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest("input, select, textarea") && event.key !== "Escape") return;
    if (target.closest("button, a, summary") && (event.key === " " || event.key === "Enter")) return;
    const act = this.meaning(event.key);
    if (act) {
      event.preventDefault();
      act();
    }
  }

  meaning(key) {
    const acts = {
      " ": () => this.playOrPause(),
      ArrowRight: () => this.forward(),
      ArrowLeft: () => this.backward(),
      Home: () => this.go(0),
      End: () => this.go(this.stage.end),
      "+": () => this.faster(1),
      "=": () => this.faster(1),
      "-": () => this.faster(-1),
      c: () => this.copy(),
      Escape: () => this.rest(),
      "?": () => this.help.showModal(),
    };
    if (/^[0-9]$/.test(key)) return () => this.go(this.stage.near((this.stage.end * Number(key)) / 10));
    return Object.hasOwn(acts, key) ? acts[key] : null;
  }
}
