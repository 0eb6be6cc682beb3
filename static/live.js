/* Keeps the open page true: asks for it again while it is visible and puts in quietly what has changed. */
import { address, emit, hear, main } from "./page.js";

const USUAL = 3000;
const FAST = 1000;
const SLOWEST = 60000;
const LASTING = 5; // failures that an answer such as 404 counts for: asking soon again would not help
const seen = { etag: main()?.dataset.etag ?? "", pristine: null, failures: 0 };
const overlays = new Set();
let timer = 0;
let asking = null;
let moving = false;

/* ---- when to ask ---- */

function pause() {
  const usual = document.querySelector("[data-live=fast]") ? FAST : USUAL;
  return Math.min(usual * 2 ** seen.failures, SLOWEST);
}

function plan(wait = pause()) {
  clearTimeout(timer);
  timer = setTimeout(look, wait);
}

async function look() {
  const off = moving || document.hidden || !main() || main().dataset.live === "off";
  if (!off && !asking) await ask().catch(() => { seen.failures += 1; });
  plan();
}

async function ask() {
  const headers = { Accept: "text/html", "X-Wafa-Look": "1" };
  if (seen.etag) headers["If-None-Match"] = /^(W\/)?"/.test(seen.etag) ? seen.etag : `"${seen.etag}"`;
  const mine = new AbortController();
  asking = mine;
  try {
    const response = await fetch(address(), { headers, cache: "no-store", signal: mine.signal });
    const text = await response.text();
    if (!mine.signal.aborted) await take(response, text);
  } catch (error) {
    if (!mine.signal.aborted) throw error;
  } finally {
    if (asking === mine) asking = null;
  }
}

async function take(response, text) {
  if (response.status !== 304 && !response.ok) {
    if (response.status < 500) seen.failures = LASTING;
    throw new Error(`The page answered ${response.status}.`);
  }
  seen.failures = 0;
  if (response.status === 304) return;
  const answer = new DOMParser().parseFromString(text, "text/html");
  const fresh = answer.getElementById("main");
  if (!fresh || held()) return;
  seen.etag = response.headers.get("ETag") ?? fresh.dataset.etag ?? "";
  put(fresh);
  document.title = answer.title;
}

/* Nothing moves under somebody who is writing, or behind an open dialog. */
function held() {
  const active = document.activeElement;
  const writing = active?.closest?.("form:not([data-navigate])") || active?.isContentEditable;
  const open = [...overlays].some((node) => node.isConnected);
  return Boolean(writing || open || main().querySelector("form[data-dirty], dialog[open], :popover-open"));
}

/* ---- putting in what has changed ---- */

const shown = (node) => [...node.childNodes].filter((child) => !(child.dataset && "notice" in child.dataset));
const alike = (one, other) => one?.nodeType === other?.nodeType && one?.nodeName === other?.nodeName;

/*
 * Compares two answers of the server and changes the page only where they differ, so that what the browser
 * holds (focus, opened details, scroll, the elements' own state) stays. False where the page does not match.
 */
function patch(live, before, after) {
  if (!alike(live, before)) return false;
  if (before.isEqualNode(after)) return true;
  if (!alike(before, after)) {
    live.replaceWith(document.importNode(after, true));
    return true;
  }
  if (after.nodeType !== Node.ELEMENT_NODE) {
    live.nodeValue = after.nodeValue;
    return true;
  }
  patchAttributes(live, before, after);
  const [lives, befores, afters] = [live, before, after].map(shown);
  if (lives.length !== befores.length) return false;
  if (befores.length === afters.length) return lives.every((child, at) => patch(child, befores[at], afters[at]));
  live.replaceChildren(...afters.map((child) => document.importNode(child, true)));
  return true;
}

function patchAttributes(live, before, after) {
  for (const { name } of before.attributes) if (!after.hasAttribute(name)) live.removeAttribute(name);
  for (const { name, value } of after.attributes) {
    if (before.getAttribute(name) !== value) live.setAttribute(name, value);
  }
}

const detailsKey = (node, at) => node.id || node.querySelector("summary")?.textContent.trim() || at;

function keyOf(node) {
  if (node.id) return `#${CSS.escape(node.id)}`;
  return node.hasAttribute("name") ? `[name="${CSS.escape(node.getAttribute("name"))}"]` : "";
}

function put(fresh) {
  const page = main();
  const opened = new Map([...page.querySelectorAll("details")].map((node, at) => [detailsKey(node, at), node.open]));
  const focus = document.activeElement;
  const focusKey = page.contains(focus) ? keyOf(focus) : "";
  const top = window.scrollY;
  if (!seen.pristine || !patch(page, seen.pristine, fresh)) page.replaceWith(document.importNode(fresh, true));
  seen.pristine = fresh;
  [...main().querySelectorAll("details")].forEach((node, at) => {
    if (opened.has(detailsKey(node, at))) node.open = opened.get(detailsKey(node, at));
  });
  if (focusKey && !main().contains(document.activeElement)) main().querySelector(focusKey)?.focus({ preventScroll: true });
  window.scrollTo(0, top);
  emit("put");
}

/* ---- start ---- */

hear("moving", ({ on }) => {
  moving = on;
  if (on) asking?.abort();
});
hear("page", ({ main: pristine, etag }) => {
  Object.assign(seen, { pristine, etag: etag ?? pristine.dataset.etag ?? "", failures: 0 });
  plan();
});
hear("refresh", () => {
  asking?.abort();
  asking = null;
  look();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) plan(0); });
document.addEventListener("show", ({ target }) => overlays.add(target), true);
document.addEventListener("hide", ({ target }) => overlays.delete(target), true);
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => target.closest?.("form:not([data-navigate])")?.setAttribute("data-dirty", ""));
}
for (const kind of ["reset", "wafa:saved"]) {
  document.addEventListener(kind, ({ target }) => target.removeAttribute?.("data-dirty"));
}
plan();
