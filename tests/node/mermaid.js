// Runs in a page in Chromium, behind mermaid.min.js: renders every diagram of #diagrams, writes what it found to #found.
// Per diagram {entities, relations, elements, attributes, svg} (read from the drawn SVG) or {error}.
"use strict";

const fired = [];
for (const name of ["alert", "confirm", "prompt", "open", "print"]) {
  window[name] = () => void fired.push(name);
}
window.addEventListener("securitypolicyviolation", (event) => fired.push(`${event.violatedDirective} ${event.blockedURI}`));

const texts = (root, selector) => [...root.querySelectorAll(selector)].map((node) => node.textContent);

function entity(node) {
  const columns = ["type", "name", "keys", "comment"].map((part) => texts(node, `.attribute-${part}`));
  const rows = columns[1].map((_, row) => columns.map((column) => column[row] ?? ""));
  return { name: texts(node, ".name").join(""), rows };
}

async function drawn(text, number) {
  const diagram = await mermaid.mermaidAPI.getDiagramFromText(text);
  const { svg } = await mermaid.render(`diagram${number}`, text);
  const box = document.createElement("div");
  document.body.append(box);
  box.innerHTML = svg;
  const all = [...box.querySelectorAll("*")];
  const found = {
    entities: [...box.querySelectorAll(".node")].map(entity),
    lines: box.querySelectorAll("path.relationshipLine").length,
    labels: texts(box, ".edgeLabels span.edgeLabel"),
    relations: diagram.db.getRelationships().map((one) => ({ label: one.roleA, ...one.relSpec })),
    elements: [...new Set(all.map((node) => node.localName))].sort(),
    attributes: [...new Set(all.flatMap((node) => node.getAttributeNames()))].sort(),
    svg,
  };
  box.remove();
  return found;
}

async function main() {
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict", maxTextSize: 1e6, maxEdges: 5000 });
  const answers = [];
  for (const [number, text] of JSON.parse(document.getElementById("diagrams").textContent).entries()) {
    try {
      answers.push(await drawn(text, number));
    } catch (problem) {
      answers.push({ error: String(problem.message ?? problem) });
    }
  }
  await new Promise((done) => setTimeout(done, 50));
  document.getElementById("found").textContent = JSON.stringify({ answers, fired });
}

main();
