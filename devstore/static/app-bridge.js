/*
 * Stand-in for Shopify's App Bridge, served by the development store only.
 * It speaks to the development store's own frame by postMessage. Only what Wafa uses is here; the real
 * script is loaded from Shopify's CDN when the app runs in a real admin.
 */
(() => {
  "use strict";

  const EMBEDDING = ["embedded", "shop", "host", "locale", "session", "hmac", "timestamp", "id_token", "shopify-reload"];
  const CARRIED = ["shop", "host", "locale", "embedded"];
  const NAV_LINKS = "s-app-nav > s-link, s-app-nav > a";
  const opened = new URLSearchParams(location.search);
  const meta = document.querySelector('meta[name="shopify-api-key"]');
  const apiKey = document.currentScript?.dataset.apiKey ?? meta?.content ?? "";
  const plainFetch = window.fetch.bind(window);
  const plainOpen = window.open.bind(window);

  /* ---- talking to the frame ---- */

  const answers = new Map();
  const listeners = {};
  let lastId = 0;

  const tell = (type, data = {}) => window.parent.postMessage({ ...data, type }, "*");

  function ask(type, data = {}, seconds = 10) {
    if (window.parent === window) {
      return Promise.reject(new Error("This page is not inside the admin frame."));
    }
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      const timer = setTimeout(() => settle({ error: `The frame did not answer "${type}".` }), seconds * 1000);
      const settle = (answer) => {
        clearTimeout(timer);
        answers.delete(id);
        answer.error ? reject(new Error(answer.error)) : resolve(answer);
      };
      answers.set(id, settle);
      tell(type, { ...data, id });
    });
  }

  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || typeof data?.type !== "string") return;
    if (data.type === "answer") answers.get(data.id)?.(data);
    else listeners[data.type]?.(data);
  });

  /* ---- id tokens and fetch ---- */

  const held = { token: "", until: 0, coming: null };

  // Lifetime is taken from the token itself (exp - iat), so that the two clocks need not agree.
  function lifetime(token) {
    const payload = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    return (payload.exp - payload.iat - 5) * 1000;
  }

  async function freshToken() {
    const { token } = await ask("id-token");
    held.token = token;
    held.until = performance.now() + lifetime(token);
    return token;
  }

  function idToken() {
    if (held.token && performance.now() < held.until) return Promise.resolve(held.token);
    held.coming ??= freshToken().finally(() => { held.coming = null; });
    return held.coming;
  }

  async function send(request, token) {
    const headers = new Headers(request.headers);
    headers.set("Authorization", `Bearer ${token}`);
    if (!headers.has("Accept-Language")) headers.set("Accept-Language", shopify.config.locale);
    return plainFetch(new Request(request.clone(), { headers }));
  }

  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== location.origin || request.headers.has("Authorization")) {
      return plainFetch(request);
    }
    let response = await send(request, await idToken());
    if (response.status === 401 && response.headers.has("X-Shopify-Retry-Invalid-Session-Request")) {
      held.until = 0;
      response = await send(request, await idToken());
    }
    const elsewhere = response.headers.get("X-Shopify-API-Request-Failure-Reauthorize-Url");
    if (elsewhere) window.open(elsewhere, "_top");
    return response;
  };

  /* ---- addresses ---- */

  function carried(href) {
    const url = new URL(href, location.href);
    for (const name of CARRIED) {
      if (!url.searchParams.has(name) && opened.has(name)) url.searchParams.set(name, opened.get(name));
    }
    return url;
  }

  function report() {
    const url = new URL(location.href);
    for (const name of EMBEDDING) url.searchParams.delete(name);
    tell("moved", { path: url.pathname, search: url.search, hash: url.hash });
    bar.forget();
  }

  async function reloadFrom(path) {
    const url = new URL(path, location.origin);
    if (url.origin !== location.origin) return;
    url.searchParams.set("id_token", await idToken());
    location.replace(url);
  }

  window.open = (url, target, ...rest) => {
    const to = new URL(url, location.href);
    if (to.protocol !== "shopify:" && target !== "_top" && target !== "_parent") return plainOpen(url, target, ...rest);
    tell("open", { url: to.href, target: target ?? "_top" });
    return null;
  };

  window.addEventListener("click", (event) => {
    const link = event.composedPath().find((node) => node.getAttribute?.("href")?.startsWith("shopify:"));
    if (!link || event.button !== 0) return;
    event.preventDefault();
    window.open(link.getAttribute("href"), link.getAttribute("target") ?? "_top");
  }, true);

  /* ---- navigation menu ---- */

  const menu = () => [...document.querySelectorAll(NAV_LINKS)];
  const menuItems = () => menu().map((link) => ({ label: link.textContent.trim(), href: link.getAttribute("href") }));
  const mirrorMenu = () => tell("menu", { items: menuItems() });

  class AppNav extends HTMLElement {
    connectedCallback() {
      this.watch = new MutationObserver(mirrorMenu);
      this.watch.observe(this, { childList: true, subtree: true, characterData: true, attributes: true });
      queueMicrotask(mirrorMenu);
    }

    disconnectedCallback() {
      this.watch.disconnect();
    }
  }
  customElements.define("s-app-nav", AppNav);
  const hide = new CSSStyleSheet();
  hide.replaceSync("s-app-nav, [data-app-home] { display: none !important; }");
  document.adoptedStyleSheets.push(hide);

  function homeLink() {
    const link = document.createElement("s-link");
    link.setAttribute("href", "/");
    link.dataset.appHome = "";
    document.body.append(link);
    setTimeout(() => link.remove());
    return link;
  }

  listeners.navigate = ({ href }) => {
    const link = menu().find((item) => item.getAttribute("href") === href) ?? homeLink();
    const event = new CustomEvent("shopify:navigate", { bubbles: true, cancelable: true });
    if (link.dispatchEvent(event)) location.assign(carried(link.getAttribute("href")));
  };

  /* ---- save bar ---- */

  const bar = {
    form: null,
    shown: false,
    show(form = null) {
      bar.form = form;
      bar.shown = true;
      tell("save-bar", { shown: true, confirm: form?.hasAttribute("data-discard-confirmation") ?? false });
    },
    hide() {
      if (bar.shown) tell("save-bar", { shown: false });
      bar.shown = false;
      bar.form = null;
    },
    // A form that has left the page takes its save bar with it.
    forget() {
      if (bar.form && !bar.form.isConnected) bar.hide();
    },
  };
  const barForm = (event) => event.composedPath().find((node) => node.matches?.("form[data-save-bar]"));
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => barForm(event) && bar.show(barForm(event)));
  }
  for (const kind of ["submit", "reset"]) {
    document.addEventListener(kind, (event) => event.target === bar.form && bar.hide());
  }
  listeners.save = () => (bar.form ? bar.form.requestSubmit() : clickBar("primary"));
  listeners.discard = () => (bar.form ? bar.form.reset() : clickBar("discard"));

  function clickBar(kind) {
    const wanted = kind === "primary" ? "button[variant=primary]" : "button:not([variant=primary])";
    document.querySelector(`ui-save-bar ${wanted}`)?.click();
  }

  /* ---- toasts ---- */

  const toasts = new Map();

  function showToast(message, options = {}) {
    const id = `toast-${++lastId}`;
    toasts.set(id, options);
    tell("toast", {
      id, message: String(message), isError: Boolean(options.isError), action: options.action ?? "",
      duration: options.duration ?? 5000,
    });
    return id;
  }
  listeners["toast-action"] = ({ id }) => toasts.get(id)?.onAction?.();
  listeners["toast-gone"] = ({ id }) => {
    toasts.get(id)?.onDismiss?.();
    toasts.delete(id);
  };

  /* ---- what the app sees ---- */

  window.shopify = {
    config: {
      apiKey,
      shop: opened.get("shop") ?? "",
      host: opened.get("host") ?? "",
      locale: opened.get("locale") ?? "en-US",
      appOrigins: [],
      disabledFeatures: [],
    },
    environment: { embedded: window.parent !== window, mobile: false, intent: false },
    ready: Promise.resolve(),
    idToken,
    loading: (on = true) => tell("loading", { on: Boolean(on) }),
    toast: { show: showToast, hide: (id) => tell("toast-hide", { id }) },
    saveBar: {
      show: async () => bar.show(),
      hide: async () => bar.hide(),
      toggle: async () => (bar.shown ? bar.hide() : bar.show()),
      leaveConfirmation: async () => {
        if (!bar.shown) return;
        await ask("leave", {}, 600);
        bar.hide();
      },
    },
    scopes: {
      query: async () => (await ask("scopes")).scopes,
      request: async (scopes) => (await ask("scopes-request", { scopes }, 600)).outcome,
      revoke: async (scopes) => (await ask("scopes-revoke", { scopes })).outcome,
    },
  };

  /* ---- start ---- */

  if (opened.has("shopify-reload")) {
    reloadFrom(opened.get("shopify-reload"));
    return;
  }
  for (const name of ["pushState", "replaceState"]) {
    const original = history[name];
    history[name] = function moved(...args) {
      original.apply(this, args);
      report();
    };
  }
  window.addEventListener("popstate", report);
  window.addEventListener("DOMContentLoaded", () => {
    report();
    mirrorMenu();
    tell("loaded");
  });
})();
