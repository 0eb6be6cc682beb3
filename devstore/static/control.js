/* The control page: sends each action as JSON, shows what came of it, and keeps the lists fresh. */

const { stateUrl } = document.body.dataset;
const note = document.querySelector(".notice");
const orders = document.querySelector("[data-orders]");
const deliveries = document.querySelector("[data-deliveries]");
let drawn = "";

/* ---- small makers ---- */

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function say(text, bad = false) {
  note.hidden = false;
  note.className = bad ? "notice bad" : "notice good";
  note.textContent = text;
  if (bad) note.scrollIntoView({ block: "nearest" });
}

/* ---- lists ---- */

function draw(state) {
  const now = JSON.stringify(state);
  if (now === drawn) return;
  drawn = now;
  drawInstalled(state);
  drawGranted(state);
  document.querySelector("[data-clock]").textContent = state.clock.now;
  drawFaults(state);
  drawCustomers(state.customers);
  drawOrders(state.orders);
  deliveries.replaceChildren(...state.deliveries.map(deliveryRow));
  if (!state.deliveries.length) deliveries.append(make("tr", {}, make("td", { colSpan: 4, textContent: "None yet." })));
}

function drawInstalled({ installed }) {
  document.querySelector("[data-installed]").textContent = installed
    ? "The app is installed." : "The app is not installed: nothing is delivered to it.";
  for (const node of document.querySelectorAll("[data-when-installed]")) {
    node.hidden = (node.dataset.whenInstalled === "yes") !== installed;
  }
}

function drawGranted({ granted }) {
  for (const node of document.querySelectorAll("[data-granted]")) {
    node.textContent = granted.includes(node.dataset.granted) ? "granted" : "not granted";
  }
}

const listed = (counts) => Object.entries(counts).map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(", ");

function drawFaults({ faults, asked_for: asked, injected }) {
  const said = [listed(faults) || "Nothing goes wrong."];
  if (listed(asked)) said.push(`Still to come: ${listed(asked)}.`);
  if (listed(injected)) said.push(`So far: ${listed(injected)}.`);
  document.querySelector("[data-faults]").textContent = said.join(" ");
}

function drawCustomers(customers) {
  for (const select of document.querySelectorAll("[data-customers]")) {
    const kept = select.value;
    select.replaceChildren(...customers.map(({ id, name, orders: count }) => new Option(`${name} (${count})`, id)));
    if (select.name === "deleted") select.selectedIndex = 1;
    if ([...select.options].some((option) => option.value === kept)) select.value = kept;
  }
}

const editing = () => orders.contains(document.activeElement) && document.activeElement.matches("input");

function drawOrders(list) {
  if (editing()) return;
  orders.replaceChildren(...list.map(orderItem));
  if (!list.length) orders.append(make("li", { textContent: "No orders yet." }));
}

function orderItem(order) {
  const who = make("bdi", { textContent: order.customer?.name ?? "guest" });
  const head = make("div", { className: "order-head" },
    make("a", { href: order.url, textContent: order.name }), who,
    make("span", { className: "badge", textContent: order.cancelled ? "cancelled" : order.status.replaceAll("_", " ") }),
    make("span", { className: "number", textContent: `${order.total} ${order.currency}` }));
  const when = make("div", { className: "soft", textContent: order.created_at });
  return make("li", {}, head, when, orderActions(order));
}

function orderActions(order) {
  const amount = make("input", { name: "amount", inputMode: "decimal", placeholder: "all", size: 8 });
  amount.setAttribute("aria-label", `Amount to refund of ${order.name}`);
  const refund = make("form", { className: "row tight" }, amount, make("button", { textContent: "Refund" }));
  refund.dataset.action = orders.dataset.refund;
  refund.dataset.done = `${order.name} refunded.`;
  refund.append(make("input", { type: "hidden", name: "order_id", value: order.id }));
  const price = make("input", { name: "amount", inputMode: "decimal", placeholder: "price", size: 8, required: true });
  price.setAttribute("aria-label", `Price of an item to add to ${order.name}`);
  const edit = make("form", { className: "row tight" }, price, make("button", { textContent: "Add item" }));
  edit.dataset.action = orders.dataset.edit;
  edit.dataset.done = `${order.name} edited.`;
  edit.append(make("input", { type: "hidden", name: "order_id", value: order.id }));
  const back = actionButton("Return one", orders.dataset.return, order, `${order.name}: one piece returned.`);
  back.disabled = order.cancelled;
  const send = actionButton("Send", orders.dataset.send, order, `${order.name} sent.`);
  send.disabled = !order.sendable;
  const cancel = actionButton("Cancel", orders.dataset.cancel, order, `${order.name} cancelled.`);
  cancel.disabled = order.cancelled;
  const remove = actionButton("Delete", orders.dataset.delete, order, `${order.name} deleted.`);
  remove.className = "bad";
  remove.dataset.confirm = `Delete ${order.name}?`;
  return make("div", { className: "row" }, refund, edit, back, send, cancel, remove);
}

function actionButton(text, url, order, done) {
  const button = make("button", { type: "button", textContent: text });
  button.setAttribute("aria-label", `${text} ${order.name}`);
  Object.assign(button.dataset, { action: url, done, orderId: order.id });
  return button;
}

function deliveryRow(delivery) {
  const look = { delivered: "good", failed: "bad", lost: "bad" }[delivery.status] ?? "";
  const answer = delivery.answer ? ` ${delivery.answer}` : "";
  return make("tr", {},
    make("th", { scope: "row", textContent: delivery.topic }),
    make("td", { textContent: delivery.triggered_at.slice(11, 19), title: delivery.triggered_at }),
    make("td", {}, make("span", { className: `badge ${look}`, textContent: delivery.status + answer })),
    make("td", { className: "number", textContent: delivery.attempts }));
}

/* ---- actions ---- */

async function send(url, body, done) {
  try {
    const response = await fetch(url, {
      method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body),
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) say(done);
    else say(answer.error ?? answer.message ?? `The development store answered ${response.status}.`, true);
  } catch {
    say("The development store does not answer. Is it still running?", true);
  }
  await refresh();
}

function placeBody({ who, customer_id: customer, amount, discount }) {
  const chosen = { new: "new", guest: null, existing: Number(customer) };
  return { customer_id: chosen[who], amount, discount: discount || "0" };
}

function bodyOf(form) {
  const fields = Object.fromEntries(new FormData(form));
  if (fields.who) return placeBody(fields);
  for (const name of ["customer_id", "kept", "deleted", "order_id"]) if (name in fields) fields[name] = Number(fields[name]);
  if (fields.amount === "") delete fields.amount;
  return fields;
}

const agreed = (...nodes) => {
  const question = nodes.find((node) => node?.dataset.confirm)?.dataset.confirm;
  return !question || window.confirm(question);
};

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const { target: form, submitter } = event;
  if (!agreed(submitter, form)) return;
  const url = submitter?.getAttribute("formaction") ?? form.dataset.action;
  form.querySelector("input:focus")?.blur();
  send(url, bodyOf(form), form.dataset.done);
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button[type=button][data-action]");
  if (!button || !agreed(button)) return;
  const body = button.dataset.orderId ? { order_id: Number(button.dataset.orderId) } : {};
  send(button.dataset.action, body, button.dataset.done);
});

document.addEventListener("change", ({ target }) => {
  if (target.name !== "who") return;
  document.querySelector("[data-when=existing]").hidden = target.value !== "existing";
});

/* ---- start ---- */

async function refresh() {
  if (document.hidden) return;
  try {
    draw(await (await fetch(stateUrl, { headers: { Accept: "application/json" } })).json());
  } catch {
    say("The development store does not answer. Is it still running?", true);
  }
}

draw(JSON.parse(document.getElementById("state").textContent));
setInterval(refresh, 2000);
document.addEventListener("visibilitychange", refresh);
