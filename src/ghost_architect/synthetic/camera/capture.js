// What a person sees of a page's text: runs of letters with the box of their ink; what is clipped away, hidden,
// covered, turned or of the colour of its ground is left out. Runs inside the page; browser.py calls it.
//
//   text nodes, controls, markers, ::before and ::after -> lines -> ink boxes -> cut by clips and overlays -> runs
//
// Boxes are CSS pixels, edges left, top, right, bottom. A run is {t: text, b: box, y: baseline, s: font size,
// c: contrast to its ground (1 to 21), f: facts, p: part, k: number of its block, w: whether it is cut,
// h, z: whether a space was written before and behind it}.
(() => {
  "use strict";
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const range = document.createRange();
  const FAINT = 1.3; // contrast below which letters are not seen
  const PRIVATE = /[\uE000-\uF8FF\u{F0000}-\u{10FFFD}\u200B\uFE0F]/gu; // icon fonts, and what has no width

  // --- elements: what of them matters for the text inside, computed once a screen ---

  let states = new Map(), blocks = 0, runs = [];

  function state(element) {
    const known = states.get(element);
    if (known) return known;
    const up = element.parentElement ? state(element.parentElement) : root();
    const style = getComputedStyle(element);
    const position = style.position, transform = style.transform;
    const outer = position === "fixed" ? [0, 0, innerWidth, innerHeight] : position === "absolute" ? up.placed : up.clip;
    const clip = style.overflowX === "visible" && style.overflowY === "visible" ? outer : cut(outer, padding(element));
    const own = {
      element, style, up, clip,
      placed: position !== "static" || transform !== "none" ? clip : up.placed,
      opacity: up.opacity * style.opacity,
      turned: up.turned || isTurned(transform) || style.writingMode !== "horizontal-tb" || style.rotate !== "none",
      facts: element.dataset.f ? [element.dataset.f, element.dataset.p || "value"] : up.facts,
      folded: element.tagName === "DETAILS" ? !element.open : element.tagName === "SUMMARY" && up.up ? up.up.folded : up.folded,
      ground: undefined,
    };
    own.block = style.display === "inline" ? up.block : own;
    if (own.block === own) own.number = ++blocks;
    states.set(element, own);
    return own;
  }

  function root() {
    const all = [0, 0, innerWidth, innerHeight];
    const top = { clip: all, placed: all, opacity: 1, turned: false, folded: false, facts: ["", ""], ground: [255, 255, 255] };
    return Object.assign(top, { block: top, number: 0 });
  }

  function isTurned(transform) {
    if (transform === "none") return false;
    const m = transform.startsWith("matrix(") ? transform.slice(7).split(",").map(parseFloat) : [0, 1, 1];
    return Math.abs(m[1]) > 0.02 || Math.abs(m[2]) > 0.02 || m[0] < 0;
  }

  const edges = (r) => [r.left, r.top, r.right, r.bottom];
  const meet = (r, box) => r.left < box[2] && r.top < box[3] && r.right > box[0] && r.bottom > box[1];
  const cut = (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];

  function padding(element) {
    const r = element.getBoundingClientRect(), left = r.left + element.clientLeft, top = r.top + element.clientTop;
    return [left, top, left + element.clientWidth, top + element.clientHeight];
  }

  function content(element, style) {
    const r = element.getBoundingClientRect(), side = (name) => parseFloat(style["padding" + name]) + parseFloat(style["border" + name + "Width"]);
    return [r.left + side("Left"), r.top + side("Top"), r.right - side("Right"), r.bottom - side("Bottom")];
  }

  // --- colours ---

  const colours = new Map();
  function colour(text) {
    let found = colours.get(text);
    if (found) return found;
    if (text.startsWith("rgb")) {
      const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
      found = [r, g, b, a];
    } else {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      found = [r, g, b, a / 255];
    }
    colours.set(text, found);
    return found;
  }

  const over = (top, a, below) => [0, 1, 2].map((i) => top[i] * a + below[i] * (1 - a));

  // The colour behind an element's text; null behind which is a picture. What floats over something else has a guess.
  function ground(at) {
    if (at.ground !== undefined) return at.ground;
    const own = colour(at.style.backgroundColor), image = at.style.backgroundImage;
    const floats = /^(absolute|fixed)$/.test(at.style.position);
    let found;
    if (image !== "none") {
      const first = image.includes("gradient") && image.match(/(rgba?|oklch|oklab|color|hsla?)\([^()]*\)/);
      const painted = first ? colour(first[0]) : null;
      found = !painted ? null : painted[3] > 0.9 ? painted : own[3] > 0.9 ? own : painted[3] < 0.1 ? beneath(at, own, floats) : null;
    } else found = beneath(at, own, floats);
    at.ground = found;
    return found;
  }

  function beneath(at, own, floats) {
    if (own[3] > 0.98) return own;
    const below = ground(at.up);
    return below && Object.assign(over(own, own[3], below), { guess: floats || below.guess });
  }

  function luminance(c) {
    const [r, g, b] = c.map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(at, text) {
    const below = ground(at);
    if (!below) return text[3] > 0.15 ? 7 : 1;
    const one = luminance(over(text, text[3] * at.opacity, below)), other = luminance(below);
    const found = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return below.guess ? Math.max(found, 3) : found;
  }

  // --- letters ---

  const faces = new Map();
  let worn = ""; // the font that is measured with
  // Sets the font that is measured with; its size and how far its lines reach above and below the baseline, whole pixels as in layout.
  function face(style) {
    const spacing = style.letterSpacing, font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    if (worn !== font) worn = canvas.font = font;
    const name = spacing === "normal" ? font : font + spacing;
    let found = faces.get(name);
    if (!found) {
      const m = canvas.measureText("x");
      found = { size: parseFloat(style.fontSize), ascent: Math.round(m.fontBoundingBoxAscent), descent: Math.round(m.fontBoundingBoxDescent), spacing: parseFloat(spacing) || 0 };
      faces.set(name, found);
    }
    return found;
  }

  function transformed(text, style) {
    switch (style.textTransform) {
      case "uppercase": return text.toUpperCase();
      case "lowercase": return text.toLowerCase();
      case "capitalize": return text.replace(/(^|[^\p{L}\p{N}'’])(\p{L})/gu, (all, before, letter) => before + letter.toUpperCase());
      default: return text;
    }
  }

  const wide = (text, spacing) => canvas.measureText(text).width + spacing * text.length;

  // How many letters from the front are no wider than this.
  function fitting(text, spacing, width) {
    let low = 0, high = text.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (wide(text.slice(0, middle), spacing) <= width) low = middle; else high = middle - 1;
    }
    return low;
  }

  // One line of text whose fragment (as high as its font) stands at `box`; as much of it as can be seen becomes a run.
  function put(at, written, box, style, paint, room) {
    let text = written.replace(PRIVATE, "").replace(/\s+/g, " ").trim();
    if (!text) return;
    const clear = contrast(at, paint);
    if (clear < FAINT) return;
    const { size, ascent, descent, spacing } = face(style);
    let scale = (box[3] - box[1]) / (ascent + descent);
    if (Math.abs(scale - 1) < 0.12) scale = 1;
    const gap = spacing * scale;
    let cutOff = false, [left, , right] = box;
    if (room !== undefined && right > room + 0.5) { // ends in three dots
      const count = fitting(text, spacing, (room - left) / scale - wide("…", spacing));
      if (!count) return;
      text = text.slice(0, count).trimEnd() + "…";
      right = left + wide(text, spacing) * scale;
      cutOff = true;
    }
    const m = canvas.measureText(text);
    const baseline = box[1] + ascent * scale;
    const ink = [
      left - m.actualBoundingBoxLeft * scale, baseline - m.actualBoundingBoxAscent * scale,
      right - gap - (m.width - m.actualBoundingBoxRight) * scale, baseline + m.actualBoundingBoxDescent * scale,
    ];
    const run = { t: text, b: ink, y: baseline, s: size * scale, c: Math.round(clear * 10) / 10, f: at.facts[0], p: at.facts[1], k: at.block.number, w: cutOff, h: /^\s/.test(written), z: /\s$/.test(written) };
    if (!limit(run, at.clip, gap, scale)) return;
    run.at = at;
    run.measure = { style, gap, scale };
    runs.push(run);
  }

  // Cut a run to a box. False if nothing that can be read is left of it.
  function limit(run, box, gap, scale) {
    const seen = cut(run.b, box), high = run.b[3] - run.b[1], wideness = run.b[2] - run.b[0];
    if (seen[2] - seen[0] < Math.min(3, 0.6 * wideness) || seen[3] - seen[1] < 0.6 * high) return false;
    const left = run.b[0];
    if (seen[2] < run.b[2] - 1) {
      const count = fitting(run.t, gap / scale, (seen[2] - left) / scale + 0.15 * run.s);
      if (!count) return false;
      run.w = run.w || count < run.t.length;
      run.t = run.t.slice(0, count).trimEnd();
      seen[2] = Math.min(seen[2], left + scale * wide(run.t, gap / scale));
    }
    if (seen[0] > left + 1) {
      const gone = fitting(run.t, gap / scale, (seen[0] - left) / scale - 0.15 * run.s);
      run.w = run.w || gone > 0;
      run.t = run.t.slice(gone + 1).trimStart();
    }
    run.b = seen;
    return run.t !== "";
  }

  // --- text nodes ---

  function ofText(node) {
    const element = node.parentElement, at = state(element);
    if (hidden(at)) return;
    range.setStart(node, node.data.search(/\S/)); // a space before the next element has a width
    range.setEnd(node, node.data.trimEnd().length);
    const rects = [...range.getClientRects()].filter((r) => r.width > 0 && r.height > 0);
    if (!rects.some((r) => meet(r, at.clip)) || !element.checkVisibility()) return;
    const style = at.style, paint = colour(element instanceof SVGElement ? style.fill : style.webkitTextFillColor);
    const painted = paint[3] < 0.15 && style.backgroundClip.includes("text") ? [0, 0, 0, 1] : paint;
    const lines = inLines(node.data, rects, (a, b) => (range.setStart(node, a), range.setEnd(node, b), range.getClientRects()));
    const clamp = Number(at.block.style && at.block.style.webkitLineClamp) || Infinity;
    const room = shortened(at.block);
    lines.slice(0, clamp).forEach((line, i) => {
      if (i === clamp - 1 && lines.length > clamp) {
        const end = content(at.block.element, at.block.style)[2], text = transformed(line.text, style).trim() + "…";
        const { spacing } = face(style), fits = line.box[0] + wide(text, spacing) <= end;
        if (fits) put(at, text, [line.box[0], line.box[1], line.box[0] + wide(text, spacing), line.box[3]], style, painted);
        else put(at, text, line.box, style, painted, Math.min(end, line.box[2] - 1));
      } else put(at, transformed(line.text, style), line.box, style, painted, room);
    });
  }

  const hidden = (at) => at.turned || at.folded || at.opacity < 0.1 || at.style.visibility !== "visible";

  // Where text of a block that ends in three dots has to end, or undefined.
  function shortened(block) {
    const style = block.style;
    if (!style || style.textOverflow !== "ellipsis" || style.overflowX === "visible") return undefined;
    return content(block.element, style)[2];
  }

  // The lines that a text is broken into. `where(a, b)` gives the boxes of its letters a to b.
  function inLines(text, rects, where) {
    const tops = [];
    for (const r of rects) {
      const same = tops.find((line) => Math.abs(line[1] - r.top) < r.height / 2);
      if (same) { same[0] = Math.min(same[0], r.left); same[2] = Math.max(same[2], r.right); } else tops.push(edges(r));
    }
    if (tops.length === 1) return [{ text, box: tops[0] }];
    const letters = [...text.matchAll(/\S/gu)].map((m) => m.index);
    const line = (i) => {
      const r = where(letters[i], letters[i] + 1)[0];
      return r ? tops.findIndex((t) => Math.abs(t[1] - r.top) < r.height / 2) : -1;
    };
    const out = [];
    let from = 0;
    for (let n = 0; n < tops.length && from < letters.length; n++) {
      let low = from, high = letters.length; // the first letter that is not on this line
      while (low < high) {
        const middle = (low + high) >> 1;
        if (line(middle) <= n) low = middle + 1; else high = middle;
      }
      const end = low < letters.length ? letters[low] : text.length;
      if (low > from) out.push({ text: text.slice(letters[from], end), box: tops[n] });
      from = low;
    }
    return out;
  }

  // --- controls: what they show is not in the document ---

  const two = (n) => String(n).padStart(2, "0");
  const clock = (h, m) => `${two(h % 12 || 12)}:${two(m)} ${h < 12 ? "AM" : "PM"}`;
  const SHOWN = {
    date: (v) => (v ? v.replace(/(\d+)-(\d+)-(\d+)/, "$2/$3/$1") : "mm/dd/yyyy"),
    time: (v) => (v ? clock(...v.split(":").map(Number)) : "--:-- --"),
    month: (v) => (v ? new Date(v + "-01T00:00Z").toLocaleString("en-US", { month: "long", year: "numeric", timeZone: "UTC" }) : "--------- ----"),
    week: (v) => (v ? `Week ${v.slice(6)}, ${v.slice(0, 4)}` : "Week --, ----"),
    "datetime-local": (v) => (v ? `${SHOWN.date(v.slice(0, 10))}, ${SHOWN.time(v.slice(11))}` : "mm/dd/yyyy, --:-- --"),
    submit: (v, e) => (e.hasAttribute("value") ? v : "Submit"),
    reset: (v, e) => (e.hasAttribute("value") ? v : "Reset"),
    password: (v) => "•".repeat(v.length),
  };

  // Parts of dates are fields of their own, a pixel apart from what stands around them.
  const SPREAD = { date: 4, "datetime-local": 4, month: 2, week: 2 };

  function ofControl(element) {
    const at = state(element), style = at.style, type = element.type;
    if (hidden(at) || /^(checkbox|radio|range|color|hidden|image|file)$/.test(type) || !element.checkVisibility()) return;
    const box = content(element, style), outer = padding(element);
    if (box[2] - box[0] < 2 || outer[3] - outer[1] < 4) return;
    const within = { ...at, clip: cut(at.clip, [box[0] - 1, outer[1], box[2] + 1, outer[3]]) };
    if (element.tagName === "SELECT") return ofSelect(element, within, box);
    const said = SHOWN[type] ? SHOWN[type](element.value, element) : element.value;
    const held = !said && element.placeholder ? getComputedStyle(element, "::placeholder") : null;
    const text = said || element.placeholder;
    if (!text) return;
    const paint = colour((held || style).webkitTextFillColor);
    const painted = held ? [...paint.slice(0, 3), paint[3] * held.opacity] : paint;
    if (element.tagName === "TEXTAREA") return ofArea(element, within, box, text, painted);
    if (SHOWN[type] && /date|time|month|week/.test(type)) box[0] += 1;
    const centred = /^(submit|reset|button)$/.test(type) || style.textAlign === "center";
    inBox(within, text, box, centred ? "center" : style.textAlign, style, painted, SPREAD[type]);
  }

  // One line in the middle of a box.
  function inBox(at, text, box, align, style, paint, spread = 0) {
    const { ascent, descent, spacing } = face(style);
    const written = transformed(text, style), width = wide(written, spacing), room = box[2] - box[0];
    const left = width > room ? box[0] : align === "center" ? (box[0] + box[2] - width) / 2 : /^(right|end)$/.test(align) ? box[2] - width : box[0];
    const top = Math.round((box[1] + box[3] - ascent - descent) / 2);
    put(at, written, [left, top, left + width + spread, top + ascent + descent], style, paint);
  }

  function ofSelect(element, at, box) {
    const paint = colour(at.style.webkitTextFillColor);
    if (element.multiple || element.size > 1) {
      for (const option of element.options) {
        const own = getComputedStyle(option), inner = content(option, own);
        inBox({ ...at, ground: option.selected ? null : undefined }, option.text, inner, "left", own, colour(own.webkitTextFillColor));
      }
      return;
    }
    const chosen = element.selectedOptions[0];
    const inset = at.style.appearance === "none" ? 0 : 4; // the arrow's and the text's own margins
    if (chosen) inBox(at, chosen.text, [box[0] + inset, box[1], box[2] - (inset && 16), box[3]], at.style.textAlign, at.style, paint);
  }

  function ofArea(element, at, box, text, paint) {
    const style = at.style, { ascent, descent, spacing } = face(style);
    const high = ascent + descent, step = parseFloat(style.lineHeight) || high;
    let top = box[1] + (step - high) / 2 - element.scrollTop;
    for (const line of wrapped(text, box[2] - box[0], spacing)) {
      face(style);
      if (line) put(at, line, [box[0], top, box[0] + wide(line, spacing), top + high], style, paint);
      top += step;
    }
  }

  function wrapped(text, width, spacing) {
    const out = [];
    for (const paragraph of text.split("\n")) {
      let line = "";
      for (const word of paragraph.split(" ")) {
        const longer = line ? line + " " + word : word;
        if (line && wide(longer, spacing) > width) { out.push(line); line = word; } else line = longer;
      }
      out.push(line);
    }
    return out;
  }

  // --- numbers before items of lists, and text that style sheets write ---

  const COUNTED = {
    decimal: (n) => n, "decimal-leading-zero": two, "lower-alpha": (n) => String.fromCharCode(96 + n), "upper-alpha": (n) => String.fromCharCode(64 + n),
    "lower-roman": (n) => ROMAN[n].toLowerCase(), "upper-roman": (n) => ROMAN[n],
  };
  const ROMAN = " I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX".split(" ");

  function ofItem(element) {
    const at = state(element), style = at.style, spelled = COUNTED[style.listStyleType];
    if (!spelled || style.display !== "list-item" || style.listStyleImage !== "none" || style.listStylePosition === "inside" || hidden(at)) return;
    const items = [...element.parentElement.children].filter((e) => e.tagName === "LI");
    const number = spelled((element.parentElement.start || 1) + items.indexOf(element));
    const first = firstBox(element), mark = getComputedStyle(element, "::marker");
    if (!number || !first) return;
    const { ascent, descent } = face(style), text = `${number}. `, left = element.getBoundingClientRect().left + element.clientLeft;
    const top = (first[1] + first[3] - ascent - descent) / 2;
    put(at, text, [left - wide(text, 0), top, left - wide(" ", 0), top + ascent + descent], style, colour(mark.color));
  }

  function firstBox(element, last) {
    range.selectNodeContents(element);
    const rects = [...range.getClientRects()].filter((r) => r.width > 0);
    return rects.length ? edges(last ? rects[rects.length - 1] : rects[0]) : null;
  }

  // The selectors of rules that write text before or after an element.
  function writers() {
    const found = { before: new Set(), after: new Set() };
    const look = (rules) => {
      for (const rule of rules) {
        if (rule.cssRules && rule.cssRules.length) look(rule.cssRules);
        const said = rule.style && rule.style.content;
        if (!said || !/attr\(|var\(|["'][^"']/.test(said) || !said.replace(/["'\s]/g, "").replace(PRIVATE, "")) continue;
        for (const part of rule.selectorText.split(/,(?![^(]*\))/)) {
          const [, selector, where] = part.match(/^(.*?)::?(before|after)\s*$/) || [];
          if (where) found[where].add(selector.trim() || "*");
        }
      }
    };
    for (const sheet of document.styleSheets) {
      try { look(sheet.cssRules); } catch (error) { if (error.name !== "SecurityError") throw error; } // it was not let in
    }
    return found;
  }

  function ofWritten(element, where) {
    const at = state(element), style = getComputedStyle(element, "::" + where);
    if (hidden(at) || style.display === "none" || style.visibility !== "visible" || style.opacity < 0.15 || !element.checkVisibility()) return;
    const said = style.content.split(" / ")[0].match(/"(?:[^"\\]|\\.)*"|attr\([\w-]+\)/g) || [];
    const text = said.map((s) => (s[0] === '"' ? s.slice(1, -1).replace(/\\(.)/g, "$1") : element.getAttribute(s.slice(5, -1)) || "")).join("");
    if (!text.trim() || isTurned(style.transform)) return;
    const { ascent, descent, spacing } = face(style), inline = style.display === "inline" && !/flex|grid/.test(at.style.display);
    const all = transformed(inline ? text : text.trim(), style), written = all.trim(), width = wide(all, spacing);
    const side = (name) => parseFloat(style[name]) || 0, high = ascent + descent;
    let left, top;
    if (style.position === "absolute") {
      const box = padding(element);
      left = box[0] + side("left") + side("marginLeft") + side("paddingLeft") + side("borderLeftWidth");
      top = box[1] + side("top") + side("marginTop") + side("paddingTop") + side("borderTopWidth");
    } else {
      const own = element.getClientRects(), flows = at.style.display === "inline";
      const near = own.length && own[where === "before" ? 0 : own.length - 1];
      const text = firstBox(element, where === "after"), box = content(element, at.style);
      const line = text || (near && edges(near)) || box;
      top = (line[1] + line[3] - high) / 2;
      if (where === "before") left = (flows && near ? near.left + parseFloat(at.style.paddingLeft) : box[0]) + side("marginLeft") + side("paddingLeft");
      else if (flows && near) left = near.right - parseFloat(at.style.paddingRight) - side("marginRight") - side("paddingRight") - width;
      else left = (text ? text[2] : box[0]) + side("marginLeft") + side("paddingLeft");
    }
    const own = { ...at, style, up: at, ground: undefined };
    if (inline) left += wide(all.slice(0, all.indexOf(written)), spacing);
    put(own, written, [left, top, left + wide(written, spacing), top + high], style, colour(style.webkitTextFillColor));
  }

  // --- what lies over what ---

  // Opaque elements that are lifted out of the flow, or stand in one that is.
  function overlays() {
    const found = [];
    for (const element of document.body.getElementsByTagName("*")) {
      if (element.ownerSVGElement) continue;
      const style = getComputedStyle(element), position = style.position;
      const lifted = position === "absolute" || position === "fixed" || position === "sticky" ||
        (position === "relative" && (style.top !== "0px" || style.left !== "0px")) ||
        style.transform !== "none" || style.marginTop[0] === "-" || style.marginLeft[0] === "-";
      if (lifted) painted(element, found);
    }
    return found.filter((o) => o.box[2] - o.box[0] > 2 && o.box[3] - o.box[1] > 2);
  }

  // The outermost opaque elements of a part of the document.
  function painted(element, found) {
    if (opaque(element)) found.push({ element, box: cut(edges(element.getBoundingClientRect()), state(element).up.clip) });
    else for (const child of element.children) painted(child, found);
  }

  function opaque(element) {
    const at = state(element), style = at.style;
    if (style.visibility !== "visible" || at.opacity < 0.7 || style.display === "none" || style.display === "inline") return false;
    if (/^(IMG|VIDEO|CANVAS)$/.test(element.tagName) || colour(style.backgroundColor)[3] > 0.7) return true;
    const image = style.backgroundImage;
    return image.includes("gradient") && !/transparent|, 0(\.[0-6]\d*)?\)/.test(image);
  }

  // Cut away what overlays cover of a run.
  function uncovered(run, found) {
    for (const { element, box } of found) {
      const own = run.at.element, both = cut(run.b, box);
      if (both[2] - both[0] < 1 || both[3] - both[1] < 0.4 * (run.b[3] - run.b[1])) continue;
      if (element.contains(own) || own.contains(element) || !isOver(element, own, (both[0] + both[2]) / 2, (both[1] + both[3]) / 2)) continue;
      const before = both[0] - run.b[0], after = run.b[2] - both[2];
      const rest = before >= after ? [-1e4, -1e4, both[0], 1e4] : [both[2], -1e4, 1e4, 1e4];
      face(run.measure.style);
      if (!limit(run, rest, run.measure.gap, run.measure.scale)) return false;
    }
    return true;
  }

  function isOver(element, own, x, y) {
    for (const at of document.elementsFromPoint(x, y)) {
      if (element === at || element.contains(at)) return true;
      if (at === own || own.contains(at) || (at.contains(own) && !at.contains(element))) return false;
    }
    return false;
  }

  // Runs that are written over each other cannot be read, either of them.
  function apart(all) {
    const down = [...all].sort((a, b) => a.b[1] - b.b[1]), bad = new Set();
    down.forEach((one, i) => {
      for (let j = i + 1; j < down.length && down[j].b[1] < one.b[3]; j++) {
        const both = cut(one.b, down[j].b), area = (b) => Math.max(0, b[2] - b[0]) * Math.max(0, b[3] - b[1]);
        if (area(both) && both[2] > both[0] && both[3] > both[1] && area(both) > 0.3 * Math.min(area(one.b), area(down[j].b))) bad.add(one).add(down[j]);
      }
    });
    return all.filter((r) => !bad.has(r));
  }

  const SILENT = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "OPTION", "TEXTAREA", "SELECT", "title"]);
  let written = null;

  function capture() {
    states = new Map(); blocks = 0; runs = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.data.trim() && !SILENT.has(node.parentElement.tagName)) ofText(node);
    }
    for (const element of document.body.querySelectorAll("input, textarea, select")) ofControl(element);
    for (const element of document.body.querySelectorAll("li")) ofItem(element);
    written = written || writers();
    for (const where of ["before", "after"]) {
      if (written[where].size) for (const element of document.body.querySelectorAll([...written[where]].join(","))) ofWritten(element, where);
    }
    const lifted = runs.length ? overlays() : [];
    const seen = lifted.length ? runs.filter((r) => uncovered(r, lifted)) : runs;
    return apart(seen).map(({ at, measure, ...run }) => run);
  }

  // --- what browser.py calls ---

  let set = [];
  window.ghost = {
    // Exchange the body, wait for fonts and pictures, and return what can be read.
    async show(body, attributes) {
      const root = document.documentElement;
      for (const name of set) root.removeAttribute(name);
      set = Object.keys(attributes);
      for (const name of set) root.setAttribute(name, attributes[name]);
      document.body.innerHTML = body;
      scrollTo(0, 0);
      for (const at of document.querySelectorAll("[data-scroll]")) at.scrollTop = Number(at.dataset.scroll);
      document.body.getBoundingClientRect(); // fonts are asked for by layout
      const loading = [...document.fonts].filter((f) => f.status === "loading").map((f) => f.loaded);
      const pictures = [...document.images].filter((i) => !i.complete);
      const arrived = (i) => new Promise((done) => (i.addEventListener("load", done), i.addEventListener("error", done)));
      if (loading.length || pictures.length) { await Promise.allSettled([...loading, ...pictures.map(arrived)]); faces.clear(); }
      return JSON.stringify(capture());
    },
    // What can be read now, in a window of another size.
    again() { return JSON.stringify(capture()); },
  };
})();
