/* Segments: the form in which a rule is made, with how many people it means, and the counts of the list. */
import { address, hear, main } from "./page.js";

const PAUSE = 400;
const form = () => main().querySelector("form[data-segment]");
const lines = () => form()?.querySelector("[data-lines]");
let pristine = null;
let timer = 0;
let asking = null;

/* ---- lines ---- */

/* A copy of a template in which the places of names are filled. */
function made(selector, names) {
  const copy = form().querySelector(selector).content.cloneNode(true);
  for (const node of copy.querySelectorAll("*")) {
    for (const { name, value } of [...node.attributes]) {
      const filled = value.replace(/^(NAME|WITHIN)\b/, (word) => names[word] ?? word);
      if (filled !== value) node.setAttribute(name, filled);
    }
  }
  return copy;
}

/* A number that no line and no list of the form has yet. */
function fresh() {
  const used = [...form().querySelectorAll("[name$='.within'], [data-list]")];
  const numbers = used.map((node) => Number(/\d+/.exec(node.dataset.list ?? node.name)?.[0] ?? 0));
  return Math.max(-1, ...numbers) + 1;
}

function addLine(within) {
  const line = made("template[data-new-line]", { NAME: `c${fresh()}`, WITHIN: within }).firstElementChild;
  const list = within && form().querySelector(`[data-list="${CSS.escape(within)}"]`);
  if (list) list.querySelector("[data-add]").before(line);
  else lines().append(line);
  return line;
}

function addList() {
  const within = `g${fresh()}`;
  lines().append(made("template[data-new-list]", { WITHIN: within }));
  const first = addLine(within);
  addLine(within);
  return first;
}

function remove(line) {
  const list = line.closest("[data-list]");
  const next = line.nextElementSibling?.matches("[data-line]") ? line.nextElementSibling : line.previousElementSibling;
  line.remove();
  if (list && !list.querySelector("[data-line]")) list.remove();
  (next?.isConnected && next.querySelector("[data-remove]") || form().querySelector("[data-add='']")).focus();
}

function ask(field) {
  const line = field.closest("[data-line]");
  const name = field.getAttribute("name").replace(/\.field$/, "");
  line.querySelector("[data-answer]").replaceChildren(made(`template[data-asking="${CSS.escape(field.value)}"]`, { NAME: name }));
}

/* The save bar, unsaved changes and the count hear of a change as of one that was typed. */
const changed = () => form().dispatchEvent(new Event("change", { bubbles: true }));

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-add], [data-add-list], [data-remove]");
  if (!button || !form()?.contains(button)) return;
  if ("remove" in button.dataset) remove(button.closest("[data-line]"));
  else ("addList" in button.dataset ? addList() : addLine(button.dataset.add)).querySelector("s-select").focus();
  changed();
});

document.addEventListener("change", ({ target }) => {
  if (!form()?.contains(target)) return;
  const name = target.getAttribute("name") ?? "";
  if (name.endsWith(".field")) ask(target);
  if (name === "match") lines().dataset.match = target.value;
  count();
});
document.addEventListener("input", ({ target }) => { if (form()?.contains(target)) count(); });
document.addEventListener("reset", ({ target }) => {
  if (target !== form() || !pristine) return;
  lines().replaceWith(pristine.cloneNode(true));
  count();
});

/* ---- how many that is ---- */

function count() {
  clearTimeout(timer);
  asking?.abort();
  timer = setTimeout(look, PAUSE);
}

async function look() {
  const here = form();
  if (!here) return;
  asking = new AbortController();
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const body = JSON.stringify(Object.fromEntries(new FormData(here)));
  try {
    const response = await fetch(address(here.dataset.countUrl), { method: "POST", headers, body, signal: asking.signal });
    if (form() === here) tell(await response.json());
  } catch { /* Another change has come, or the connection is gone: the next change asks again. */ }
}

function tell({ text, sentence, error, errors }) {
  const told = (name, words) => { form().querySelector(`[data-told=${name}]`).textContent = words; };
  told("text", text ?? "–");
  told("sentence", sentence ?? Object.values(errors ?? {})[0] ?? error ?? "");
}

/* ---- counts of the list, one after the other; the page then shows what was counted ---- */

async function recount() {
  for (const place of [...main().querySelectorAll("[data-count-href]")]) {
    if (!place.isConnected) return;
    await fetch(address(place.dataset.countHref), { headers: { Accept: "application/json" } }).catch(() => {});
  }
}

function begin() {
  clearTimeout(timer);
  pristine = lines()?.cloneNode(true) ?? null;
  if (pristine) look();
  else recount();
}

hear("page", begin);
begin();
