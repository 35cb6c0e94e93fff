// Where the names in a plot stand: beside their points, inside the plot, on nothing else. Pure.

const GAP = 8;
const REACH = [0, 14, 28, 44, 62];

/**
 * Places labels one after another, the first ones best. `labels`: [{x, y, width, height}], the anchor and the size of the
 * text, with more `anchors` [{x, y}] where it may hang on another point of its line; `discs`: [{x, y, r}], marks to keep clear; `strokes`: [{x, y}], points of lines that are better not crossed;
 * `bounds`: {left, top, right, bottom}. Returns for each {left, top, width, height, x, y, away}: its anchor, and `away`
 * where it stands so far off that it needs a line to it.
 */
export function place(labels, { discs = [], strokes = [], bounds }) {
  const taken = [];
  return labels.map((label) => {
    const anchors = [label, ...(label.anchors ?? [])];
    const best = anchors.flatMap(({ x, y }) => spots({ ...label, x, y }, bounds)).reduce((least, spot) => {
      const cost = spot.cost + harm(spot, taken, discs, strokes);
      return !least || cost < least.cost ? { ...spot, cost } : least;
    }, null);
    taken.push(best);
    const { left, top, width, height, x, y, away } = best;
    return { left, top, width, height, x, y, away };
  });
}

// Right, left, above, below, corners; then the same farther away. Kept inside the bounds.
function spots({ x, y, width, height }, bounds) {
  const found = [];
  REACH.forEach((reach, ring) => {
    const [dx, dy] = [GAP + reach * 0.6, GAP + reach];
    const places = [
      [x + dx, y - height / 2],
      [x + dx, y - height - reach],
      [x + dx, y + reach],
      [x - width - dx, y - height / 2],
      [x - width - dx, y - height - reach],
      [x - width - dx, y + reach],
      [x - width / 2, y - height - dy],
      [x - width / 2, y + dy],
    ];
    places.forEach(([left, top], order) => {
      if (ring && [0, 3].includes(order)) return;
      const inside = { left: within(left, bounds.left, bounds.right - width), top: within(top, bounds.top, bounds.bottom - height) };
      const moved = Math.abs(inside.left - left) + Math.abs(inside.top - top);
      found.push({ ...inside, x, y, width, height, away: ring > 1, cost: order * 2 + ring * 24 + moved * 3 });
    });
  });
  return found;
}

const within = (value, low, high) => Math.max(low, Math.min(value, Math.max(low, high)));

function harm(spot, taken, discs, strokes) {
  let cost = 0;
  for (const other of taken) if (meet(spot, other, 2)) cost += 1000;
  for (const disc of discs) if (covers(spot, disc)) cost += disc.x === spot.x && disc.y === spot.y ? 300 : 200;
  for (const point of strokes) if (inside(spot, point)) cost += 6;
  return cost;
}

/** Do two boxes meet, or come nearer than `gap`? */
export const meet = (a, b, gap = 0) =>
  a.left < b.left + b.width + gap && b.left < a.left + a.width + gap && a.top < b.top + b.height + gap && b.top < a.top + a.height + gap;

const covers = (box, { x, y, r }) => inside({ left: box.left - r, top: box.top - r, width: box.width + 2 * r, height: box.height + 2 * r }, { x, y });

const inside = (box, { x, y }) => x > box.left && x < box.left + box.width && y > box.top && y < box.top + box.height;
