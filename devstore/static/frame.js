/* The admin frame of the development store: answers the app's bridge and keeps menu, address and bars in step. */

const { base, locale, tokenUrl, scopesUrl, controlUrl, storeUrl } = document.body.dataset;
const app = document.querySelector("iframe");
const appOrigin = new URL(app.src).origin;
const items = document.querySelector(".side-items");
const bar = document.querySelector(".save-bar");
const toasts = document.querySelector(".toasts");
const line = document.querySelector(".loading-line");
const side = document.querySelector(".side");
const menuButton = document.querySelector(".menu-button");
let here = document.body.dataset.path;

const tell = (type, data = {}) => app.contentWindow.postMessage({ ...data, type }, appOrigin);

/* ---- questions of the app, each answered once ---- */

async function json(url, options) {
  const response = await fetch(url, { headers: { Accept: "application/json", "Content-Type": "application/json" }, ...options });
  if (!response.ok) throw new Error(`The development store answered ${response.status}.`);
  return response.json();
}

const questions = {
  "id-token": async () => ({ token: (await json(tokenUrl)).id_token }),
  scopes: async () => ({ scopes: await json(scopesUrl) }),
  "scopes-request": async ({ scopes }) => ({ outcome: await grant(scopes) }),
  "scopes-revoke": async ({ scopes }) => ({ outcome: { detail: await change("revoke-scopes", scopes) } }),
  leave: async () => {
    if (!window.confirm("Leave this page? Unsaved changes will be lost.")) throw new Error("Stayed on the page.");
    return {};
  },
};

const change = (action, scopes) => json(`${controlUrl}/${action}`, { method: "POST", body: JSON.stringify({ scopes }) });

/* What is granted already is granted again without a question. */
async function grant(asked) {
  const detail = await json(scopesUrl);
  const wanted = asked.filter((scope) => !detail.granted.includes(scope));
  if (!wanted.length) return { result: "granted-all", detail };
  if (!wanted.every((scope) => [...detail.required, ...detail.optional].includes(scope))) {
    throw new Error(`The app has not declared ${wanted.join(", ")}.`);
  }
  if (!window.confirm(`The app asks for permission to: ${wanted.join(", ")}. Allow?`)) return { result: "declined-all", detail };
  return { result: "granted-all", detail: await change("grant-scopes", wanted) };
}

async function answer({ type, id, ...data }) {
  try {
    tell("answer", { id, ...(await questions[type](data)) });
  } catch (error) {
    tell("answer", { id, error: error.message });
  }
}

/* ---- what the app reports ---- */

const reports = {
  loaded: () => { line.hidden = true; },
  loading: ({ on }) => { line.hidden = !on; },
  moved: follow,
  menu: drawMenu,
  toast: showToast,
  "toast-hide": ({ id }) => document.getElementById(id)?.remove(),
  "save-bar": ({ shown, confirm }) => {
    bar.hidden = !shown;
    bar.dataset.confirm = confirm ? "1" : "";
  },
  open: ({ url, target }) => open(url, target),
};

window.addEventListener("message", ({ source, origin, data }) => {
  if (source !== app.contentWindow || origin !== appOrigin) return;
  if (data.type in questions) answer(data);
  else reports[data.type]?.(data);
});

function follow({ path, search, hash }) {
  here = path;
  const query = new URLSearchParams(search);
  if (locale !== "en") query.set("locale", locale);
  const tail = query.size ? `?${query}` : "";
  history.replaceState(null, "", `${base}${path === "/" ? "" : path}${tail}${hash}`);
  markHere();
}

function open(url, target) {
  const to = new URL(url);
  if (!["https:", "http:", "shopify:"].includes(to.protocol)) return;
  const address = to.protocol === "shopify:" ? url.replace(/^shopify:(\/\/)?admin/, storeUrl) : url;
  if (target === "_blank") window.open(address, "_blank", "noopener");
  else location.assign(address);
}

/* ---- menu ---- */

const pathOf = (href) => new URL(href, appOrigin).pathname;

function drawMenu({ items: links }) {
  items.replaceChildren(...links.map(({ label, href }) => {
    const link = document.createElement("a");
    Object.assign(link, { href: base + pathOf(href), textContent: label, dir: "auto" });
    link.dataset.href = href;
    const item = document.createElement("li");
    item.append(link);
    return item;
  }));
  markHere();
}

/* The longest menu address that the app's path lies under is the current one. */
function markHere() {
  const links = [...side.querySelectorAll("[data-href]")];
  const under = links.filter((link) => {
    const path = pathOf(link.dataset.href);
    return here === path || (path !== "/" && here.startsWith(`${path}/`));
  });
  const current = under.sort((one, other) => pathOf(other.dataset.href).length - pathOf(one.dataset.href).length)[0];
  for (const link of links) {
    if (link === current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

side.addEventListener("click", (event) => {
  const link = event.target.closest("[data-href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  tell("navigate", { href: link.dataset.href });
  openMenu(false);
});

function openMenu(on) {
  menuButton.setAttribute("aria-expanded", String(on));
  side.classList.toggle("open", on);
}
menuButton.addEventListener("click", () => openMenu(menuButton.getAttribute("aria-expanded") !== "true"));
document.addEventListener("keydown", ({ key }) => key === "Escape" && openMenu(false));

/* ---- toasts, save bar, language ---- */

function showToast({ id, message, isError, action, duration }) {
  const toast = document.createElement("div");
  Object.assign(toast, { id, className: isError ? "toast bad" : "toast" });
  toast.append(Object.assign(document.createElement("span"), { textContent: message, dir: "auto" }));
  if (action) toast.append(toastButton(action, () => tell("toast-action", { id })));
  const gone = () => {
    if (!toast.isConnected) return;
    toast.remove();
    tell("toast-gone", { id });
  };
  const close = toastButton("\u00d7", gone);
  close.setAttribute("aria-label", "Dismiss");
  toast.append(close);
  toasts.append(toast);
  setTimeout(gone, duration);
}

const toastButton = (text, then) => {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  button.addEventListener("click", then);
  return button;
};

bar.addEventListener("click", ({ target }) => {
  const wanted = target.dataset.bar;
  if (!wanted) return;
  if (wanted === "discard" && bar.dataset.confirm && !window.confirm("Discard all unsaved changes?")) return;
  tell(wanted);
});

document.querySelector("select[name=locale]").addEventListener("change", ({ target }) => {
  const url = new URL(location.href);
  url.searchParams.set("locale", target.value);
  location.assign(url);
});
