// A page as a stage: its steps are there from the start, and are shown one after the other.

const KEY = 55; // milliseconds from letter to letter
const LONGEST_LINE = 4000;
const BEFORE_OUTPUT = 350;

class Step {
  constructor(box) {
    this.box = box;
    this.lines = [...box.querySelectorAll(".line")];
    this.command = this.lines.map((line) => line.querySelector(".command").textContent).join("\n");
    this.shown = box.querySelectorAll(".output .out").length;
    if (this.command) this.addCopy();
  }

  addCopy() {
    const button = element("button", { type: "button", class: "copy", "aria-label": `${say("copy the command")} ${this.command}` }, say("copy"));
    button.addEventListener("click", async () => {
      button.textContent = say((await copied(this.command)) ? "copied" : "no access");
      button.classList.add("done");
      setTimeout(() => {
        button.textContent = say("copy");
        button.classList.remove("done");
      }, 1500);
    });
    this.box.append(button);
  }

  look() {
    this.box.scrollIntoView({ block: "center", behavior: stillness.matches ? "auto" : "smooth" });
  }

  // Type it, then let the output come.
  async perform(wait) {
    const typed = this.lines.map((line) => texts(line.querySelector(".command")));
    const whole = typed.map((nodes) => nodes.map((node) => node.data));
    const pace = Math.min(KEY, LONGEST_LINE / Math.max(this.command.length, 1));
    this.box.classList.add("typing");
    typed.flat().forEach((node) => (node.data = ""));
    this.lines.slice(1).forEach((line) => line.classList.add("later"));
    try {
      for (const [number, line] of this.lines.entries()) {
        line.classList.remove("later");
        for (const [at, node] of typed[number].entries()) {
          for (const letter of whole[number][at]) {
            await wait(pace);
            node.data += letter;
          }
        }
        await wait(BEFORE_OUTPUT);
        line.classList.add("typed");
      }
    } finally {
      typed.forEach((nodes, number) => nodes.forEach((node, at) => (node.data = whole[number][at])));
      this.box.classList.remove("typing");
      this.lines.forEach((line) => line.classList.remove("later", "typed"));
    }
    await wait(Math.min(2000, 400 + 180 * this.shown));
  }
}

const texts = (parent) => {
  const walker = document.createTreeWalker(parent, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
};

class PageStage {
  constructor(boxes) {
    this.steps = boxes.map((box) => new Step(box));
    this.end = this.at = this.steps.length;
    this.unit = 1;
    this.chapters = [...document.querySelectorAll("main > :is(h1, h2, h3, h4)")].map((heading) => ({
      title: heading.textContent,
      at: boxes.filter((box) => box.compareDocumentPosition(heading) & Node.DOCUMENT_POSITION_FOLLOWING).length,
      reach: () => heading.scrollIntoView({ block: "start", behavior: stillness.matches ? "auto" : "smooth" }),
    }));
  }

  mark(at, isCurrent = true) {
    this.at = at;
    this.steps.forEach(({ box }, number) => {
      box.classList.toggle("pending", number >= at);
      box.classList.toggle("current", isCurrent && number === at - 1);
    });
  }

  show(at) {
    this.mark(at);
    (this.steps[at - 1] ?? this.steps[0]).look();
  }

  rest() {
    this.mark(this.end, false);
  }

  async perform(wait, moved) {
    this.mark(this.at + 1);
    moved();
    const step = this.steps[this.at - 1];
    step.look();
    await step.perform(wait);
  }

  next() {
    return this.at + 1;
  }

  previous() {
    return this.at - 1;
  }

  // What has been scrolled past was read; the rest is played.
  here() {
    const at = this.steps.findIndex(({ box }) => box.getBoundingClientRect().bottom > 0);
    return at < 0 ? 0 : at;
  }

  near(at) {
    return Math.round(at);
  }

  told() {
    return `${this.at} / ${this.end}`;
  }

  said() {
    const step = this.steps[this.at - 1];
    if (!step) return say("at the beginning");
    return isChinese ? `第 ${this.at} 步，共 ${this.end} 步：${step.command}` : `step ${this.at} of ${this.end}: ${step.command}`;
  }

  command() {
    return this.steps[this.at - 1]?.command ?? null;
  }
}

{
  const boxes = [...document.querySelectorAll(".step")];
  if (boxes.length) new Player(new PageStage(boxes));
}
