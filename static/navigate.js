/* In-app moves: one fetch of the same address, then the answer's main part, title and menu take their places. */
import { address, announce, clearNotice, emit, hear, main, notice, word } from "./page.js";

const PICKERS = "select, s-select, s-choice-list, s-checkbox, s-switch, input[type=radio], input[type=checkbox]";
const NOT_MOVES = "[download], [data-download], :not(form)[data-post], [data-no-move], [disabled], [target^=_]:not([target=_self])";
let running = null;

/* ---- one move ---- */

export async function move(href, { push = true, scroll = 0, keep = "" } = {}) {
  const url = address(href);
  if (push && !(await mayLeave())) return;
  if (running?.url.href === url.href) return;
  running?.stop.abort();
  const mine = { url, stop: new AbortController() };
  busy(mine);
  try {
    const response = await fetch(url, { headers: { Accept: "text/html", "X-Wafa-Move": "1" }, signal: mine.stop.signal });
    const text = await response.text();
    if (running === mine) arrive(response, text, { push, scroll, keep });
  } catch (error) {
    if (error.name !== "AbortError") fail(href);
  } finally {
    if (running === mine) busy(null);
  }
}

function arrive(response, text, options) {
  const answer = new DOMParser().parseFromString(text, "text/html");
  const to = address(response.url);
  to.hash ||= running.url.hash;
  if (response.status >= 500) fail(to.href);
  else if (response.status === 401 || !answer.getElementById("main")) location.assign(to);
  else show(answer, response, to, options);
}

/* A form with unsaved changes may hold the move back; App Bridge asks. */
async function mayLeave() {
  try {
    await window.shopify?.saveBar?.leaveConfirmation?.();
    return true;
  } catch {
    return false;
  }
}

function busy(now) {
  running = now;
  const on = now !== null;
  document.documentElement.classList.toggle("wf-busy", on);
  main().setAttribute("aria-busy", String(on));
  window.shopify?.loading?.(on);
  emit("moving", { on });
}

function fail(href) {
  notice(word("failed"), word("failedWhy"), () => move(href));
  announce(word("failed"));
}

/* ---- the swap ---- */

function show(answer, response, to, { push, scroll, keep }) {
  const pristine = answer.getElementById("main");
  if (push) record(to);
  clearNotice();
  main().replaceWith(document.importNode(pristine, true));
  document.title = answer.title;
  for (const name of ["lang", "dir"]) document.documentElement[name] = answer.documentElement[name];
  swapMenu(answer);
  const kept = keep && main().querySelector(`[name="${CSS.escape(keep)}"]`);
  const aim = push && !kept && document.getElementById(to.hash.slice(1));
  window.scrollTo(0, kept ? window.scrollY : aim ? window.scrollY + aim.getBoundingClientRect().top : scroll);
  (kept || aim || heading()).focus({ preventScroll: true });
  announce(answer.title);
  emit("page", { main: pristine, etag: response.headers.get("ETag") });
}

function record(to) {
  history.replaceState({ scroll: window.scrollY }, "");
  if (to.href !== location.href) history.pushState({ scroll: 0 }, "", to);
}

function swapMenu(answer) {
  const [old, fresh] = [document, answer].map((page) => page.querySelector("s-app-nav"));
  if (old && fresh && old.innerHTML !== fresh.innerHTML) old.replaceWith(document.importNode(fresh, true));
}

function heading() {
  const found = main().querySelector("[data-page-heading]") ?? main().querySelector("s-page, h1") ?? main();
  if (!found.hasAttribute("tabindex")) found.tabIndex = -1;
  return found;
}

/* ---- what starts a move ---- */

function ours(href) {
  const url = new URL(href, location.href);
  const samePage = href.startsWith("#") || (url.hash && url.pathname === location.pathname && url.search === location.search);
  return url.origin === location.origin && !samePage;
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const path = event.composedPath().filter((node) => node instanceof Element);
  const link = path.find((node) => node.hasAttribute("href"));
  if (!link || !ours(link.getAttribute("href")) || path.some((node) => node.matches(NOT_MOVES))) return;
  event.preventDefault();
  move(link.getAttribute("href"));
});

document.addEventListener("shopify:navigate", (event) => {
  const href = event.target.getAttribute?.("href");
  if (!href || !ours(href)) return;
  event.preventDefault();
  move(href);
});

function moveByForm(form, keep = "") {
  const url = new URL(form.getAttribute("action") || location.pathname, location.href);
  url.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  move(url.href, { keep });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "get" || form.dataset.post || !ours(form.action)) return;
  event.preventDefault();
  moveByForm(form);
});

document.addEventListener("change", ({ target }) => {
  if (!target.matches?.(PICKERS)) return;
  const form = target.closest("form[data-navigate]");
  if (form) moveByForm(form, target.getAttribute("name"));
  else if (target.hasAttribute("data-navigate")) moveByPicker(target);
});

function moveByPicker(picker) {
  const url = new URL(picker.dataset.navigate || location.href, location.href);
  url.searchParams.set(picker.getAttribute("name"), picker.value);
  move(url.href, { keep: picker.getAttribute("name") });
}

window.addEventListener("popstate", ({ state }) => move(location.href, { push: false, scroll: state?.scroll ?? 0 }));
hear("go", ({ href }) => move(href));
history.scrollRestoration = "manual";
history.replaceState(history.state, "", address());
