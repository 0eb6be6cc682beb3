/* Fills in what customers are called: the page comes with their numbers, and Shopify is asked for the names of those
 * that are on it. Nothing of it is kept beyond this document. */
import { address, hear, main } from "./page.js";

const AT_ONCE = 25;
const known = new Map();
let asking = new Set();

const places = () => [...main().querySelectorAll("[data-name-of]")];

function fill() {
  for (const place of places()) {
    const name = known.get(place.dataset.nameOf);
    if (name && place.textContent !== name) place.textContent = name;
  }
}

function say(problem) {
  const place = main().querySelector("[data-names-problem]");
  if (!place || !problem) return;
  place.textContent = problem;
  place.hidden = false;
}

async function ask(ids) {
  const url = address("/customers/names");
  url.searchParams.set("ids", ids.join(","));
  const response = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (!response.ok) return;
  const { names, problem } = await response.json();
  for (const id of ids) known.set(id, names[id] ?? "");
  fill();
  say(problem);
}

function look() {
  fill();
  const wanted = [...new Set(places().map((place) => place.dataset.nameOf))];
  const ids = wanted.filter((id) => !known.has(id) && !asking.has(id)).slice(0, AT_ONCE);
  if (!ids.length) return;
  ids.forEach((id) => asking.add(id));
  // Numbers do without their names: a page is not in trouble because Shopify is slow.
  ask(ids).catch(() => {}).finally(() => ids.forEach((id) => asking.delete(id)));
}

/* ---- sentences that Shopify has a part in ---- */

const told = new Map();

async function tell() {
  for (const place of main().querySelectorAll("[data-told-by]")) {
    const url = address(place.dataset.toldBy);
    if (!told.has(url.href)) {
      told.set(url.href, null);
      const response = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
      told.set(url.href, response.ok ? (await response.json()).text : null);
    }
    const text = told.get(url.href);
    if (text && place.isConnected && place.textContent !== text) place.textContent = text;
  }
}

for (const then of [look, () => tell().catch(() => {})]) {
  hear("page", then);
  hear("put", then);
  then();
}
