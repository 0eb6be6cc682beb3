/* What the page's modules share: addresses that keep their place in the admin, words, notices, announcements. */

const CARRIED = ["shop", "host", "locale", "embedded"];
const ONE_TIME = ["id_token", "hmac", "timestamp", "session", "shopify-reload"];
const CONTEXT = new URLSearchParams(location.search);

const WORDS = {
  en: {
    failed: "This page could not be loaded.",
    failedWhy: "Check the connection and try again. Nothing was changed.",
    retry: "Try again",
    refused: "This could not be saved.",
    refusedWhy: "Nothing was changed. Please try again in a moment.",
    noFile: "The file could not be made.",
  },
  ar: {
    failed: "تعذّر فتح هذه الصفحة.",
    failedWhy: "تحقّق من الاتصال ثم حاول مرة أخرى. لم يتغيّر شيء.",
    retry: "إعادة المحاولة",
    refused: "تعذّر الحفظ.",
    refusedWhy: "لم يتغيّر شيء. حاول مرة أخرى بعد قليل.",
    noFile: "تعذّر إنشاء الملف.",
  },
};

export const word = (name) => (WORDS[document.documentElement.lang.slice(0, 2)] ?? WORDS.en)[name];
export const main = () => document.getElementById("main");
export const emit = (name, detail = {}) => document.dispatchEvent(new CustomEvent(`wafa:${name}`, { detail }));
export const hear = (name, then) => document.addEventListener(`wafa:${name}`, (event) => then(event.detail));

/* The same address with shop, host, locale and embedded filled in where missing, and never an ID token. */
export function address(href = location.href) {
  const url = new URL(href, location.href);
  for (const name of ONE_TIME) url.searchParams.delete(name);
  for (const name of CARRIED) {
    if (!url.searchParams.has(name) && CONTEXT.has(name)) url.searchParams.set(name, CONTEXT.get(name));
  }
  return url;
}

/* One banner at the head of the page; the next page or the next notice takes its place. */
export function notice(heading, text, action = null, tone = "critical") {
  clearNotice();
  const banner = document.createElement("s-banner");
  banner.setAttribute("tone", tone);
  banner.setAttribute("heading", heading);
  banner.dataset.notice = "";
  const paragraph = document.createElement("s-paragraph");
  paragraph.textContent = text;
  banner.append(paragraph);
  if (action) banner.append(retryButton(action));
  (main().querySelector("s-page") ?? main()).prepend(banner);
  banner.scrollIntoView({ block: "nearest" });
}

export const clearNotice = () => document.querySelectorAll("[data-notice]").forEach((node) => node.remove());

function retryButton(action) {
  const button = document.createElement("s-button");
  button.slot = "secondary-actions";
  button.textContent = word("retry");
  button.addEventListener("click", action);
  return button;
}

/* Says a sentence to a screen reader. */
export function announce(text) {
  let live = document.getElementById("wf-live");
  if (!live) {
    live = document.createElement("div");
    Object.assign(live, { id: "wf-live", className: "wf-hidden", role: "status", ariaLive: "polite" });
    document.body.append(live);
  }
  live.textContent = text;
}
