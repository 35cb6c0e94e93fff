// Word difference of two texts: Myers' shortest edit script on tokens. Pure.

const TOKEN = /\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu;
const LIMIT = 1200; // edits after which two texts count as simply different

export const tokens = (text) => text.match(TOKEN) ?? [];

/** [[kind, text]] with kind "same", "left" (only in a) or "right" (only in b), neighbours merged. */
export function diff(a, b) {
  const left = tokens(a);
  const right = tokens(b);
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head++;
  let tail = 0;
  const room = Math.min(left.length, right.length) - head;
  while (tail < room && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail++;
  const pieces = [
    ...left.slice(0, head).map((t) => ["same", t]),
    ...middle(left.slice(head, left.length - tail), right.slice(head, right.length - tail)),
    ...left.slice(left.length - tail).map((t) => ["same", t]),
  ];
  return merge(pieces);
}

function middle(a, b) {
  const trace = a.length && b.length ? search(a, b) : null;
  if (!trace) return [...a.map((t) => ["left", t]), ...b.map((t) => ["right", t])];
  return walk(a, b, trace);
}

// Furthest x reached on each diagonal, kept for every number of edits; null beyond LIMIT.
function search(a, b) {
  const trace = [];
  let reach = new Map([[1, 0]]);
  for (let d = 0; d <= Math.min(a.length + b.length, LIMIT); d++) {
    trace.push(new Map(reach));
    for (let k = -d; k <= d; k += 2) {
      let x = down(reach, k, d) ? reach.get(k + 1) : reach.get(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reach.set(k, x);
      if (x >= a.length && x - k >= b.length) return trace;
    }
  }
  return null;
}

const down = (reach, k, d) => k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));

function walk(a, b, trace) {
  const pieces = [];
  let x = a.length;
  let y = b.length;
  for (let d = trace.length - 1; d >= 0; d--) {
    const reach = trace[d];
    const k = x - y;
    const from = down(reach, k, d) ? k + 1 : k - 1;
    const startX = reach.get(from) ?? 0;
    const startY = startX - from;
    while (x > startX && y > startY && x > 0 && y > 0) pieces.push(["same", a[--x]]), y--;
    if (d === 0) break;
    if (x === startX) pieces.push(["right", b[--y]]);
    else pieces.push(["left", a[--x]]);
  }
  return pieces.reverse();
}

// Neighbours of one kind become one piece; white space between two changes belongs to both.
function merge(pieces) {
  const out = [];
  let left = "";
  let right = "";
  const flush = () => {
    if (left) out.push(["left", left]);
    if (right) out.push(["right", right]);
    left = right = "";
  };
  pieces.forEach(([kind, text], i) => {
    if (kind === "left") left += text;
    else if (kind === "right") right += text;
    else if ((left || right) && !text.trim() && pieces[i + 1] && pieces[i + 1][0] !== "same") {
      left += text;
      right += text;
    } else {
      flush();
      if (out.at(-1)?.[0] === "same") out.at(-1)[1] += text;
      else out.push(["same", text]);
    }
  });
  flush();
  return out;
}

/** Share of the longer text's words that both have, 0..1. */
export function alike(pieces) {
  const size = { same: 0, left: 0, right: 0 };
  for (const [kind, text] of pieces) size[kind] += tokens(text).filter((t) => t.trim()).length;
  const longest = Math.max(size.same + size.left, size.same + size.right);
  return longest ? size.same / longest : 1;
}
