/*
 * Plain stand-ins for the s-* elements that Wafa uses, served by the development store only.
 * They carry the attributes, slots, events, roles and keyboard of the elements they stand in for, with looks of
 * their own. The real elements are loaded from Shopify's CDN when the app runs in a real admin, so what is seen
 * here proves the app's markup and flows, not how the real elements draw.
 */
(() => {
  "use strict";

  /* ---- looks ---- */

  const THEME = `
    :root {
      --pw-ground: #f4f3f0; --pw-card: #fff; --pw-ink: #20262b; --pw-soft: #59626a; --pw-line: #dedbd3;
      --pw-hover: #f0eee9; --pw-strong: #17594e; --pw-strong-hover: #0f463d; --pw-link: #0c5a78;
      --pw-info: #174f7c; --pw-info-bg: #e4eff8; --pw-success: #155a39; --pw-success-bg: #e0f2e7;
      --pw-caution: #6e4a00; --pw-caution-bg: #fbf0d3; --pw-warning: #7a3f00; --pw-warning-bg: #fde8d0;
      --pw-critical: #9b2419; --pw-critical-bg: #fbe7e4; --pw-radius: 10px;
    }
    html { background: var(--pw-ground); color: var(--pw-ink); }
    body { margin: 0; font: 14px/1.5 Inter, "Noto Sans Arabic", system-ui, sans-serif; }
  `;
  const FOCUS = `:focus-visible { outline: 2px solid var(--pw-link); outline-offset: 2px; }`;
  const BASE = `:host { display: block; } :host([hidden]) { display: none !important; }
    *, ::before, ::after { box-sizing: border-box; } ${FOCUS}`;
  const SPACE = {
    none: 0, 0: 0, "small-500": 1, "small-400": 2, "small-300": 4, "small-200": 6, "small-100": 8, small: 10,
    base: 14, large: 18, "large-100": 18, "large-200": 24, "large-300": 30, "large-400": 38, "large-500": 48,
  };
  const TEXT_SIZE = {
    "small-200": "11px", "small-100": "12px", small: "13px", base: "14px", large: "16px", "large-100": "18px",
    "large-200": "21px", "large-300": "25px", "large-400": "30px", "large-500": "36px",
  };
  const TONE = `
    :host([tone=info]) { --tone: var(--pw-info); --tone-bg: var(--pw-info-bg); }
    :host([tone=success]) { --tone: var(--pw-success); --tone-bg: var(--pw-success-bg); }
    :host([tone=caution]) { --tone: var(--pw-caution); --tone-bg: var(--pw-caution-bg); }
    :host([tone=warning]) { --tone: var(--pw-warning); --tone-bg: var(--pw-warning-bg); }
    :host([tone=critical]) { --tone: var(--pw-critical); --tone-bg: var(--pw-critical-bg); }`;
  const WORDS = {
    en: { close: "Close", clear: "Clear", previous: "Previous", next: "Next", loading: "Loading", back: "Back" },
    ar: { close: "إغلاق", clear: "مسح", previous: "السابق", next: "التالي", loading: "جارٍ التحميل", back: "رجوع" },
  };
  const word = (name) => (WORDS[document.documentElement.lang.slice(0, 2)] ?? WORDS.en)[name];

  function sheet(css) {
    const made = new CSSStyleSheet();
    made.replaceSync(css);
    return made;
  }
  document.adoptedStyleSheets.push(sheet(THEME));
  const baseSheet = sheet(BASE);

  /* ---- building blocks ---- */

  let lastId = 0;
  const unique = (stem) => `${stem}-${++lastId}`;
  const setOrDrop = (node, name, value) => (value == null || value === false
    ? node.removeAttribute(name) : node.setAttribute(name, value === true ? "" : value));
  const px = (value) => value.split(/\s+/).map((part) => (part in SPACE ? `${SPACE[part]}px` : part)).join(" ");

  // "@container (inline-size <= 400px) A, B" means A in a narrow container, B otherwise.
  function responsive(value) {
    const found = /^@container[^(]*(\(.+?\))\s*(.+),\s*([^,]+)$/.exec(value.trim());
    return found ? { when: found[1], then: found[2].trim(), otherwise: found[3].trim() } : { otherwise: value };
  }

  class Standin extends HTMLElement {
    static css = "";
    static html = "<slot></slot>";
    static focusable = false;
    static watched = [];
    static get observedAttributes() { return this.watched.map((name) => name.toLowerCase()); }

    constructor() {
      super();
      const kind = this.constructor;
      this.attachShadow({ mode: "open", delegatesFocus: kind.focusable });
      kind.sheet = Object.hasOwn(kind, "sheet") ? kind.sheet : sheet(kind.css);
      this.shadowRoot.adoptedStyleSheets = [baseSheet, kind.sheet];
      this.shadowRoot.innerHTML = kind.html;
    }

    connectedCallback() {
      if (!this.ready) this.setUp?.();
      this.ready = true;
      this.draw?.();
    }

    attributeChangedCallback() { if (this.ready) this.draw?.(); }
    inside(selector) { return this.shadowRoot.querySelector(selector); }
    has(name) { return this.hasAttribute(name); }
    get(name, otherwise = "") { return this.getAttribute(name) ?? otherwise; }
    emit(name, options = {}) { return this.dispatchEvent(new Event(name, { bubbles: true, cancelable: true, ...options })); }
  }

  function define(tag, kind) { if (!customElements.get(tag)) customElements.define(tag, kind); }

  function plain(tag, css, html = "<slot></slot>", watched = [], draw = undefined) {
    const kind = class extends Standin { static css = css; static html = html; static watched = watched; };
    if (draw) kind.prototype.draw = draw;
    define(tag, kind);
  }

  /* ---- layout ---- */

  const BOX_WATCHED = [
    "padding", "paddingBlock", "paddingBlockStart", "paddingBlockEnd", "paddingInline", "paddingInlineStart",
    "paddingInlineEnd", "background", "border", "borderRadius", "borderWidth", "borderStyle", "borderColor", "blockSize",
    "inlineSize", "minBlockSize", "maxBlockSize", "minInlineSize", "maxInlineSize", "overflow", "display",
    "accessibilityRole", "accessibilityLabel", "gap", "rowGap", "columnGap", "gridTemplateColumns", "gridTemplateRows",
    "alignItems", "justifyItems", "placeItems", "alignContent", "justifyContent", "placeContent", "direction",
    "gridColumn", "gridRow",
  ];
  const SIZED = /^(padding|gap|rowGap|columnGap)/;
  const COPIED = /^(grid|align|justify|place|overflow|display|(min|max)?(b|B)lockSize|(min|max)?(i|I)nlineSize)/;
  const COLOURS = { base: "var(--pw-card)", subdued: "#f7f6f3", strong: "#eae7e0", transparent: "transparent" };
  const RADII = { none: "0", small: "6px", base: "8px", large: "var(--pw-radius)", max: "999px" };
  const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

  function boxRule(name, value) {
    if (SIZED.test(name)) return `${kebab(name)}: ${px(value)};`;
    if (COPIED.test(name) && value !== "auto") return `${kebab(name)}: ${value};`;
    if (name === "background") return `background: ${COLOURS[value] ?? "transparent"};`;
    if (name === "borderRadius") return `border-radius: ${value.split(" ").map((one) => RADII[one] ?? "8px").join(" ")};`;
    if (name === "border" && value !== "none") return "border: 1px solid var(--pw-line);";
    if (name === "direction" && value === "inline") return "flex-direction: row; flex-wrap: wrap;";
    return "";
  }

  class Box extends Standin {
    static watched = BOX_WATCHED;
    static html = '<div class="box"><slot></slot></div>';
    static hostAttributes = /^(gridColumn|gridRow)$/;

    draw() {
      const rules = { host: "", box: "", narrow: "" };
      for (const name of BOX_WATCHED) if (this.has(name)) this.collect(name, this.get(name), rules);
      this.own ??= new CSSStyleSheet();
      this.own.replaceSync(`:host { ${rules.host} } .box { ${rules.box} } ${rules.narrow}`);
      if (this.shadowRoot.adoptedStyleSheets.at(-1) !== this.own) this.shadowRoot.adoptedStyleSheets.push(this.own);
      this.describe(this.inside(".box"));
    }

    collect(name, value, rules) {
      const { when, then, otherwise } = responsive(value);
      const target = this.constructor.hostAttributes.test(name) ? "host" : "box";
      rules[target] += boxRule(name, otherwise);
      if (when) rules.narrow += `@container ${when} { ${target === "host" ? ":host" : ".box"} { ${boxRule(name, then)} } }`;
    }

    describe(box) {
      setOrDrop(box, "role", this.getAttribute("accessibilityRole"));
      setOrDrop(box, "aria-label", this.getAttribute("accessibilityLabel"));
    }
  }
  define("s-box", class extends Box {});
  define("s-grid-item", class extends Box { static css = ":host { min-inline-size: 0; }"; });
  define("s-stack", class extends Box { static css = ".box { display: flex; flex-direction: column; align-items: stretch; } :host([direction=inline]) .box { align-items: center; }"; });
  define("s-grid", class extends Box { static css = ".box { display: grid; }"; });
  define("s-scroll-box", class extends Box { static css = ".box { overflow: auto; }"; });
  plain("s-query-container", ":host { container-type: inline-size; }");
  plain("s-divider", ":host { border-block-start: 1px solid var(--pw-line); } :host([direction=block]) { border-block-start: 0; border-inline-start: 1px solid var(--pw-line); align-self: stretch; }", "");

  /* ---- page and section ---- */

  define("s-page", class extends Standin {
    static watched = ["heading"];
    static css = `
      :host { max-inline-size: 1080px; margin-inline: auto; padding: 20px 24px 48px; container-type: inline-size; }
      :host([inlinesize=small]) { max-inline-size: 680px; } :host([inlinesize=large]) { max-inline-size: 1400px; }
      header { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; margin-block-end: 16px; }
      h1 { margin: 0; font-size: 21px; line-height: 1.3; font-weight: 650; } h1:empty { display: none; }
      .actions { display: flex; flex-wrap: wrap; gap: 8px; margin-inline-start: auto; align-items: center; }
      .body { display: grid; gap: 16px; } .main { display: flex; flex-direction: column; gap: 16px; min-inline-size: 0; }
      .aside { display: none; flex-direction: column; gap: 16px; min-inline-size: 0; }
      .aside.used { display: flex; }
      @container (inline-size > 800px) { .body:has(.aside.used) { grid-template-columns: 2fr 1fr; } }
      @media (max-width: 520px) { :host { padding: 16px 12px 40px; } }`;
    static html = `
      <header><slot name="breadcrumb-actions"></slot><h1></h1><slot name="accessory"></slot>
        <div class="actions"><slot name="supplemental-start"></slot><slot name="secondary-actions"></slot><slot name="primary-action"></slot></div>
      </header>
      <div class="body"><div class="main"><slot></slot></div><div class="aside"><slot name="aside"></slot></div></div>`;

    setUp() {
      this.inside("slot:not([name])").addEventListener("slotchange", () => this.draw());
      const aside = this.inside("slot[name=aside]");
      aside.addEventListener("slotchange", () => {
        this.inside(".aside").classList.toggle("used", aside.assignedElements().length > 0);
      });
    }

    draw() {
      this.inside("h1").textContent = this.get("heading");
      // A page that brings a level-one heading of its own is read out once, not twice.
      setOrDrop(this.inside("h1"), "aria-hidden", this.querySelector("h1") ? "true" : null);
    }
  });

  define("s-section", class extends Standin {
    static watched = ["heading", "subheading", "accessibilityLabel"];
    static css = `
      section { background: var(--pw-card); border: 1px solid var(--pw-line); border-radius: var(--pw-radius); padding: 16px; }
      :host([padding=none]) section { padding: 0; overflow: hidden; } :host([padding=none]) header { padding: 16px 16px 0; }
      header { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; margin-block-end: 10px; }
      header.bare { display: none; } .actions { margin-inline-start: auto; display: flex; gap: 8px; }
      .title { margin: 0; font-size: 15px; line-height: 1.4; font-weight: 650; } .sub { margin: 0; color: var(--pw-soft); flex-basis: 100%; }
      .sub:empty { display: none; }
      .body { display: flex; flex-direction: column; gap: 14px; min-inline-size: 0; } :host([padding=none]) .body { gap: 0; }
      section.nested { border: 0; padding: 0; background: none; }`;
    static html = `
      <section><header><slot name="graphic"></slot><h2 class="title"></h2><slot name="accessory"></slot>
        <div class="actions"><slot name="secondary-actions"></slot><slot name="primary-action"></slot></div><p class="sub"></p></header>
        <div class="body"><slot></slot></div><slot name="supplemental"></slot></section>`;

    setUp() {
      for (const slot of this.shadowRoot.querySelectorAll("header slot")) slot.addEventListener("slotchange", () => this.draw());
      if (!this.parentElement?.closest("s-section")) return;
      this.inside("section").classList.add("nested");
      const title = document.createElement("h3");
      title.className = "title";
      this.inside("h2").replaceWith(title);
    }

    draw() {
      const heading = this.get("heading");
      this.inside(".title").textContent = heading;
      this.inside(".sub").textContent = this.get("subheading");
      const slotted = this.querySelector(":scope > :is([slot$=action], [slot$=actions], [slot=accessory], [slot=graphic])");
      this.inside("header").classList.toggle("bare", !heading && !this.get("subheading") && !slotted);
      this.inside(".title").hidden = !heading;
      setOrDrop(this.inside("section"), "aria-label", this.get("accessibilityLabel") || heading || null);
    }
  });

  plain("s-empty-state", `
    :host { text-align: center; padding: 36px 16px; } h2 { margin: 0 0 6px; font-size: 17px; } .text { color: var(--pw-soft); max-inline-size: 46ch; margin-inline: auto; }
    .actions { display: flex; flex-wrap: wrap; gap: 8px; justify-content: center; margin-block-start: 14px; }`,
  `<slot name="graphic"></slot><h2></h2><div class="text"><slot name="subheading"></slot><slot></slot></div>
    <div class="actions"><slot name="secondary-actions"></slot><slot name="primary-action"></slot></div>`,
  ["heading"], function draw() { this.inside("h2").textContent = this.get("heading"); });

  /* ---- text ---- */

  const TEXT = `${TONE} :host([tone]:not([tone=auto], [tone=neutral])) { color: var(--tone); }
    :host([color=subdued]) { color: var(--pw-soft); } :host([fontvariantnumeric=tabular-nums]) { font-variant-numeric: tabular-nums; }
    :host([fontweight=medium]) { font-weight: 500; } :host([fontweight=semibold]) { font-weight: 620; } :host([fontweight=bold]) { font-weight: 700; }
    :host([accessibilityvisibility=exclusive]) { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    ${Object.entries(TEXT_SIZE).map(([name, size]) => `:host([fontsize=${name}]) { font-size: ${size}; line-height: 1.35; }`).join("")}`;

  define("s-text", class extends Standin {
    static watched = ["type", "accessibilityVisibility"];
    static css = `${TEXT} :host { display: inline; } :host([type=strong]) { font-weight: 620; } :host([type=generic]) { font-weight: inherit; }
      :host([type=redundant]) { text-decoration: line-through; } :host([type=address]) { font-style: normal; }`;
    draw() { setOrDrop(this, "aria-hidden", this.get("accessibilityVisibility") === "hidden" ? "true" : null); }
  });
  plain("s-number", `${TEXT} :host { display: inline; font-variant-numeric: tabular-nums; }`);
  plain("s-paragraph", `${TEXT} p { margin: 0; }`, "<p><slot></slot></p>");

  define("s-heading", class extends Standin {
    static css = `${TEXT} .h { margin: 0; font-size: inherit; font-weight: inherit; line-height: inherit; } :host { font-size: 15px; font-weight: 650; line-height: 1.4; }`;
    setUp() {
      if (["presentation", "none"].includes(this.get("accessibilityRole"))) return;
      const level = this.closest("s-section s-section") ? 4 : this.closest("s-section") ? 3 : 2;
      const heading = document.createElement(`h${level}`);
      heading.className = "h";
      heading.append(document.createElement("slot"));
      this.shadowRoot.replaceChildren(heading);
    }
  });

  for (const [tag, style] of [["s-unordered-list", "disc"], ["s-ordered-list", "decimal"]]) {
    plain(tag, `:host { padding-inline-start: 20px; display: grid; gap: 4px; list-style: ${style}; counter-reset: list-item; }`, "<slot></slot>", [],
      function draw() { this.setAttribute("role", "list"); });
  }
  define("s-list-item", class extends Standin {
    static css = ":host { display: list-item; }";
    draw() { this.setAttribute("role", "listitem"); }
  });

  /* ---- small graphics ---- */

  const ICONS = {
    "arrow-right": "M3 8h10M9 4l4 4-4 4", "arrow-left": "M13 8H3M7 4L3 8l4 4", "arrow-up": "M8 13V3M4 7l4-4 4 4",
    "arrow-down": "M8 3v10M4 9l4 4 4-4", "chevron-right": "M6 3l5 5-5 5", "chevron-left": "M10 3L5 8l5 5",
    "chevron-down": "M3 6l5 5 5-5", "chevron-up": "M3 10l5-5 5 5", x: "M4 4l8 8M12 4l-8 8", plus: "M8 3v10M3 8h10",
    check: "M3 8.5l3.5 3.5L13 5", search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3L14 14",
    info: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 7.4V11M8 5v.2", alert: "M8 2l6.4 11.6H1.6zM8 6.4v3.4M8 11.6v.2",
    calendar: "M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2v3M10.5 2v3", person: "M8 2.5a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2zM3 13.6c.6-3 2.4-4 5-4s4.4 1 5 4",
    order: "M3 2.5h10v11H3zM5.5 6h5M5.5 9h5", export: "M8 10V2.5M5 5l3-3 3 3M2.5 10v3.5h11V10",
    external: "M9 2.5h4.5V7M13.5 2.5L7.5 8.5M11 9.5v4H2.5V5h4", refresh: "M13 8a5 5 0 1 1-1.6-3.700M13 2v3h-3",
  };
  const ICON_SAME_AS = {
    "alert-circle": "alert", "alert-triangle": "alert", "alert-diamond": "alert", "question-circle": "info", "info-circle": "info",
    "check-circle": "check", "x-circle": "x", "search-list": "search", "caret-down": "chevron-down", "caret-up": "chevron-up",
    download: "export", "arrow-diagonal": "external", reset: "refresh", profile: "person", team: "person",
  };
  function iconSvg(type) {
    const path = ICONS[type] ?? ICONS[ICON_SAME_AS[type]] ?? "M8 5.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z";
    return `<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"><path d="${path}"/></svg>`;
  }

  define("s-icon", class extends Standin {
    static watched = ["type"];
    static css = `${TONE} :host { display: inline-flex; vertical-align: -3px; color: var(--tone, currentColor); } :host([color=subdued]) { color: var(--pw-soft); }`;
    draw() { this.shadowRoot.innerHTML = iconSvg(this.get("type")); }
  });

  define("s-badge", class extends Standin {
    static watched = ["icon"];
    static css = `${TONE} :host { display: inline-flex; align-items: center; gap: 4px; padding: 1px 8px; border-radius: 6px; font-size: 12px; line-height: 20px;
      font-weight: 550; background: var(--tone-bg, #ebe8e1); color: var(--tone, #444b51); white-space: nowrap; } .icon:empty { display: none; } .icon { display: inline-flex; }`;
    static html = '<span class="icon"></span><slot></slot>';
    draw() { this.inside(".icon").innerHTML = this.has("icon") ? iconSvg(this.get("icon")) : ""; }
  });

  plain("s-chip", ":host { display: inline-flex; align-items: center; gap: 4px; padding: 2px 10px; border-radius: 999px; border: 1px solid var(--pw-line); font-size: 13px; }", '<slot name="graphic"></slot><slot></slot>');

  define("s-spinner", class extends Standin {
    static watched = ["accessibilityLabel"];
    static css = `:host { display: inline-block; } .ring { inline-size: 20px; block-size: 20px; border-radius: 50%; border: 2.5px solid var(--pw-line); border-block-start-color: var(--pw-strong); animation: turn .8s linear infinite; }
      :host([size^=large]) .ring { inline-size: 32px; block-size: 32px; } @keyframes turn { to { transform: rotate(1turn); } }
      @media (prefers-reduced-motion: reduce) { .ring { animation-duration: 6s; } }`;
    static html = '<div class="ring"></div>';
    draw() { this.setAttribute("role", "status"); this.setAttribute("aria-label", this.get("accessibilityLabel", word("loading"))); }
  });

  define("s-progress", class extends Standin {
    static watched = ["value", "max", "accessibilityLabel"];
    static css = `${TONE} .track { block-size: 8px; border-radius: 4px; background: #e6e3dc; overflow: hidden; } .fill { block-size: 100%; background: var(--tone, var(--pw-strong)); border-radius: 4px; transition: inline-size .4s; }
      @media (prefers-reduced-motion: reduce) { .fill { transition: none; } }`;
    static html = '<div class="track" role="progressbar" aria-valuemin="0"><div class="fill"></div></div>';
    draw() {
      const max = Number(this.get("max", "1")) || 1;
      const value = Math.min(max, Math.max(0, Number(this.get("value", "0")) || 0));
      const track = this.inside(".track");
      track.setAttribute("aria-valuemax", max);
      setOrDrop(track, "aria-valuenow", this.has("value") ? value : null);
      track.setAttribute("aria-label", this.get("accessibilityLabel", word("loading")));
      this.inside(".fill").style.inlineSize = `${(100 * value) / max}%`;
    }
  });

  define("s-banner", class extends Standin {
    static watched = ["heading", "tone", "dismissible"];
    static css = `${TONE} :host { --tone: var(--pw-info); --tone-bg: var(--pw-info-bg); } :host(:is([tone=auto], [tone=info])) { --tone: var(--pw-info); --tone-bg: var(--pw-info-bg); }
      .banner { display: flex; gap: 10px; padding: 12px 14px; border-radius: var(--pw-radius); background: var(--tone-bg); border-inline-start: 4px solid var(--tone); }
      .icon { color: var(--tone); padding-block-start: 2px; } .text { flex: 1; min-inline-size: 0; display: grid; gap: 6px; } .title { margin: 0; font-weight: 650; } .title:empty { display: none; }
      .actions { display: flex; flex-wrap: wrap; gap: 8px; } button { all: unset; cursor: pointer; color: var(--tone); padding: 2px; border-radius: 6px; align-self: start; line-height: 0; } button[hidden] { display: none; } button${FOCUS}`;
    static html = `<div class="banner"><span class="icon"></span><div class="text"><p class="title"></p><div><slot></slot></div><div class="actions"><slot name="secondary-actions"></slot></div></div>
      <button type="button" class="x" hidden>${iconSvg("x")}</button></div>`;
    setUp() {
      this.inside(".x").addEventListener("click", () => {
        if (!this.emit("dismiss")) return;
        this.hidden = true;
        this.emit("afterhide");
      });
    }
    draw() {
      const grave = ["critical", "warning"].includes(this.get("tone"));
      this.inside(".banner").setAttribute("role", this.get("tone") === "critical" ? "alert" : "status");
      this.inside(".icon").innerHTML = iconSvg(grave ? "alert" : this.get("tone") === "success" ? "check" : "info");
      this.inside(".title").textContent = this.get("heading");
      this.inside(".x").hidden = !this.has("dismissible");
      this.inside(".x").setAttribute("aria-label", word("close"));
    }
  });

  function drawImage() { Object.assign(this.inside("img"), { src: this.get("src"), alt: this.get("alt") }); }
  plain("s-image", "img { max-inline-size: 100%; block-size: auto; display: block; }", "<img>", ["src", "alt"], drawImage);
  plain("s-thumbnail", `:host { display: inline-block; }
    img { inline-size: 40px; block-size: 40px; border-radius: 8px; object-fit: cover; border: 1px solid var(--pw-line); }`,
  "<img>", ["src", "alt"], drawImage);
  define("s-avatar", class extends Standin {
    static watched = ["initials", "alt"];
    static css = ":host { display: inline-grid; place-items: center; inline-size: 32px; block-size: 32px; border-radius: 50%; background: #e3ded3; font-size: 12px; font-weight: 600; }";
    static html = "<span></span>";
    draw() {
      this.inside("span").textContent = this.get("initials");
      this.setAttribute("role", "img");
      this.setAttribute("aria-label", this.get("alt") || this.get("initials"));
    }
  });

  /* ---- buttons and links ---- */

  function command(invoker) {
    const target = document.getElementById(invoker.get("commandFor"));
    const wanted = invoker.get("command", "--auto");
    const verb = { "--show": "showOverlay", "--hide": "hideOverlay" }[wanted] ?? "toggleOverlay";
    target?.[verb]?.(invoker);
  }

  class Press extends Standin {
    static focusable = true;
    static watched = ["href", "target", "download", "disabled", "loading", "type", "accessibilityLabel", "icon", "lang", "pressed"];

    setUp() {
      this.shadowRoot.addEventListener("click", (event) => this.onPress(event));
    }

    inner() { return this.inside(".press"); }
    click() { this.inner().click(); }

    draw() {
      const tag = this.has("href") && !this.has("disabled") ? "a" : "button";
      if (this.inner().localName !== tag) this.swap(tag);
      const inner = this.inner();
      setOrDrop(inner, "aria-label", this.getAttribute("accessibilityLabel"));
      for (const name of ["href", "target", "download"]) setOrDrop(inner, name, tag === "a" ? this.getAttribute(name) : null);
      if (tag === "button") {
        inner.type = "button";
        inner.disabled = this.has("disabled");
        setOrDrop(inner, "aria-busy", this.has("loading") ? "true" : null);
      }
      if (this.has("href") && this.has("disabled")) inner.setAttribute("role", "link");
      this.decorate?.(inner);
    }

    swap(tag) {
      const made = document.createElement(tag);
      made.className = "press";
      made.append(...this.inner().childNodes);
      this.inner().replaceWith(made);
    }

    onPress(event) {
      if (this.has("loading")) { event.preventDefault(); event.stopImmediatePropagation(); return; }
      // After every listener of the app, any of which may call preventDefault.
      setTimeout(() => { if (!event.defaultPrevented) this.act(); });
    }

    act() {
      if (this.has("commandFor")) command(this);
      const form = this.closest("form");
      if (form && this.get("type") === "submit") form.requestSubmit();
      if (form && this.get("type") === "reset") form.reset();
    }
  }

  define("s-button", class extends Press {
    static css = `
      :host { display: inline-block; vertical-align: middle; } :host([inlinesize=fill]) { display: block; } :host([inlinesize=fill]) .press { inline-size: 100%; }
      .press { all: unset; box-sizing: border-box; display: inline-flex; align-items: center; justify-content: center; gap: 6px; min-block-size: 32px; padding: 4px 12px; border-radius: 8px; cursor: pointer;
        font-weight: 550; font-size: 13px; line-height: 20px; text-align: center; background: var(--pw-card); color: var(--pw-ink); border: 1px solid #c9c5bb; }
      .press${FOCUS} .press:hover { background: var(--pw-hover); } .press .icon:empty { display: none; } .icon { display: inline-flex; }
      :host([variant=primary]) .press { background: var(--pw-strong); border-color: var(--pw-strong); color: #fff; } :host([variant=primary]) .press:hover { background: var(--pw-strong-hover); }
      :host([variant=tertiary]) .press { background: transparent; border-color: transparent; } :host([variant=tertiary]) .press:hover { background: #00000010; }
      :host([tone=critical]) .press { color: var(--pw-critical); } :host([tone=critical][variant=primary]) .press { background: var(--pw-critical); border-color: var(--pw-critical); color: #fff; }
      .press:disabled, :host([disabled]) .press { cursor: not-allowed; background: #ecebe7; border-color: #ecebe7; color: #676e74; } :host([loading]) .press { cursor: progress; opacity: .75; }
      @media (pointer: coarse) { .press { min-block-size: 40px; } }`;
    static html = '<button class="press"><span class="icon"></span><slot></slot></button>';
    decorate(inner) {
      inner.querySelector(".icon").innerHTML = this.has("icon") ? iconSvg(this.get("icon")) : "";
      setOrDrop(inner, "aria-pressed", this.has("pressed") ? "true" : null);
    }
  });
  define("s-press-button", class extends customElements.get("s-button") {});

  define("s-link", class extends Press {
    static css = `:host { display: inline; } .press { all: unset; cursor: pointer; color: var(--pw-link); text-decoration: underline; text-underline-offset: 2px; border-radius: 3px; }
      .press:hover { text-decoration-thickness: 2px; } .press${FOCUS} :host([tone=critical]) .press { color: var(--pw-critical); } :host([tone=neutral]) .press { color: inherit; }`;
    static html = '<a class="press"><slot></slot></a>';
  });

  define("s-clickable", class extends Press {
    static css = `.press { all: unset; box-sizing: border-box; display: block; inline-size: 100%; cursor: pointer; border-radius: 8px; } .press:hover { background: var(--pw-hover); } .press${FOCUS}
      :host([padding=base]) .press { padding: 14px; } :host(:is([padding=small], [padding^=small])) .press { padding: 8px; } :host([border=base]) .press { border: 1px solid var(--pw-line); }`;
    static html = '<button class="press"><slot></slot></button>';
  });
  define("s-clickable-chip", class extends customElements.get("s-button") { static css = `${customElements.get("s-button").css} .press { border-radius: 999px; }`; });

  define("s-button-group", class extends Standin {
    static css = ":host { display: inline-flex; flex-wrap: wrap; gap: 8px; } :host([gap=none]) { gap: 0; }";
    static html = '<slot></slot><slot name="secondary-actions"></slot><slot name="primary-action"></slot>';
    draw() {
      this.setAttribute("role", "group");
      setOrDrop(this, "aria-label", this.getAttribute("accessibilityLabel"));
    }
  });

  /* ---- form fields ---- */

  const FIELD = `
    :host { display: block; min-inline-size: 0; } .label { display: block; margin-block-end: 4px; font-weight: 550; font-size: 13px; } .label:empty { display: none; }
    :host([labelaccessibilityvisibility=exclusive]) .label { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .row { position: relative; display: flex; align-items: center; gap: 6px; background: var(--pw-card); border: 1px solid #8f8b82; border-radius: 8px; padding-inline: 10px; } .row:focus-within { outline: 2px solid var(--pw-link); outline-offset: 1px; }
    .control { all: unset; flex: 1; min-inline-size: 0; inline-size: 100%; min-block-size: 34px; font: inherit; color: inherit; box-sizing: border-box; } .control:disabled { color: #676e74; cursor: not-allowed; }
    .control::placeholder { color: #6b7278; opacity: 1; } textarea.control { padding-block: 7px; min-block-size: 72px; white-space: pre-wrap; overflow-wrap: anywhere; } .affix { color: var(--pw-soft); white-space: nowrap; } .affix:empty { display: none; }
    select.control { cursor: pointer; line-height: 34px; text-overflow: ellipsis; white-space: nowrap; overflow: hidden; } .chevron { display: inline-flex; color: var(--pw-soft); pointer-events: none; } .details { color: var(--pw-soft); font-size: 12px; margin-block-start: 4px; } .error { color: var(--pw-critical); font-size: 13px; margin-block-start: 4px; } .details:empty, .error:empty { display: none; }
    :host([error]:not([error=""])) .row { border-color: var(--pw-critical); background: #fdf5f4; } @media (pointer: coarse) { .control { min-block-size: 42px; font-size: 16px; } }`;
  const NOTES = '<div class="details" id="details"></div><div class="error" id="error"></div>';

  class Field extends Standin {
    static formAssociated = true;
    static focusable = true;
    static watched = ["label", "value", "error", "details", "disabled", "placeholder", "required", "readOnly", "min", "max", "step", "maxLength", "minLength", "prefix", "suffix", "rows", "autocomplete", "inputMode", "currencyCode", "checked"];
    static css = FIELD;

    constructor() {
      super();
      this.internals = this.attachInternals();
    }

    control() { return this.inside(".control"); }
    get form() { return this.internals.form; }
    get name() { return this.get("name"); }
    set name(value) { this.setAttribute("name", value); }
    get error() { return this.get("error"); }
    set error(value) { setOrDrop(this, "error", value || null); }
    get disabled() { return this.has("disabled"); }
    set disabled(value) { this.toggleAttribute("disabled", Boolean(value)); }
    get value() { return this.ready ? this.control().value : this.firstValue(); }
    set value(value) { if (this.ready) this.control().value = value ?? ""; else this.setAttribute("value", value ?? ""); this.touched = true; this.sync(); }
    get defaultValue() { return this.firstValue(); }
    firstValue() { return this.getAttribute("value") ?? this.get("defaultValue"); }
    checkValidity() { return this.internals.checkValidity(); }
    reportValidity() { return this.internals.reportValidity(); }

    setUp() {
      const control = this.control();
      this.drawnValue = this.firstValue();
      control.value = this.drawnValue;
      control.addEventListener("input", () => { this.touched = true; this.sync(); });
      control.addEventListener("change", () => { this.touched = true; this.sync(); this.emit("change"); });
      control.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && control.localName === "input" && this.form) { event.preventDefault(); this.form.requestSubmit(); }
      });
    }

    draw() {
      const control = this.control();
      if (this.drawnValue !== this.firstValue()) { this.drawnValue = this.firstValue(); control.value = this.drawnValue; }
      this.drawLabel();
      for (const name of ["placeholder", "min", "max", "step", "maxlength", "minlength", "rows", "autocomplete", "inputmode", "readonly"]) {
        setOrDrop(control, name, this.getAttribute(name));
      }
      control.required = this.has("required");
      control.disabled = this.has("disabled");
      this.drawNotes(control);
      this.sync();
    }

    drawLabel() {
      this.inside(".label").textContent = this.get("label");
      const before = this.inside(".before");
      if (!before) return;
      before.textContent = this.get("prefix") || this.get("currencyCode");
      this.inside(".after").textContent = this.get("suffix");
    }

    drawNotes(control) {
      this.inside(".details").textContent = this.get("details");
      this.inside(".error").textContent = this.get("error");
      setOrDrop(control, "aria-invalid", this.get("error") ? "true" : null);
      const notes = [this.get("error") && "error", this.get("details") && "details"].filter(Boolean).join(" ");
      setOrDrop(control, "aria-describedby", notes || null);
    }

    formValue() { return this.control().value; }
    sync() {
      if (!this.ready && !this.isConnected) return;
      const control = this.control();
      this.internals.setFormValue(this.formValue());
      if (control.validity?.valid === false) this.internals.setValidity(control.validity, control.validationMessage, control);
      else this.internals.setValidity({});
    }
    formResetCallback() { this.touched = false; this.control().value = this.firstValue(); this.error = ""; this.sync(); }
    formDisabledCallback(disabled) { this.control().disabled = disabled || this.has("disabled"); }
  }

  const inputHtml = (type) => `<label class="label" for="control"></label><div class="row"><span class="affix before"></span><input class="control" id="control" type="${type}"><span class="affix after"></span><slot name="accessory"></slot></div>${NOTES}`;
  const INPUTS = { text: "text", search: "search", number: "number", email: "email", url: "url", password: "password", date: "date", color: "color" };
  for (const [tag, type] of Object.entries(INPUTS)) {
    define(`s-${tag}-field`, class extends Field { static html = inputHtml(type); });
  }
  define("s-money-field", class extends Field {
    static html = inputHtml("text");
    draw() {
      if (!this.has("inputmode")) this.control().inputMode = "decimal";
      super.draw();
    }
  });
  define("s-text-area", class extends Field {
    static html = `<label class="label" for="control"></label><div class="row"><textarea class="control" id="control"></textarea></div>${NOTES}`;
  });

  plain("s-option", ":host { display: none; }");
  plain("s-option-group", ":host { display: none; }");
  plain("s-choice", ":host { display: none; }");

  const chosen = (node) => node.hasAttribute("selected") || node.hasAttribute("defaultSelected");
  const valueOf = (node) => node.getAttribute("value") ?? node.textContent.trim();

  function nativeOption(node) {
    if (node.localName === "s-option-group") {
      const group = document.createElement("optgroup");
      group.label = node.getAttribute("label") ?? "";
      group.append(...[...node.children].map(nativeOption));
      return group;
    }
    const option = new Option(node.textContent.trim(), valueOf(node), chosen(node), chosen(node));
    option.disabled = node.hasAttribute("disabled");
    return option;
  }

  function watchChildren(host, then) {
    new MutationObserver(then).observe(host, { childList: true, subtree: true, characterData: true, attributes: true });
  }

  define("s-select", class extends Field {
    static html = `<label class="label" for="control"></label><div class="row"><select class="control" id="control"></select><span class="chevron">${iconSvg("chevron-down")}</span></div>${NOTES}`;
    setUp() {
      this.fill();
      watchChildren(this, () => this.refill());
      super.setUp();
    }
    // The parser hands over the options after the element itself, so the first value is looked up again then.
    refill() {
      const kept = this.touched ? this.value : this.firstValue();
      this.fill();
      this.control().value = kept;
      this.sync();
    }
    fill() {
      const options = [...this.children].filter((node) => /^s-option/.test(node.localName)).map(nativeOption);
      if (this.has("placeholder")) {
        const empty = new Option(this.get("placeholder"), "");
        empty.disabled = this.has("required");
        options.unshift(empty);
      }
      this.control().replaceChildren(...options);
    }
    firstValue() {
      const options = [...this.querySelectorAll("s-option")];
      const first = this.has("placeholder") ? "" : options[0] && valueOf(options[0]);
      return this.getAttribute("value") ?? (options.find(chosen) ? valueOf(options.find(chosen)) : first ?? "");
    }
  });

  const TICK = `${FIELD} .tick { display: flex; gap: 8px; align-items: start; cursor: pointer; } .tick + .tick { margin-block-start: 6px; } input { inline-size: 18px; block-size: 18px; margin: 1px 0 0; accent-color: var(--pw-strong); flex: none; } .label { margin: 0; font-weight: 450; font-size: 14px; }
    fieldset { border: 0; margin: 0; padding: 0; min-inline-size: 0; } legend { padding: 0; margin-block-end: 6px; font-weight: 550; font-size: 13px; } .choice-details { color: var(--pw-soft); font-size: 12px; display: block; }`;

  class Tick extends Field {
    static css = TICK;
    static html = `<label class="tick"><input type="checkbox" class="control-tick" id="control"><span class="label"></span></label>${NOTES}`;
    control() { return this.inside("input"); }
    get checked() { return this.ready ? this.control().checked : this.firstTick(); }
    set checked(on) { this.control().checked = Boolean(on); this.sync(); }
    get value() { return this.get("value", "on"); }
    set value(value) { this.setAttribute("value", value); }
    firstTick() { return this.has("checked") || this.has("defaultChecked"); }
    firstValue() { return String(this.firstTick()); }
    setUp() {
      super.setUp();
      this.control().checked = this.firstTick();
    }
    draw() {
      const control = this.control();
      if (this.drawnValue !== this.firstValue()) { this.drawnValue = this.firstValue(); control.checked = this.firstTick(); }
      this.inside(".label").textContent = this.get("label");
      setOrDrop(control, "aria-label", this.getAttribute("accessibilityLabel"));
      control.required = this.has("required");
      control.disabled = this.has("disabled");
      this.drawNotes(control);
      this.sync();
    }
    formValue() { return this.control().checked ? this.get("value", "on") : null; }
    formResetCallback() { this.control().checked = this.firstTick(); this.sync(); }
  }
  define("s-checkbox", class extends Tick {
    draw() { this.control().indeterminate = this.has("indeterminate"); super.draw(); }
  });
  define("s-switch", class extends Tick {
    static css = `${TICK} .tick { align-items: center; } input { appearance: none; inline-size: 34px; block-size: 20px; margin: 0; border-radius: 10px; background: #7d7a72; position: relative; cursor: pointer; } input::before { content: ""; position: absolute; inset-block-start: 3px; inset-inline-start: 3px; inline-size: 14px; block-size: 14px; border-radius: 50%; background: #fff; }
      input:checked { background: var(--pw-strong); } input:checked::before { inset-inline-start: 17px; }`;
    setUp() { this.control().setAttribute("role", "switch"); super.setUp(); }
  });

  define("s-choice-list", class extends Field {
    static css = TICK;
    static html = `<fieldset><legend></legend><div class="choices"></div></fieldset>${NOTES}`;
    control() { return this.inside("input") ?? document.createElement("input"); }
    inputs() { return [...this.shadowRoot.querySelectorAll("input")]; }
    get values() { return this.ready ? this.inputs().filter((one) => one.checked).map((one) => one.value) : this.firstValues(); }
    set values(list) { for (const one of this.inputs()) one.checked = list.includes(one.value); this.sync(); }
    get value() { return this.values[0] ?? ""; }
    firstValues() { return [...this.querySelectorAll("s-choice")].filter(chosen).map(valueOf); }
    setUp() {
      this.group = unique("choice");
      this.fill();
      watchChildren(this, () => { const kept = this.touched ? this.values : this.firstValues(); this.fill(); this.values = kept; });
      this.inside(".choices").addEventListener("input", () => { this.touched = true; this.sync(); });
      this.inside(".choices").addEventListener("change", () => { this.sync(); this.emit("change"); });
    }
    fill() { this.inside(".choices").replaceChildren(...[...this.querySelectorAll("s-choice")].map((node) => this.choice(node))); }
    choice(node) {
      const label = document.createElement("label");
      label.className = "tick";
      label.innerHTML = '<input><span><span class="label"></span><span class="choice-details"></span></span>';
      const input = label.firstChild;
      Object.assign(input, { type: this.has("multiple") ? "checkbox" : "radio", name: this.group, value: valueOf(node), checked: chosen(node), disabled: node.hasAttribute("disabled") || this.has("disabled") });
      const details = node.querySelector("[slot=details]");
      label.querySelector(".label").textContent = [...node.childNodes].filter((one) => !one.slot).map((one) => one.textContent).join("").trim();
      label.querySelector(".choice-details").textContent = details?.textContent ?? "";
      return label;
    }
    draw() {
      this.inside("legend").textContent = this.get("label");
      this.inside("legend").hidden = !this.get("label");
      this.drawNotes(this.inside("fieldset"));
      this.sync();
    }
    sync() {
      const data = new FormData();
      for (const value of this.values) data.append(this.name, value);
      this.internals.setFormValue(this.name ? data : null);
    }
    formResetCallback() { this.touched = false; this.values = this.firstValues(); }
    formDisabledCallback(disabled) { for (const one of this.inputs()) one.disabled = disabled; }
  });

  /* ---- table ---- */

  define("s-table", class extends Standin {
    static watched = ["paginate", "hasPreviousPage", "hasNextPage", "loading", "variant"];
    static css = `
      :host { container-type: inline-size; container-name: wtable; } .filters:not(.used) { display: none; } .filters { padding: 12px 16px; border-block-end: 1px solid var(--pw-line); }
      .scroll { overflow-x: auto; } .table { display: table; inline-size: 100%; border-collapse: collapse; } :host([loading]) .table { opacity: .55; }
      .pages { display: flex; justify-content: center; gap: 8px; padding: 10px; border-block-start: 1px solid var(--pw-line); } .pages[hidden] { display: none; }
      @container (max-width: 460px) { .table { display: block; } }`;
    static html = `<div class="filters"><slot name="filters"></slot></div><div class="scroll"><div class="table" role="table"><slot></slot></div></div>
      <div class="pages" hidden><s-button class="prev"></s-button><s-button class="next"></s-button></div>`;
    setUp() {
      const filters = this.inside("slot[name=filters]");
      filters.addEventListener("slotchange", () => this.inside(".filters").classList.toggle("used", filters.assignedElements().length > 0));
      this.inside(".prev").addEventListener("click", () => this.emit("previouspage"));
      this.inside(".next").addEventListener("click", () => this.emit("nextpage"));
      watchChildren(this, () => this.label());
    }
    draw() {
      this.inside(".pages").hidden = !this.has("paginate");
      for (const [name, flag, text] of [["prev", "hasPreviousPage", "previous"], ["next", "hasNextPage", "next"]]) {
        this.inside(`.${name}`).textContent = word(text);
        this.inside(`.${name}`).toggleAttribute("disabled", !this.has(flag));
      }
      queueMicrotask(() => this.label());
    }
    // Cells learn their column's heading and format, for alignment and for the narrow list form.
    label() {
      const heads = [...this.querySelectorAll("s-table-header")];
      for (const row of this.querySelectorAll("s-table-row")) {
        [...row.children].forEach((cell, at) => cell.column?.(heads[at]));
      }
    }
  });

  define("s-table-header-row", class extends Standin {
    static css = ":host { display: table-row; background: #f7f6f3; } @container wtable (max-width: 460px) { :host { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); } }";
    draw() { this.setAttribute("role", "row"); }
  });
  define("s-table-header", class extends Standin {
    static css = ":host { display: table-cell; padding: 8px 14px; text-align: start; font-size: 12px; font-weight: 550; color: var(--pw-soft); white-space: nowrap; } :host(:is([format=numeric], [format=currency])) { text-align: end; }";
    draw() { this.setAttribute("role", "columnheader"); }
  });
  define("s-table-body", class extends Standin {
    static css = ":host { display: table-row-group; } @container wtable (max-width: 460px) { :host { display: block; } }";
    draw() { this.setAttribute("role", "rowgroup"); }
  });
  define("s-table-row", class extends Standin {
    static css = ":host { display: table-row; } :host(:hover) { background: #faf9f6; } :host([clickdelegate]) { cursor: pointer; } @container wtable (max-width: 460px) { :host { display: block; padding: 10px 14px; border-block-start: 1px solid var(--pw-line); } }";
    setUp() {
      this.addEventListener("click", (event) => {
        const onControl = event.composedPath().some((node) => node.matches?.("a, button, input, s-link, s-button, s-checkbox"));
        if (this.has("clickDelegate") && !onControl) document.getElementById(this.get("clickDelegate"))?.click();
      });
    }
    draw() { this.setAttribute("role", "row"); }
  });
  define("s-table-cell", class extends Standin {
    static css = `:host { display: table-cell; padding: 9px 14px; border-block-start: 1px solid var(--pw-line); text-align: start; vertical-align: middle; } :host(.number), :host([data-format=number]) { text-align: end; font-variant-numeric: tabular-nums; } .label { display: none; }
      @container wtable (max-width: 460px) { :host, :host([data-format=number]) { display: flex; justify-content: space-between; gap: 12px; padding: 2px 0; border: 0; text-align: start; } .label { display: inline; flex: none; color: var(--pw-soft); font-size: 13px; } :host([data-slot=primary]) { font-weight: 600; } :host(:is([data-slot=primary], [data-slot=secondary])) .label { display: none; } }`;
    static html = '<span class="label" aria-hidden="true"></span><span class="value"><slot></slot></span>';
    draw() { this.setAttribute("role", "cell"); }
    column(head) {
      const number = ["numeric", "currency"].includes(head?.getAttribute("format"));
      this.mark("data-format", number ? "number" : null);
      this.mark("data-slot", head?.getAttribute("listSlot"));
      const label = this.inside(".label");
      if (label.textContent !== (head?.textContent.trim() ?? "")) label.textContent = head.textContent.trim();
    }
    mark(name, value) { if (this.getAttribute(name) !== (value ?? null)) setOrDrop(this, name, value); }
  });

  /* ---- overlays ---- */

  define("s-modal", class extends Standin {
    static watched = ["heading", "accessibilityLabel"];
    static css = `
      :host { display: contents; } dialog { border: 0; border-radius: 14px; padding: 0; inline-size: min(620px, calc(100vw - 24px)); max-block-size: 86vh; color: inherit; box-shadow: 0 20px 60px #0005; } dialog::backdrop { background: #0d141a80; }
      :host([size^=small]) dialog { inline-size: min(420px, calc(100vw - 24px)); } :host([size^=large]) dialog { inline-size: min(900px, calc(100vw - 24px)); }
      header { display: flex; align-items: center; gap: 12px; padding: 14px 16px; border-block-end: 1px solid var(--pw-line); } h2 { margin: 0; font-size: 16px; flex: 1; } .body { padding: 16px; display: grid; gap: 12px; } :host([padding=none]) .body { padding: 0; }
      footer { display: flex; flex-wrap: wrap; justify-content: end; gap: 8px; padding: 12px 16px; border-block-start: 1px solid var(--pw-line); } footer:not(.used) { display: none; } .x { all: unset; cursor: pointer; padding: 4px; line-height: 0; border-radius: 6px; } .x${FOCUS}`;
    static html = `<dialog aria-labelledby="title"><header><h2 id="title"></h2><button type="button" class="x">${iconSvg("x")}</button></header><div class="body"><slot></slot></div>
      <footer><slot name="secondary-actions"></slot><slot name="primary-action"></slot></footer></dialog>`;
    setUp() {
      const dialog = this.inside("dialog");
      this.inside("footer").addEventListener("slotchange", () => this.draw());
      this.inside(".x").addEventListener("click", () => this.hideOverlay());
      dialog.addEventListener("close", () => { this.emit("hide"); this.emit("afterhide"); });
      dialog.addEventListener("click", (event) => { if (event.target === dialog) this.hideOverlay(); });
    }
    draw() {
      this.inside("h2").textContent = this.get("heading") || this.get("accessibilityLabel");
      this.inside(".x").setAttribute("aria-label", word("close"));
      this.inside("footer").classList.toggle("used", Boolean(this.querySelector(":scope > [slot$=action], :scope > [slot$=actions]")));
    }
    showOverlay() {
      if (this.inside("dialog").open) return;
      this.draw();
      this.emit("show");
      this.inside("dialog").showModal();
      this.emit("aftershow");
    }
    hideOverlay() { this.inside("dialog").close(); }
    toggleOverlay() { this.inside("dialog").open ? this.hideOverlay() : this.showOverlay(); }
    show() { this.showOverlay(); }
    hide() { this.hideOverlay(); }
  });

  class Popover extends Standin {
    static css = ".pop { margin: 0; border: 1px solid var(--pw-line); border-radius: 10px; padding: 8px; background: var(--pw-card); color: inherit; box-shadow: 0 8px 28px #0003; max-inline-size: min(360px, calc(100vw - 16px)); inset: auto; position: fixed; }";
    static html = '<div class="pop" popover><slot></slot></div>';
    setUp() {
      this.inside(".pop").addEventListener("toggle", (event) => {
        const shown = event.newState === "open";
        this.emit(shown ? "show" : "hide");
        this.emit(shown ? "aftershow" : "afterhide");
      });
    }
    showOverlay(invoker) {
      const pop = this.inside(".pop");
      pop.showPopover();
      if (invoker) place(pop, invoker.getBoundingClientRect());
    }
    hideOverlay() { this.inside(".pop").hidePopover(); }
    toggleOverlay(invoker) { this.inside(".pop").matches(":popover-open") ? this.hideOverlay() : this.showOverlay(invoker); }
    show() { this.showOverlay(); }
    hide() { this.hideOverlay(); }
  }
  define("s-popover", Popover);
  define("s-menu", class extends Popover {
    static css = `${Popover.css} .pop:popover-open { display: grid; gap: 2px; }`;
    draw() {
      this.inside(".pop").setAttribute("role", "group");
      setOrDrop(this.inside(".pop"), "aria-label", this.getAttribute("accessibilityLabel"));
    }
  });

  // Below the anchor where there is room, above it otherwise, inside the window always.
  function place(pop, anchor) {
    const size = pop.getBoundingClientRect();
    const rtl = document.documentElement.dir === "rtl";
    const wanted = rtl ? anchor.right - size.width : anchor.left;
    pop.style.left = `${Math.max(8, Math.min(wanted, innerWidth - size.width - 8))}px`;
    const below = anchor.bottom + 6;
    pop.style.top = `${below + size.height > innerHeight ? Math.max(8, anchor.top - size.height - 6) : below}px`;
  }

  define("s-tooltip", class extends Standin {
    static css = ".tip { margin: 0; border: 0; border-radius: 8px; padding: 6px 10px; background: #20262b; color: #fff; font-size: 13px; max-inline-size: 280px; inset: auto; position: fixed; }";
    static html = '<div class="tip" popover="manual" role="tooltip"><slot></slot></div>';
    showFor(owner) {
      this.inside(".tip").showPopover();
      place(this.inside(".tip"), owner.getBoundingClientRect());
    }
    conceal() { this.inside(".tip").hidePopover(); }
  });

  const tipOwner = (event) => event.composedPath().find((node) => node.hasAttribute?.("interestFor"));
  function tip(event, verb) {
    const owner = tipOwner(event);
    const target = owner && document.getElementById(owner.getAttribute("interestFor"));
    if (!target?.showFor) return;
    target[verb](owner);
    owner.shadowRoot?.querySelector(".press")?.setAttribute("aria-description", target.textContent.trim());
  }
  for (const kind of ["mouseover", "focusin"]) document.addEventListener(kind, (event) => tip(event, "showFor"));
  for (const kind of ["mouseout", "focusout"]) document.addEventListener(kind, (event) => tip(event, "conceal"));
})();
