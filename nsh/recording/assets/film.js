// A recording as a stage: what changed on its tape, moment by moment, in a window of its size.

class FilmStage {
  constructor(film, window) {
    this.film = film;
    this.window = window;
    this.rows = Array.from({ length: film.rows }, () => element("span", { class: "row" }));
    window.replaceChildren(...this.rows);
    this.end = film.seconds;
    this.unit = 0.1;
    this.chapters = film.parts.map(([title, at]) => ({ title, at }));
    this.stops = film.parts.map(([, at]) => at);
    if (!this.stops.length) for (let at = 5; at < this.end; at += 5) this.stops.push(at);
    this.show(0);
  }

  // Frames are differences, so going back begins again.
  show(at) {
    if (!(at >= this.at)) {
      this.lines = new Map();
      this.following = 0;
    }
    this.at = at;
    const { frames } = this.film;
    while (this.following < frames.length && frames[this.following][0] <= at) {
      const [, , , , rows] = frames[this.following++];
      for (const [line, runs] of rows) this.lines.set(line, runs);
    }
    const frame = frames[Math.max(this.following - 1, 0)];
    this.draw(frame);
    if (at > 0) this.rows[frame[2] - frame[1]]?.scrollIntoView({ block: "nearest" }); // a small window shows where it goes on
  }

  draw([, view, line, column]) {
    this.rows.forEach((row, number) => {
      const runs = this.lines.get(view + number) ?? [];
      const here = view + number === line ? column : -1;
      if (row.runs === runs && row.here === here) return;
      row.runs = runs;
      row.here = here;
      row.replaceChildren(...this.drawn(runs, here));
    });
  }

  *drawn(runs, here) {
    let at = 0;
    for (const [style, text, width] of runs) {
      const isWide = width > 1;
      for (const part of isWide ? this.letters(text) : cut(text, here - at)) {
        const made = element("span", { class: [style, isWide ? "wide" : ""].join(" ").trim() }, part);
        if (at === here) made.classList.add("cursor");
        at += isWide ? 2 : this.letters(part).length;
        yield made;
      }
    }
    if (here >= at) yield " ".repeat(here - at);
    if (here >= at) yield element("span", { class: "cursor" }, " ");
  }

  letters(text) {
    return text.match(/\P{M}\p{M}*/gu) ?? [];
  }

  rest() {
    this.show(this.end);
  }

  async perform(wait, moved) {
    const until = this.next();
    const { frames } = this.film;
    while (this.following < frames.length && frames[this.following][0] <= until) {
      const at = frames[this.following][0];
      await wait((at - this.at) * 1000);
      this.show(at);
      moved();
    }
    await wait((until - this.at) * 1000);
    this.show(until);
  }

  next() {
    return this.stops.find((at) => at > this.at) ?? this.end;
  }

  previous() {
    return this.stops.findLast((at) => at < this.at) ?? 0;
  }

  here() {
    return 0;
  }

  near(at) {
    return at;
  }

  told() {
    const time = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
    return `${time(this.at)} / ${time(this.end)}`;
  }

  said() {
    const part = this.film.parts.findLast(([, at]) => at <= this.at);
    return part ? part[0] : this.told();
  }

  command() {
    const part = this.film.parts.findLast(([, at]) => at <= this.at);
    return part ? part[0].replace(/^[^ ]*: /, "") : null;
  }
}

// The text in front of a column, the one letter there, and the rest.
const cut = (text, column) => {
  const letters = text.match(/\P{M}\p{M}*/gu) ?? [text];
  if (column < 0 || column >= letters.length) return [text];
  const parts = [letters.slice(0, column), letters.slice(column, column + 1), letters.slice(column + 1)];
  return parts.map((part) => part.join("")).filter((part) => part);
};

{
  const whole = document.querySelector(".film");
  const window = element("pre", { "aria-label": say("the terminal"), role: "img" });
  const stage = element("section", { class: "film", "aria-label": say("recording") }, window);
  const details = element("details", {}, element("summary", {}, say("the whole text")));
  whole.before(stage);
  whole.replaceWith(details);
  details.append(whole);
  new Player(new FilmStage(JSON.parse(document.getElementById("film").textContent), window));
}
