// What every drawing over time does: fills its width, drawn anew when that changes; tells what is under the pointer; else rests.

const NARROWEST = 120; // pixels: less, and it is not laid out yet

/** `drawing` is {node, svg, draw(width), read(event), rest()}. It is read and clicked only once it is drawn. */
export function wired(drawing) {
  const { node, svg } = drawing;
  let drawn = 0;
  const fit = () => {
    const width = svg.clientWidth;
    if (width < NARROWEST || width === drawn) return;
    drawn = width;
    drawing.draw(width);
  };
  const once = (tell) => (event) => drawn && tell(event);
  svg.addEventListener("pointermove", once((event) => drawing.read(event)));
  svg.addEventListener("pointerleave", () => drawing.rest());
  if (drawing.open) svg.addEventListener("click", once((event) => drawing.open(event)));
  new ResizeObserver(fit).observe(node);
  drawing.rest();
}

/** Gives a drawing its size: a pixel of it is one of the page. */
export function sized(svg, width, height) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
}
