// Sorts tables by a click on a column's title. Without it, everything is there in its first order.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const first = [...body.rows];
  if (first.length < 3) continue;
  const units = { k: 1e3, M: 1e6, G: 1e9 };
  const number = (text) => {
    const found = text.replace(/,/g, "").match(/^\D*?(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*([kMG]\b)?/);
    return found ? parseFloat(found[1]) * (units[found[2]] ?? 1) : NaN;
  };
  [...table.tHead.rows[0].cells].forEach((title, column) => {
    const numeric = title.classList.contains("number");
    const button = document.createElement("button");
    button.append(...title.childNodes);
    title.append(button);
    button.addEventListener("click", () => {
      const order = { ascending: "descending", descending: "none" }[title.ariaSort] ?? "ascending";
      for (const other of table.tHead.rows[0].cells) other.ariaSort = "none";
      title.ariaSort = order;
      const key = (row) => row.cells[column]?.textContent.trim() ?? "";
      const compare = (a, b) => {
        if (!numeric) return key(a).localeCompare(key(b));
        const [x, y] = [number(key(a)), number(key(b))];
        // What has no number stays below, whatever the order.
        if (isNaN(x) || isNaN(y)) return (isNaN(x) - isNaN(y)) * (order === "descending" ? -1 : 1);
        return x - y;
      };
      const rows = order === "none" ? first : [...first].sort(compare);
      if (order === "descending") rows.reverse();
      body.append(...rows);
    });
  });
}
// An enlarged figure is an address; Escape leaves it.
addEventListener("keydown", (event) => {
  const open = document.querySelector("figure:target");
  if (event.key === "Escape" && open) location.hash = "at-" + open.id;
});
// What is folded away is printed too.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
