"use strict";
// Draws what the server says. Text from journals enters the page as text only.

const element = (name) => document.getElementById(name);
const lanes = new Map();
let head = { time: 0, rate: 0, length: null };
let received = performance.now();

function make(tag, name, parent) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.append(made);
  return made;
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function now() {
  const time = head.time + (head.rate * (performance.now() - received)) / 1000;
  return head.length === null ? time : Math.min(time, head.length);
}

function build(cloud) {
  const root = document.createElement("li");
  root.className = "lane";
  const body = make("div", "body", root);
  const top = make("div", "top", body);
  const drawn = { root, name: make("h2", "", top), time: make("span", "time", top), rungs: [], since: null, until: null };
  const state = make("div", "state", body);
  drawn.word = make("p", "word", state);
  drawn.tally = make("p", "tally", state);
  drawn.ladder = make("ol", "ladder", body);
  const words = make("div", "words", body);
  drawn.detail = make("p", "detail", words);
  drawn.about = make("p", "about", words);
  drawn.shot = make("img", "shot", body);
  drawn.shot.alt = "";
  drawn.shot.addEventListener("error", () => drawn.shot.classList.remove("there"));
  write(drawn.name, cloud);
  drawn.name.classList.toggle("long", cloud.length > 20);
  drawn.name.title = cloud;
  return drawn;
}

function drawRungs(drawn, rungs) {
  rungs.forEach((rung, place) => {
    const is = JSON.stringify(rung);
    if (drawn.rungs[place]?.is === is) return;
    if (!drawn.rungs[place]) {
      const root = make("li", "rung", drawn.ladder);
      const fill = make("span", "fill", root);
      const label = make("span", "label", root);
      label.ariaHidden = "true";
      drawn.rungs[place] = { root, fill, label, told: make("span", "told", root), unseen: make("span", "unseen", root) };
    }
    drawn.rungs[place].is = is;
    const { root, fill, label, told, unseen } = drawn.rungs[place];
    const whole = rung.of > 0 && rung.many >= rung.of;
    root.classList.toggle("whole", whole);
    root.classList.toggle("none", rung.of === 0 && place === rungs.length - 1);
    fill.style.setProperty("--part", rung.of ? rung.many / rung.of : 0);
    write(label, whole ? `✓${rung.short}` : rung.many ? `${rung.short} ${rung.many}/${rung.of}` : rung.short);
    write(told, rung.told);
    write(unseen, `${rung.title}: ${rung.many} of ${rung.of}`);
  });
}

function draw(drawn, lane) {
  const answered = Boolean(lane.answered);
  const news = answered && !drawn.answered ? lane.answered : lane.sentence && lane.sentence !== drawn.sentence ? lane.sentence : "";
  if (news && drawn.known) write(element("news"), `${lane.cloud}: ${news}`);
  const up = answered && lane.state === "running";
  const classes = ["lane", lane.state];
  if (up) classes.push("answered");
  if (answered && drawn.known && !drawn.answered) welcome(drawn.root);
  const name = classes.join(" ");
  if (drawn.root.className !== name) drawn.root.className = name;
  write(drawn.word, up ? `✓ ${lane.answered}` : `${lane.symbol} ${lane.word}`);
  write(drawn.tally, lane.tally);
  drawRungs(drawn, lane.rungs);
  const said = lane.sentence || "";
  drawn.detail.classList.toggle("said", Boolean(said));
  const doing = up ? [lane.word, lane.detail].filter(Boolean).join(": ") : lane.detail;
  write(drawn.detail, said || doing);
  write(drawn.about, [lane.about, lane.cell].filter(Boolean).join(" · "));
  drawPicture(drawn, lane);
  Object.assign(drawn, { since: lane.since, until: lane.until, answered, sentence: lane.sentence, known: true });
  drawn.root.dataset.heard = lane.heard;
}

function welcome(root) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  root.animate([{ backgroundColor: "#1f6b3c" }, {}], { duration: 2500, easing: "ease-out" });
}

function drawPicture(drawn, lane) {
  if (drawn.picture === lane.picture) return;
  drawn.picture = lane.picture;
  drawn.shot.classList.toggle("there", Boolean(lane.picture));
  drawn.shot.alt = lane.picture ? `The page as it answers on ${lane.cloud}` : "";
  if (lane.picture) drawn.shot.src = `/pictures/${lane.picture.split("/").map(encodeURIComponent).join("/")}`;
  else drawn.shot.removeAttribute("src");
}

function arrange(order) {
  const known = [...lanes.keys()];
  if (known.length === order.length && known.every((cloud, place) => cloud === order[place])) return;
  lanes.clear();
  element("lanes").replaceChildren();
  for (const cloud of order) {
    lanes.set(cloud, build(cloud));
    element("lanes").append(lanes.get(cloud).root);
  }
  const columns = [3, 8, 18].findIndex((most) => order.length <= most) + 1 || 4;
  element("lanes").style.setProperty("--columns", columns);
  document.body.dataset.size = columns === 1 ? "large" : "small";
  measure();
}

function measure() {
  const lane = element("lanes").firstElementChild;
  if (!lane) return;
  element("lanes").style.setProperty("--w", `${lane.clientWidth / 100}px`);
  element("lanes").style.setProperty("--h", `${lane.clientHeight / 100}px`);
}

function show(message) {
  head = message;
  received = performance.now();
  arrange(message.order);
  for (const lane of message.lanes) draw(lanes.get(lane.cloud), lane);
  write(element("title"), message.title);
  write(element("sentence"), message.sentence);
  write(element("note"), message.note);
  write(element("unreadable"), message.unreadable);
  Object.assign(document.body.dataset, { time: message.time, wall: message.wall, rate: message.rate, events: message.events });
  const recorded = message.length !== null;
  element("controls").hidden = !recorded;
  if (recorded) {
    element("seek").max = Math.ceil(message.length);
    write(element("play"), message.rate ? "Pause" : "Play");
  }
  tick();
}

function tick() {
  const time = now();
  write(element("clock"), clock(time));
  for (const drawn of lanes.values()) {
    write(drawn.time, drawn.since === null ? "" : clock((drawn.until ?? time) - drawn.since));
  }
  if (head.length !== null && document.activeElement !== element("seek")) element("seek").value = time;
}

function ask(act, to) {
  fetch("/control", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ act, to }) }).catch(() => {});
}

function turn() {
  ask(head.rate ? "pause" : "resume");
}

element("play").addEventListener("click", turn);
element("seek").addEventListener("change", (event) => ask("seek", Number(event.target.value)));
document.addEventListener("keydown", (event) => {
  if (head.length === null || event.target instanceof HTMLButtonElement || event.target instanceof HTMLInputElement) return;
  const acts = { " ": turn, ArrowLeft: () => ask("seek", now() - 10), ArrowRight: () => ask("seek", now() + 10), Home: () => ask("seek", 0) };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
});

const source = new EventSource("/events");
source.addEventListener("message", (event) => show(JSON.parse(event.data)));
source.addEventListener("open", () => document.body.classList.remove("lost"));
source.addEventListener("error", () => document.body.classList.toggle("lost", head.rate > 0 || lanes.size === 0));
new ResizeObserver(measure).observe(element("lanes"));
setInterval(tick, 250);
