/* The checkout keeps what is typed, as Shopify's does: from the moment somebody can be reached it can be abandoned. */

const form = document.querySelector("[data-checkout]");
const kept = document.querySelector("[data-kept]");
let turn = Promise.resolve();

function typed() {
  const fields = Object.fromEntries(new FormData(form));
  const lines = Object.entries(fields)
    .filter(([name, pieces]) => name.startsWith("pieces-") && pieces && pieces !== "0")
    .map(([name, pieces]) => ({ product_id: name.slice("pieces-".length), quantity: pieces }));
  const { customer_id, email, phone, codes, country, credit, accepts_email, accepts_sms, checkout } = fields;
  return { customer_id, email, phone, codes, country, credit, accepts_email, accepts_sms, checkout, lines, keep: true };
}

async function keep() {
  const body = typed();
  if (!body.lines.length || !(body.customer_id || body.email || body.phone)) return;
  const response = await fetch(form.action, {
    method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body),
  });
  const { checkout } = await response.json();
  if (!checkout) return;
  form.elements.checkout.value = checkout.token;
  kept.textContent = `Kept as checkout ${checkout.name}: whoever leaves now has abandoned it.`;
}

/* One after the other, and the form after all of them: two at once would begin two checkouts. */
form.addEventListener("change", () => { turn = turn.then(keep).catch(() => {}); });

let settled = false;
form.addEventListener("submit", async (event) => {
  if (settled) return;
  event.preventDefault();
  const { submitter } = event;
  await turn;
  settled = true;
  // Not within the event: a form that is being submitted cannot be submitted anew.
  setTimeout(() => form.requestSubmit(submitter));
});
