/* Everything that changes something: buttons and forms with data-post, and files with data-download. */
import { address, clearNotice, emit, notice, word } from "./page.js";

const NOT_BODY = ["data-post", "data-save-bar", "data-discard-confirmation", "data-dirty", "data-live", "data-navigate"];
NOT_BODY.push("data-scope", "data-refused", "data-declined", "data-declined-why");
const MARKED = "error";

/* ---- what is sent ---- */

/* Fields of a form by name; a name that comes more than once, or a multiple choice, becomes a list. */
function formBody(form) {
  const data = new FormData(form);
  const body = {};
  for (const name of new Set(data.keys())) {
    const values = data.getAll(name);
    const list = values.length > 1 || fieldOf(form, name)?.hasAttribute("multiple");
    body[name] = list ? values : values[0];
  }
  return body;
}

/* data-order-id="7" becomes {"order_id": "7"}. */
function dataBody(node) {
  const sent = [...node.attributes].filter(({ name }) => name.startsWith("data-") && !NOT_BODY.includes(name));
  return Object.fromEntries(sent.map(({ name, value }) => [name.slice(5).replaceAll("-", "_"), value]));
}

/* A file goes as the body itself, and what else the form has in the address: nothing reads it into a temporary file. */
function request(url, body) {
  const [named, file] = Object.entries(body).find(([, value]) => value instanceof File) ?? [];
  if (!file) return [address(url), "application/json", JSON.stringify(body)];
  const target = address(url);
  for (const [name, value] of Object.entries(body)) if (name !== named) target.searchParams.set(name, value);
  return [target, "text/csv", file];
}

async function post(url, body) {
  const [target, type, sent] = request(url, body);
  const headers = { "Content-Type": type, Accept: "application/json" };
  const response = await fetch(target, { method: "POST", headers, body: sent });
  const answer = await response.json().catch(() => ({}));
  return { response, answer };
}

/* ---- what comes back ---- */

async function run(node, url, body, buttons) {
  if (node.dataset.busy) return;
  wait(node, buttons, true);
  clearNotice();
  try {
    if (await allowed(node.dataset.scope)) await carryOut(node, url, body);
    else notice(node.dataset.declined, node.dataset.declinedWhy, null, "info");
  } catch {
    notice(node.dataset.refused ?? word("refused"), word("refusedWhy"));
  } finally {
    wait(node, buttons, false);
  }
}

/* A permission that only this action needs is asked for when it is wanted; the merchant may say no. */
async function allowed(scope) {
  if (!scope) return true;
  const { granted } = await window.shopify.scopes.query();
  const wanted = scope.split(" ");
  if (wanted.every((one) => granted.includes(one))) return true;
  const { result } = await window.shopify.scopes.request(wanted);
  return result === "granted-all";
}

async function carryOut(node, url, body) {
  const { response, answer } = await post(url, body);
  if (response.ok) done(node, answer);
  else refuse(node, response.status, answer);
}

function wait(node, buttons, on) {
  if (on) node.dataset.busy = "1";
  else delete node.dataset.busy;
  for (const button of buttons) button.toggleAttribute(button.localName === "s-button" ? "loading" : "disabled", on);
}

function done(node, answer) {
  node.dispatchEvent(new CustomEvent("wafa:saved", { bubbles: true }));
  if (answer.message) window.shopify?.toast?.show(answer.message);
  if (answer.reload) location.replace(address());
  else if (answer.go) emit("go", { href: answer.go });
  else emit("refresh");
}

function refuse(node, status, answer) {
  const unplaced = status === 422 ? markFields(node, answer.errors ?? {}) : [];
  if (status === 422 && unplaced.length === 0 && Object.keys(answer.errors ?? {}).length > 0) return;
  notice(node.dataset.refused ?? word("refused"), unplaced.join(" ") || answer.message || answer.error || word("refusedWhy"));
}

/* Puts each message beside its field, focuses the first, returns the messages whose field is not here. */
function markFields(form, errors) {
  clearMarks(form);
  const unplaced = [];
  for (const [name, message] of Object.entries(errors)) {
    const field = fieldOf(form, name);
    if (field) mark(field, message);
    else unplaced.push(message);
  }
  form.querySelector("[error], [aria-invalid=true]")?.focus();
  return unplaced;
}

const fieldOf = (form, name) => form.querySelector(`[name="${CSS.escape(name)}"]`);
const standin = (field) => field.localName.startsWith("s-");

function mark(field, message) {
  if (standin(field)) {
    field.setAttribute(MARKED, message);
    return;
  }
  const text = document.createElement("p");
  Object.assign(text, { id: `wf-error-${field.name}`, className: "wf-field-error", textContent: message });
  field.after(text);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", text.id);
}

function clearMarks(form) {
  form.querySelectorAll("[name][error]").forEach((field) => field.removeAttribute(MARKED));
  form.querySelectorAll(".wf-field-error").forEach((text) => text.remove());
  form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
}

/* ---- files ---- */

const nameOf = (response) => /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];

async function download(node, href) {
  try {
    const response = await fetch(address(href), { headers: { Accept: "text/csv, */*" } });
    if (!response.ok) throw new Error(`The file's address answered ${response.status}.`);
    save(await response.blob(), node.dataset.download || nameOf(response) || "wafa.csv");
    // Where having it changes what the page offers.
    if ("reload" in node.dataset) emit("go", { href: location.href });
  } catch {
    notice(word("noFile"), word("refusedWhy"), () => download(node, href));
  }
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/* ---- codes ---- */

/* Where the admin keeps the clipboard from a page inside it, what is selected can still be copied. */
async function copy(node) {
  try {
    await navigator.clipboard.writeText(node.dataset.copy);
  } catch {
    const field = Object.assign(document.createElement("textarea"), { value: node.dataset.copy });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    node.focus();
  }
  window.shopify?.toast?.show(node.dataset.copied);
}

/* ---- what starts an action ---- */

document.addEventListener("click", (event) => {
  const path = event.composedPath().filter((node) => node instanceof Element);
  const file = path.find((node) => node.hasAttribute("data-download"));
  const button = path.find((node) => node.hasAttribute("data-post") && node.localName !== "form");
  const print = path.find((node) => node.hasAttribute("data-print"));
  const code = path.find((node) => node.hasAttribute("data-copy"));
  const node = file ?? button ?? print ?? code;
  if (!node || event.defaultPrevented || node.hasAttribute("disabled")) return;
  event.preventDefault();
  if (file) download(file, file.getAttribute("href") ?? file.dataset.href);
  else if (print) window.print();
  else if (code) copy(code);
  else run(button, button.dataset.post, dataBody(button), [button]);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.post || event.defaultPrevented) return;
  event.preventDefault();
  run(form, form.dataset.post, formBody(form), form.querySelectorAll("[type=submit]"));
});

document.addEventListener("input", ({ target }) => {
  if (target.hasAttribute?.(MARKED)) target.removeAttribute(MARKED);
});
